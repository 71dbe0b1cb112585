"""The Brevo stand-in through the official SDK: sending, idempotency, events, reports, blocks, schedules."""

import json
from datetime import timedelta
from typing import Any

import pytest
from brevo import Brevo
from brevo.core.api_error import ApiError

from sandbox import Fate
from sandbox.serving import Running

KEY = "2f1e7d1e-0d4c-4f1e-8d2c-000000000001"
MAIL: dict[str, Any] = {
    "sender": {"email": "ada@outreach.example", "name": "Ada Marsh"},
    "to": [{"email": "ann@alder.example", "name": "Ann Lee"}],
    "subject": "A question",
    "html_content": '<p>Hello</p><a href="https://outreach.example/u">x</a>',
    "tags": ["spring", "opener"],
}


def send(brevo: Brevo, **changes: Any) -> Any:
    return brevo.transactional_emails.send_transac_email(**(MAIL | changes))


def refused(brevo: Brevo, **changes: Any) -> tuple[int | None, str, str]:
    with pytest.raises(ApiError) as e:
        send(brevo, **changes)
    return e.value.status_code, e.value.body["code"], e.value.body["message"]


def kinds(brevo: Brevo, **query: Any) -> list[str]:
    found = brevo.transactional_emails.get_email_event_report(**({"sort": "asc"} | query)).events or []
    return [event.event for event in found]


def advance(town: Running, **span: float) -> None:
    town.call(lambda world: world.advance(timedelta(**span)))


def test_a_mail_is_taken_and_its_events_follow(brevo: Brevo, town: Running) -> None:
    town.call(lambda world: world.script("ann@alder.example", Fate.CLICK, after=timedelta(minutes=30)))
    message_id = send(brevo).message_id
    assert message_id.startswith("<202611230800.")
    assert message_id.endswith("@smtp-relay.mailin.fr>")
    assert kinds(brevo) == []
    advance(town, hours=2)
    assert kinds(brevo, message_id=message_id) == ["requests", "delivered", "opened", "clicks"]
    event = brevo.transactional_emails.get_email_event_report(event="clicks").events[0]
    assert (event.tag, event.link, event.from_) == ("spring", "https://outreach.example/u", "ada@outreach.example")
    assert event.date.endswith("+01:00")


def test_days_are_days_of_the_accounts_zone(brevo: Brevo, town: Running) -> None:
    town.call(lambda world: world.flip({"brevo_timezone": "Pacific/Auckland"}))
    send(brevo)
    advance(town, hours=5)
    assert kinds(brevo, start_date="2026-11-24", end_date="2026-11-24") == []
    send(brevo)
    advance(town, minutes=10)
    assert "requests" in kinds(brevo, start_date="2026-11-24", end_date="2026-11-24")


def test_bulk_pages_cover_every_event_once(brevo: Brevo, town: Running) -> None:
    for number in range(12):
        send(brevo, to=[{"email": f"p{number}@c.example"}])
    advance(town, days=3)
    pages = [kinds(brevo, limit=5, offset=offset) for offset in range(0, 100, 5)]
    assert [kind for page in pages for kind in page] == kinds(brevo)
    assert kinds(brevo, event="requests", tags='["spring"]') == ["requests"] * 12
    assert kinds(brevo, tags='["autumn"]') == []


@pytest.mark.parametrize(("shape", "expected"), [("list", []), ("absent", None)])
def test_no_events_may_be_an_empty_list_or_no_key(
    brevo: Brevo, town: Running, shape: str, expected: list[Any] | None
) -> None:
    town.call(lambda world: world.flip({"brevo_empty_events": shape}))
    assert brevo.transactional_emails.get_email_event_report().events == expected


def test_no_events_may_be_a_404(brevo: Brevo, town: Running) -> None:
    town.call(lambda world: world.flip({"brevo_empty_events": "not_found"}))
    with pytest.raises(ApiError) as e:
        brevo.transactional_emails.get_email_event_report()
    assert (e.value.status_code, e.value.body["code"]) == (404, "document_not_found")


