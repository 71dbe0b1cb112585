"""What the domain name system says in the world: the records a sender's domain needs, and nothing of anybody else.

The one thing that must hold: a name is answered the same over the wire and in memory, faults included.
"""

from collections.abc import Mapping
from typing import Final

from sandbox.keys import SANDBOX_SENDER_DOMAIN
from sandbox.world.faults import FaultDesk

DKIM_HOST: Final = "mail._domainkey"
DKIM_KEY: Final = (
    "k=rsa;p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDeMVIzrCa3T14JsNY0IRv5/2V1/v2itlviLQBwXsa7shBD6TrBkswsFUToPRMR"
    "C9tbR/5ey0nRBH0ZVxp+lsmTxid2Y2z+FApQ6ra2VsXfbJP3HE6wAO0YTVEJt1TmeczhEd2Jiz/fcabIISgXEdSpTYJhb0ct0VJRxcg4c8c7"
    "wQIDAQAB"
)
BREVO_CODE: Final = "brevo-code:0123456789abcdef0123456789abcdef"

RECORDS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("MX", SANDBOX_SENDER_DOMAIN): (f"mx.{SANDBOX_SENDER_DOMAIN}",),
    ("TXT", SANDBOX_SENDER_DOMAIN): ("v=spf1 include:spf.brevo.example -all", BREVO_CODE),
    ("TXT", f"{DKIM_HOST}.{SANDBOX_SENDER_DOMAIN}"): (DKIM_KEY,),
    ("TXT", f"_dmarc.{SANDBOX_SENDER_DOMAIN}"): (f"v=DMARC1; p=none; rua=mailto:dmarc@{SANDBOX_SENDER_DOMAIN}",),
    ("TXT", "spf.brevo.example"): ("v=spf1 ip4:1.179.112.0/20 ip4:172.246.240.0/20 -all",),
}


class NameServerDownError(LookupError):
    """The name server cannot answer."""


def look_up(faults: FaultDesk, kind: str, name: str) -> tuple[str, ...] | None:
    """What stands under a name: texts, or hosts of mail servers; ``None`` where there is no such record.

    Raises:
        NameServerDownError: By fault.
    """
    asked = (kind.upper(), name.rstrip(".").lower())
    if faults.strikes("dns.silent", f"{asked[0]} {asked[1]}"):
        raise NameServerDownError(name)
    found = RECORDS.get(asked)
    if found is not None and faults.strikes("dns.record_missing", f"{asked[0]} {asked[1]}"):
        return None
    return found
