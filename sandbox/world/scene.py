"""The state of a world and the levers a test or an operator pulls.

The one thing that must hold: every attribute is data, so that a world can be saved whole; behaviour lives elsewhere.
"""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.airtable.leads_base import leads_base
from sandbox.airtable.store import AirtableStore
from sandbox.openai.state import OpenAIState
from sandbox.perplexity.state import PerplexityState
from sandbox.telegram.state import TelegramState
from sandbox.world.chance import chance
from sandbox.world.faults import FaultDesk
from sandbox.world.habits import Fate, Habits, Scripted
from sandbox.world.mail import MailEvent
from sandbox.world.mailbox import Mailbox
from sandbox.world.people import Happening
from sandbox.world.places import zone_of
from sandbox.world.provider import Provider
from sandbox.world.switches import Switches
from sandbox.world.tally import Tally
from sandbox.world.threads import Thread


class Scene:
    """Everything there is at one instant.

    Args:
        seed: names the world; two worlds with one seed hold the same people.
        start: the first instant, aware.
        switches: choices where the real services' behaviour is not certain.
        habits: how often people do what.

    Raises:
        ValueError: `start` has no zone.
    """

    def __init__(
        self, seed: int, *, start: datetime, switches: Switches | None = None, habits: Habits | None = None
    ) -> None:
        if start.tzinfo is None:
            raise ValueError("a world starts at an aware instant")
        self.seed = seed
        self.now = start.astimezone(UTC)
        self.switches = switches or Switches()
        self.habits = habits or Habits()
        self.provider = Provider(self.switches.brevo_timezone)
        self.mailbox = Mailbox(uid_validity=chance(seed, "uidvalidity").randint(1_000_000, 9_999_999))
        base = leads_base()
        self.airtable = AirtableStore(seed, {base.id: base})
        self.openai = OpenAIState()
        self.perplexity = PerplexityState()
        self.telegram = TelegramState()
        self.faults = FaultDesk(seed)
        self.tally = Tally()
        self.threads: dict[str, Thread] = {}
        self.attributions: dict[str, str] = {}
        self.pending: list[tuple[datetime, int, Happening]] = []
        self.planned = 0
        self.numbered = 0
        self.listeners: list[Callable[[MailEvent], None]] = []

    def script(self, address: str, fate: Fate | str, *, on_mail: int = 0, after: timedelta | None = None) -> None:
        """Force a fate on an address: for its `on_mail`-th mail from now on counted from the first (0 = every mail).

        A scripted address does nothing that its script does not say. Scripts add up.

        Raises:
            ValueError: an unknown fate or a negative `on_mail`.
        """
        if on_mail < 0:
            raise ValueError("mails are counted from 1; 0 means every mail")
        self.thread(address).scripted.append(Scripted(Fate(fate), on_mail, after))

    def settle(self, address: str, *, country: str, state: str = "") -> None:
        """Tell where a person sits; without it they get a zone of their own by chance."""
        zone = zone_of(country, state)
        if zone is not None:
            self.thread(address).zone = zone

    def script_attribution(self, company: str, domain: str, verdict: str) -> None:
        """Say what the truth is about a company and a mail domain; the stand-in models will answer it."""
        self.attributions[f"{company.strip().lower()}|{domain.strip().lower()}"] = verdict

    def attribution_truth(self, company: str, domain: str) -> str | None:
        """Return the scripted verdict, if there is one."""
        return self.attributions.get(f"{company.strip().lower()}|{domain.strip().lower()}")

    def thread(self, address: str) -> Thread:
        """Return what a recipient remembers; made on first use."""
        key = address.strip().lower()
        return self.threads.get(key) or self.threads.setdefault(key, Thread())

    def flip(self, values: dict[str, Any]) -> None:
        """Change switches.

        Raises:
            ValueError: as `Switches.with_values`, or no such time zone.
        """
        switches = self.switches.with_values(values)
        try:
            ZoneInfo(switches.brevo_timezone)
        except (ZoneInfoNotFoundError, ValueError) as problem:
            raise ValueError(f"{switches.brevo_timezone!r} is no time zone") from problem
        self.switches = switches
        self.provider.zone = self.switches.brevo_timezone

    def push(self, happening: Happening) -> None:
        """Plan something; what is planned for one instant happens in the order of planning."""
        self.planned += 1
        heapq.heappush(self.pending, (happening.at, self.planned, happening))