def test_an_idempotency_key_holds_for_half_an_hour_of_world_time(brevo: Brevo, town: Running) -> None:
    send(brevo, headers={"idempotencyKey": KEY})
    assert refused(brevo, headers={"idempotencyKey": KEY})[:2] == (400, "duplicate_parameter")
    advance(town, minutes=31)
    send(brevo, headers={"idempotencyKey": KEY})
    send(brevo, headers={"Idempotency-Key": KEY})
    send(brevo, headers={"Idempotency-Key": KEY})
    assert len(town.world.provider.mails) == 4
    assert refused(brevo, headers={"idempotencyKey": "not a uuid"})[1] == "invalid_parameter"


def test_a_dry_run_answers_with_an_id_and_sends_nothing(brevo: Brevo, town: Running) -> None:
    assert send(brevo, headers={"X-Sib-Sandbox": "drop"}).message_id.startswith("<2026")
    assert town.world.provider.mails == {}


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"to": [{"email": "nonsense"}]}, "invalid_parameter", "email is not valid in to"),
        ({"to": [{"email": "a b@c.example"}]}, "invalid_parameter", "email is not valid in to"),
        ({"to": []}, "missing_parameter", "to is missing"),
        ({"to": [{"email": f"p{n}@c.example"} for n in range(100)]}, "invalid_parameter", "to takes at most 99"),
        ({"subject": ""}, "missing_parameter", "subject is missing"),
        ({"html_content": "", "text_content": "hello"}, "missing_parameter", "htmlContent is missing"),
        ({"sender": None}, "missing_parameter", "sender is missing"),
        ({"reply_to": {"email": "x"}}, "invalid_parameter", "email is not valid in replyTo"),
        ({"headers": {"X-Long": "x" * 5_000}}, "INVALID_PARAMETER", "Unexpected long headers length, got: 5006"),
        ({"to": [{"email": "a@b.example", "name": "n" * 71}]}, "invalid_parameter", "name should be at most 70"),
    ],
)
def test_a_mail_that_is_not_whole_is_refused(brevo: Brevo, changes: dict[str, Any], code: str, message: str) -> None:
    status, got, words = refused(brevo, **changes)
    assert (status, got) == (400, code)
    assert words.startswith(message)


def test_many_versions_make_many_mails(brevo: Brevo, town: Running) -> None:
    versions = [
        {"to": [{"email": f"p{n}@c.example"}], "subject": "Hello {{params.name}}", "params": {"name": f"N{n}"}}
        for n in range(3)
    ]
    answer = send(brevo, to=None, message_versions=versions)
    assert len(set(answer.message_ids)) == 3
    assert {mail.mail.subject for mail in town.world.provider.mails.values()} == {"Hello N0", "Hello N1", "Hello N2"}


def test_a_scheduled_mail_leaves_later_or_is_cancelled(brevo: Brevo, town: Running) -> None:
    later = "2026-11-23T10:00:00Z"
    first, second = send(brevo, scheduled_at=later), send(brevo, scheduled_at=later)
    assert brevo.transactional_emails.get_scheduled_email_by_id(first.message_id).status == "queued"
    brevo.transactional_emails.delete_scheduled_email_by_id(second.message_id)
    assert len(town.world.provider.mails) == 0
    advance(town, hours=3)
    assert list(town.world.provider.mails) == [first.message_id]
    assert brevo.transactional_emails.get_scheduled_email_by_id(first.message_id).status == "processed"
    with pytest.raises(ApiError):
        brevo.transactional_emails.delete_scheduled_email_by_id(second.message_id)
    assert refused(brevo, scheduled_at="2026-12-30T10:00:00Z")[1] == "invalid_parameter"


