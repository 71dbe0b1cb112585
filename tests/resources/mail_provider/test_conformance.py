"""The mail provider, in memory and over HTTP: sends, events, counts."""

from dataclasses import replace
from datetime import UTC, date, timedelta

import pytest

from resources.mail_provider.brevo import BrevoMailProvider
from resources.mail_provider.gateway import EventKind, OutgoingMail
from rules.failures import FailureKind, ServiceFailure
from tests.resources.conftest import Naps, Town

TODAY = date(2026, 11, 23)


async def send_many(provider: BrevoMailProvider, mail: OutgoingMail, count: int) -> list[str]:
    ids = []
    for number in range(count):
        key = f"{mail.idempotency_key[:-4]}{number:04x}"
        unlike = replace(mail, send_key=f"key-{number}", idempotency_key=key, to_email=f"person{number}@firm.example")
        ids.append((await provider.send(unlike)).message_id)
    return ids


async def test_an_accepted_mail_carries_our_key_as_tag_and_header(
    provider: BrevoMailProvider, town: Town, mail: OutgoingMail
) -> None:
    accepted = await provider.send(mail)

    assert accepted.status == 201
    assert accepted.message_id.startswith("<")
    assert accepted.message_id.endswith("@smtp-relay.mailin.fr>")
    taken = town.call(lambda world: world.provider.mails[accepted.message_id].mail)
    assert taken.tags == (mail.send_key,)
    assert taken.headers["X-Mailin-custom"] == mail.send_key
    assert taken.headers["In-Reply-To"] == "<1@outreach.example>"
    assert taken.subject == mail.subject
    assert (taken.text, taken.html) == (mail.text, mail.html)


async def test_repeating_an_idempotency_key_has_an_unknown_outcome_and_sends_nothing(
    provider: BrevoMailProvider, town: Town, mail: OutgoingMail
) -> None:
    await provider.send(mail)

    with pytest.raises(ServiceFailure) as refused:
        await provider.send(mail)

    assert refused.value.failure.kind is FailureKind.UNKNOWN_OUTCOME
    assert refused.value.failure.code == "duplicate_parameter"
    assert town.call(lambda world: len(world.provider.mails)) == 1


async def test_a_dropped_mail_is_accepted_and_reaches_nobody(
    provider: BrevoMailProvider, town: Town, mail: OutgoingMail
) -> None:
    accepted = await provider.send(replace(mail, sandbox_drop=True))

    town.call(lambda world: world.advance(timedelta(days=1)))
    assert accepted.message_id
    assert town.call(lambda world: len(world.provider.mails)) == 0
    assert await provider.events(TODAY, TODAY + timedelta(days=1)) == []


@pytest.mark.rule("A2")
async def test_a_day_of_events_is_one_request(provider: BrevoMailProvider, town: Town, mail: OutgoingMail) -> None:
    ids = await send_many(provider, mail, 30)
    town.call(lambda world: world.advance(timedelta(hours=6)))

    events = await provider.events(TODAY, TODAY)

    requests = [event for event in events if event.kind is EventKind.REQUEST]
    assert [event.message_id for event in requests] == ids
    assert [event.send_key for event in requests] == [f"key-{number}" for number in range(30)]
    assert {event.message_id for event in events} == set(ids)
    asked = town.call(lambda world: world.tally.requests["brevo|GET /v3/smtp/statistics/events"])
    assert asked == 1


async def test_dates_come_in_utc_whatever_zone_the_account_is_in(
    provider: BrevoMailProvider, town: Town, mail: OutgoingMail
) -> None:
    town.call(lambda world: world.flip({"brevo_timezone": "Asia/Singapore"}))
    await provider.send(mail)
    town.call(lambda world: world.advance(timedelta(minutes=5)))

    event = (await provider.events(TODAY, TODAY))[0]

    assert event.raw["date"].endswith("+08:00")
    assert event.at.tzinfo is UTC
    assert event.at == town.call(lambda world: world.provider.events[0].at).replace(microsecond=event.at.microsecond)


@pytest.mark.parametrize("answer", ["list", "absent", "not_found"])
async def test_no_events_yet_is_an_answer_in_each_of_its_spellings(
    provider: BrevoMailProvider, town: Town, answer: str
) -> None:
    town.call(lambda world: world.flip({"brevo_empty_events": answer}))

    assert await provider.events(TODAY, TODAY) == []


