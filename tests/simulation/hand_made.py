"""Histories made by hand, a fact a line: one that holds, to be broken in one place.

What must hold: `Hand.mail` is a whole, lawful life of a mail; whatever a test changes is the only thing wrong.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from simulation import facts
from simulation.facts import Fact
from simulation.history import History, Violation, fingerprint

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""Ten in the morning in Berlin."""
TEXT = "Hello Grace,\n\na thought on your support.\n\nYou can tell us not to write again: https://outreach.example/u/t"
Check = Callable[[History], list[Violation]]


class Hand:
    """Writes a history; `later` moves its clock."""

    def __init__(self, *, at: datetime = TUESDAY, calm: bool = True) -> None:
        self.history = History()
        self.now = at - timedelta(days=1)
        self.add(
            facts.RunStarted, seed=1, faults="none", campaign="harbour", zone="Europe/Berlin", provider_zone="UTC",
            steps=(("opener", 0), ("bump", 6)), opens=time(9), closes=time(17), minutes_left=15,
            operator="me@us.example",
        )  # fmt: skip
        self.add(facts.CapsInForce, per_hour=2, per_day=3, ramp=(), per_company_per_day=2)
        if calm:
            self.add(facts.FaultsEnded)
        self.now = at

    def add(self, kind: type[Fact], /, **said: Any) -> None:
        """Something happens now."""
        self.history.add(kind(at=said.pop("at", self.now), who=said.pop("who", "outreach-1#1"), **said))

    def later(self, **span: float) -> "Hand":
        """Let time pass."""
        self.now += timedelta(**span)
        return self

    def person(self, number: int = 1, **known: Any) -> str:
        """Somebody in Berlin.

        Returns:
            The address.
        """
        address = f"person{number}@firm{number}.example"
        said = {
            "lead_id": f"rec{number}", "address": address, "company": f"firm{number}.example",
            "zones": ("Europe/Berlin",), "country": "DE",
        }  # fmt: skip
        self.add(facts.RecipientKnown, **{**said, **known})
        return str({**said, **known}["address"])

    def state(self, key: str, before: str, after: str, **said: Any) -> None:
        """A send's row changes."""
        self.add(facts.StateChanged, key=key, before=before, after=after, epoch=said.pop("epoch", 1), **said)

    def approve(self, number: int = 1, *, step: str = "opener", text: str = TEXT, **said: Any) -> str:
        """A mail becomes ready.

        Returns:
            Its key.
        """
        key = said.pop("key", f"{step}-{number}")
        self.state(key, "", "ready", epoch=0)
        fact = {
            "key": key, "lead_id": f"rec{number}", "address": f"person{number}@firm{number}.example",
            "company": f"firm{number}.example", "step": step, "day": "2026-11-24", "subject": "Your support",
            "text": text, "fingerprint": fingerprint("Your support", text),
        }  # fmt: skip
        self.add(facts.Approved, **{**fact, **said})
        return str(key)

    def intend(self, key: str, *, epoch: int = 1, number: int = 1, **said: Any) -> None:
        """It is claimed, and its intent becomes durable."""
        self.state(key, "ready", "claimed", epoch=epoch)
        self.state(key, "claimed", "sending", epoch=epoch)
        fact = {
            "address": f"person{number}@firm{number}.example", "company": f"firm{number}.example", "day": "2026-11-24",
            "intended_at": self.now,
        }  # fmt: skip
        self.add(facts.IntentDurable, key=key, epoch=epoch, **{**fact, **said})

    def ask(self, key: str, *, number: int = 1, **said: Any) -> None:
        """The request starts."""
        text = said.get("text", TEXT)
        fact = {
            "address": f"person{number}@firm{number}.example", "subject": "Your support", "text": text,
            "html": "<p>Hello</p>", "fingerprint": fingerprint("Your support", text), "idempotency_key": "u",
        }  # fmt: skip
        self.add(facts.RequestStarted, key=key, **{**fact, **said})

    def take(self, key: str, *, number: int = 1, settled: bool = True, **said: Any) -> None:
        """The provider takes it, and our side hears."""
        fact = {
            "address": f"person{number}@firm{number}.example", "message_id": f"<{key}@m>", "subject": "Your support",
            "text": TEXT, "fingerprint": fingerprint("Your support", TEXT),
        }  # fmt: skip
        self.add(facts.ProviderAccepted, key=key, **{**fact, **said})
        if settled:
            self.state(key, "sending", "accepted", message_id=f"<{key}@m>")

    def mail(self, number: int = 1, *, step: str = "opener", known: bool = True, **said: Any) -> str:
        """A whole lawful mail to a new person, or to one who is known.

        Returns:
            Its key.
        """
        if known:
            self.person(number, **said)
        key = self.approve(number, step=step)
        self.intend(key, number=number)
        self.ask(key, number=number)
        self.take(key, number=number)
        return key

    def end(self, **span: float) -> History:
        """The run is over."""
        self.later(**span)
        self.add(facts.RunEnded)
        return self.history


def without(history: History, kind: type[Fact], number: int = 0) -> History:
    """The history without one fact of a kind."""
    gone = history.of(kind)[number]
    return History([fact for fact in history if fact is not gone])


def changed(history: History, kind: type[Fact], number: int = 0, **said: Any) -> History:
    """The history with one fact of a kind told otherwise."""
    old = history.of(kind)[number]
    return History([replace(fact, **said) if fact is old else fact for fact in history])


def said_by(check: Check, history: History) -> list[str]:
    """The messages of a checker."""
    return [violation.message for violation in check(history)]