def test_reports_add_up_and_zero_is_a_number(brevo: Brevo, town: Running) -> None:
    for number in range(40):
        send(brevo, to=[{"email": f"p{number}@c{number}.example"}])
    advance(town, days=2)
    total = brevo.transactional_emails.get_aggregated_smtp_report(start_date="2026-11-23", end_date="2026-11-25")
    days = brevo.transactional_emails.get_smtp_report(start_date="2026-11-23", end_date="2026-11-25").reports or []
    assert total.requests == 40
    assert total.range == "2026-11-23|2026-11-25"
    assert sum(day.requests for day in days) == 40
    assert sum(day.delivered for day in days) == total.delivered
    assert days[-1].date.isoformat() == "2026-11-23"
    assert brevo.transactional_emails.get_aggregated_smtp_report(days=1, tag="other").requests == 0


def test_the_log_of_a_mail(brevo: Brevo, town: Running) -> None:
    message_id = send(brevo).message_id
    advance(town, days=1)
    listed = brevo.transactional_emails.get_transac_emails_list(message_id=message_id)
    line = (listed.transactional_emails or [])[0]
    assert (listed.count, line.email, line.tags) == (1, "ann@alder.example", ["spring", "opener"])
    content = brevo.transactional_emails.get_transac_email_content(line.uuid_)
    assert content.body == MAIL["html_content"]
    assert content.events[0].name == "requests"
    with pytest.raises(ApiError, match="missing"):
        brevo.transactional_emails.get_transac_emails_list()


def test_blocked_contacts_can_be_read_and_freed(brevo: Brevo, town: Running) -> None:
    town.call(lambda world: world.script("ann@alder.example", Fate.UNSUBSCRIBE))
    send(brevo)
    advance(town, days=5)
    found = brevo.transactional_emails.get_transac_blocked_contacts()
    contact = (found.contacts or [])[0]
    assert (found.count, contact.email, contact.reason.code) == (1, "ann@alder.example", "unsubscribedViaEmail")
    brevo.transactional_emails.unblock_or_resubscribe_a_transactional_contact("ann@alder.example")
    with pytest.raises(ApiError) as e:
        brevo.transactional_emails.unblock_or_resubscribe_a_transactional_contact("ann@alder.example")
    assert e.value.status_code == 404
    brevo.transactional_emails.block_new_domain(domain="alder.example")
    assert brevo.transactional_emails.get_blocked_domains().domains == ["alder.example"]
    send(brevo)
    advance(town, hours=1)
    assert kinds(brevo)[-1] == "blocked"


def test_account_senders_and_domains(brevo: Brevo, town: Running) -> None:
    town.call(lambda world: world.flip({"brevo_credits": 5}))
    send(brevo)
    assert brevo.account.get_account().plan[0].credits == 4
    assert (brevo.senders.get_senders().senders or [])[0].email == "ada@outreach.example"
    brevo.senders.create_sender(name="Eve", email="eve@elsewhere.example")
    assert [sender.active for sender in brevo.senders.get_senders().senders or []] == [True, False]
    domains = brevo.domains.get_domains().domains
    assert (domains[0].domain_name, domains[0].authenticated) == ("outreach.example", True)
    assert brevo.domains.get_domain_configuration("outreach.example").dns_records.dkim_record.status
    with pytest.raises(ApiError):
        brevo.domains.get_domain_configuration("elsewhere.example")


@pytest.mark.parametrize("status", [400, 402])
def test_credits_run_out_with_either_status(brevo: Brevo, town: Running, status: int) -> None:
    town.call(lambda world: world.flip({"brevo_credits": 1, "brevo_no_credits_status": status}))
    send(brevo)
    assert refused(brevo)[:2] == (status, "not_enough_credits")


def test_custom_header_and_tags_are_kept(brevo: Brevo, town: Running) -> None:
    headers = {"X-Mailin-custom": json.dumps({"lead": 7})}
    message_id = send(brevo, headers=headers).message_id
    kept = town.world.provider.mails[message_id].mail
    assert (dict(kept.headers), kept.tags) == (headers, ("spring", "opener"))
