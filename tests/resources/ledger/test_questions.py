"""Bulk reads over sends and what came of them."""

from dataclasses import replace
from datetime import timedelta

from resources.ledger.changes import changed_days
from resources.ledger.ledger import Ledger
from resources.ledger.replies import NewReply
from resources.ledger.sends import Claim
from resources.ledger.suppressions import Suppression, SuppressionReason
from resources.ledger.work import Item
from rules.breakers import Outcomes
from rules.outcomes import Skipped
from tests.builders import DAY, HOUR, MONDAY, accepted, prepared, sending
from tests.events import NewEvent, hear

TOMORROW = MONDAY + timedelta(days=1)


def event(claim: Claim, kind: str, *, number: int = 0) -> NewEvent:
    message = f"<{claim.send_key}@relay.example>"
    key = f"{kind}{number}{claim.send_key}"[:32]
    return NewEvent(key, DAY, kind, message, claim.send_key, "hash", MONDAY, None, None, "{}")


def test_seven_days_of_outcomes_count_mails_not_events(ledger: Ledger) -> None:
    claims = [accepted(ledger, number) for number in range(4)]
    events = [event(claims[0], "hard_bounce"), event(claims[0], "hard_bounce", number=1), event(claims[1], "invalid")]
    hear(ledger, [*events, event(claims[2], "complaint"), event(claims[3], "opened")], now=MONDAY)

    assert ledger.questions.outcomes_since(MONDAY - HOUR) == Outcomes(4, bounced=2, complained=1)
    assert ledger.questions.outcomes_since(MONDAY + HOUR) == Outcomes(0)
    assert ledger.questions.outcomes_of_last(50, since=MONDAY) == Outcomes(4, bounced=2, complained=1)
    assert ledger.questions.outcomes_of_last(1, since=MONDAY).sent == 1
    assert ledger.questions.sending_days(before="2026-11-24", newest=9) == [(DAY, Outcomes(4, bounced=2, complained=1))]
    assert ledger.questions.sending_days(before=DAY, newest=9) == []


def test_a_spans_mails_are_sure_or_perhaps_sent(ledger: Ledger) -> None:
    accepted(ledger, 1)
    accepted(ledger, 2, kind="digest")
    ledger.sends.unknown(sending(ledger, 3), reason="broke off", now=MONDAY)
    ledger.sends.rejected(sending(ledger, 4), reason="400", now=MONDAY)
    prepared(ledger, 5)

    assert ledger.questions.accepted_between(MONDAY, MONDAY + HOUR) == (2, 1)
    assert ledger.questions.accepted_between(MONDAY - HOUR, MONDAY) == (0, 0)


def test_companies_and_threads_are_told_for_a_whole_list(ledger: Ledger) -> None:
    first = accepted(ledger, 1, company_key="firm.example")
    accepted(ledger, 2, company_key="firm.example")
    prepared(ledger, 3, company_key="firm.example")

    assert ledger.questions.company_counts(DAY) == {"firm.example": 2}
    threads = ledger.questions.threads("spring", [first.address, "person3@firm3.example"])
    assert {address: [mail["subject"] for mail in mails] for address, mails in threads.items()} == {
        first.address: [first.mail.subject]
    }


def test_a_conversation_is_concluded_when_every_step_went_out_and_nothing_did_today(ledger: Ledger) -> None:
    whole = ("opener", "bump")
    for number, steps in enumerate([whole, whole, whole[:1], whole], start=1):
        for step in steps:
            now = TOMORROW if (number, step) == (2, "bump") else MONDAY
            accepted(ledger, number, step=step, now=now)
    ledger.sends.unknown(sending(ledger, 4, step="breakup"), reason="broke off", now=MONDAY)

    under_way, done = ledger.questions.conversations("spring", whole, before=TOMORROW)
    assert done == {"person1@firm1.example", "person4@firm4.example"}
    assert {(row["lead_id"], row["step"]) for row in under_way} == {
        ("rec2", "opener"), ("rec2", "bump"), ("rec3", "opener"),
    }  # fmt: skip
    _, none = ledger.questions.conversations("spring", (*whole, "breakup"), before=TOMORROW)
    assert none == frozenset()
    assert ledger.questions.conversations("autumn", whole, before=TOMORROW) == ([], frozenset())


def test_a_leads_story_is_gathered(ledger: Ledger) -> None:
    claim = accepted(ledger, 1)
    hear(ledger, [event(claim, "delivered")], now=MONDAY)
    answer = NewReply(
        "k",
        DAY,
        "1.1",
        MONDAY,
        claim.send_key,
        "rec1",
        "message_id",
        "h",
        "positive",
        "likes it",
        None,
        "Yes",
        b"",
        "1",
    )
    ledger.replies.receive([answer, replace(answer, reply_key="k2", lead_id=None)], now=MONDAY)
    ledger.suppressions.add([Suppression("address", "h", SuppressionReason.REPLIED, MONDAY, "reply", "k")], now=MONDAY)

    (mail,) = ledger.questions.mails_of("rec1")
    assert [item["kind"] for item in mail["events"]] == ["delivered"]
    assert [item["class"] for item in ledger.questions.replies_of("rec1")] == ["positive"]
    assert list(ledger.questions.replies_by_lead()) == ["rec1"]
    assert [item["reason"] for item in ledger.questions.suppressions_of(["h", "firm1.example"])] == ["replied"]
    assert list(ledger.questions.counted_by_lead()) == ["rec1"]
    assert [row["send_key"] for row in ledger.questions.recent(5)] == [claim.send_key]


def test_only_days_that_changed_are_named(ledger: Ledger) -> None:
    old, new = accepted(ledger, 1), accepted(ledger, 2, day="2026-11-24", now=TOMORROW)
    assert changed_days(ledger.transactions, TOMORROW).sends == ("2026-11-24",)

    later = TOMORROW + HOUR
    hear(ledger, [event(old, "delivered")], now=later)
    ledger.work.record(Item("drafts", "x", "h", "2026-11-20"), Skipped("nothing to do"), now=later)

    changed = changed_days(ledger.transactions, later)
    assert (changed.sends, changed.events, changed.outcomes, changed.work) == ((), (DAY,), (DAY,), ("2026-11-20",))
    assert new.send_key != old.send_key
