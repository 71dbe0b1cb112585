"""The domain name system, in memory and over UDP."""

import pytest

from resources.backoff import Patience
from resources.domain_names.client import DnsNames, NameServers
from resources.domain_names.fake import FakeNames
from resources.domain_names.gateway import DomainNames
from rules.failures import FailureKind, ServiceFailure
from sandbox import World
from sandbox.world.names import DKIM_KEY, look_up
from tests.resources.conftest import Naps, Town

HOME = "outreach.example"


@pytest.fixture
def names(town: Town, world: World, patience: Patience) -> DomainNames:
    if town.url is None:
        return FakeNames(lambda kind, name: look_up(world.faults, kind, name), patience=patience)
    return DnsNames(NameServers(("127.0.0.1",), town.dns_port), patience=patience)


async def test_the_records_of_the_sending_domain_are_read_whole(names: DomainNames) -> None:
    assert list(await names.texts(f"mail._domainkey.{HOME}")) == [DKIM_KEY]
    assert list(await names.mail_hosts(HOME)) == [f"mx.{HOME}"]
    assert {text[:6] for text in await names.texts(HOME)} == {"v=spf1", "brevo-"}


@pytest.mark.rule("B23")
async def test_no_such_record_is_an_answer_and_a_silent_server_is_not(
    names: DomainNames, town: Town, naps: Naps
) -> None:
    assert list(await names.texts("nowhere.example")) == []
    assert list(await names.mail_hosts("nowhere.example")) == []
    town.arm("dns.record_missing", match=f"TXT _dmarc.{HOME}")
    assert list(await names.texts(f"_dmarc.{HOME}")) == []
    assert list(await names.texts(HOME))
    town.arm("dns.silent")
    with pytest.raises(ServiceFailure) as raised:
        await names.texts(HOME)
    assert (raised.value.failure.kind, raised.value.failure.code) == (FailureKind.TRANSIENT, "unreachable")
    assert len(naps.taken) == 2


async def test_a_key_longer_than_a_text_of_the_wire_is_joined_again(names: DomainNames) -> None:
    (key,) = await names.texts(f"mail._domainkey.{HOME}")
    assert len(key) > 200
    assert '"' not in key