@pytest.mark.parametrize("fault", ["brevo.events_shuffled", "brevo.events_repeated", "brevo.ids_without_brackets"])
async def test_events_out_of_order_repeated_or_without_brackets_are_the_same_events(
    provider: BrevoMailProvider, town: Town, mail: OutgoingMail, fault: str
) -> None:
    await send_many(provider, mail, 20)
    town.call(lambda world: world.advance(timedelta(hours=6)))
    plain = await provider.events(TODAY, TODAY)

    town.arm(fault)
    shaken = await provider.events(TODAY, TODAY)

    def facts(events: object) -> set[tuple[object, ...]]:
        return {(each.kind, each.message_id, each.at, each.send_key) for each in events}  # type: ignore[attr-defined] # both are event lists

    assert len(shaken) == len(plain)
    assert facts(shaken) == facts(plain)


async def test_blocked_contacts_come_with_their_reason(
    provider: BrevoMailProvider, town: Town, mail: OutgoingMail
) -> None:
    town.call(lambda world: world.script("grace@harbour.example", "unsubscribe"))
    await provider.send(mail)
    town.call(lambda world: world.advance(timedelta(days=3)))

    blocked = await provider.blocked(TODAY)

    assert [contact.email for contact in blocked] == ["grace@harbour.example"]
    assert blocked[0].reason == "unsubscribedViaEmail"
    assert await provider.blocked(TODAY + timedelta(days=30)) == []


async def test_every_day_asked_for_is_counted_and_a_quiet_day_is_zero(
    provider: BrevoMailProvider, town: Town, mail: OutgoingMail
) -> None:
    await send_many(provider, mail, 3)
    town.call(lambda world: world.advance(timedelta(days=1)))

    counted = await provider.daily_requests(TODAY - timedelta(days=40), TODAY + timedelta(days=1))

    assert len(counted) == 42
    assert counted[TODAY] == 3
    assert sum(counted.values()) == 3


async def test_the_account_tells_its_credits_and_zone(provider: BrevoMailProvider) -> None:
    account = await provider.account()

    assert account.timezone == "Europe/Paris"
    assert account.credits_left is not None
    assert account.credits_left > 0
    assert (await provider.senders())["ada@outreach.example"] is True


@pytest.mark.rule("B4")
async def test_a_used_up_hourly_pool_is_flow_control_and_says_when_it_opens(
    provider: BrevoMailProvider, town: Town, naps: Naps
) -> None:
    for _ in range(100):
        await provider.account()

    with pytest.raises(ServiceFailure) as refused:
        await provider.account()

    assert refused.value.failure.kind is FailureKind.FLOW_CONTROL
    assert refused.value.failure.retry_after is not None
    assert 120 < refused.value.failure.retry_after <= 3600
    assert naps.taken == []
    assert provider.pools["account"].remaining == 0
    town.call(lambda world: world.advance(timedelta(hours=1)))
    assert (await provider.account()).plan


async def test_a_short_wait_is_waited_and_burns_no_attempt(provider: BrevoMailProvider, town: Town, naps: Naps) -> None:
    town.arm("brevo.rate_limited", count=8, value=10)

    assert await provider.events(TODAY, TODAY) == []
    assert len(naps.taken) == 8
    assert all(10 <= nap <= 11 for nap in naps.taken)


@pytest.mark.rule("B21")
async def test_a_domain_tells_whether_it_is_signed_for_and_with_which_keys(
    provider: BrevoMailProvider, town: Town
) -> None:
    known = await provider.domain("outreach.example")
    assert known is not None
    assert known.authenticated
    assert set(known.keys) == {"mail._domainkey"}
    assert known.keys["mail._domainkey"].startswith("k=rsa;p=")
    assert await provider.domain("elsewhere.example") is None
    town.arm("brevo.domain_unauthenticated")
    unsigned = await provider.domain("outreach.example")
    assert unsigned is not None
    assert not unsigned.authenticated
    town.arm("brevo.sender_inactive")
    assert (await provider.senders())["ada@outreach.example"] is False


async def test_webhooks_are_listed_and_none_is_an_empty_list(provider: BrevoMailProvider) -> None:
    assert await provider.webhooks() == []
