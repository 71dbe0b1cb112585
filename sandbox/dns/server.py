"""A name server over UDP for the world's few records.

The one thing that must hold: it listens on the loopback interface and answers for nobody outside this world.
"""

import asyncio
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from sandbox.house import House
from sandbox.world.names import NameServerDownError, look_up

_LIFETIME = 60


class NameServer(asyncio.DatagramProtocol):
    """Answers each question from the world."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._out: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        """Keep the way out."""
        self._out = transport

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """Answer one question; what is no question is dropped."""
        try:
            question = dns.message.from_wire(data)
            answer = reply(self._house, question)
        except (dns.exception.DNSException, ValueError):
            return
        if self._out is not None:
            self._out.sendto(answer.to_wire(), addr)


def reply(house: House, question: dns.message.Message) -> dns.message.Message:
    """The answer: the records, an empty answer with NXDOMAIN, or SERVFAIL."""
    answer = dns.message.make_response(question)
    answer.flags |= dns.flags.RA
    asked = question.question[0]
    kind, name = dns.rdatatype.to_text(asked.rdtype), asked.name.to_text()
    try:
        found = look_up(house.world.faults, kind, name)
    except NameServerDownError:
        answer.set_rcode(dns.rcode.SERVFAIL)
        return answer
    if found is None:
        answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer
    answer.answer.append(
        dns.rrset.from_text_list(asked.name, _LIFETIME, "IN", kind, [_text(kind, one) for one in found])
    )
    return answer


def _text(kind: str, value: str) -> str:
    """A record's value as a zone file writes it; a text is cut into strings of at most 255 characters."""
    if kind == "MX":
        return f"10 {value}."
    parts = [value[start : start + 255] for start in range(0, len(value), 255)]
    return " ".join('"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"' for part in parts)


async def start_name_server(house: House, *, port: int = 0) -> asyncio.DatagramTransport:
    """Start the server on a loopback port (0: a free one) and note the port in the house."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: NameServer(house), local_addr=("127.0.0.1", port))
    house.dns_port = transport.get_extra_info("sockname")[1]
    return transport
