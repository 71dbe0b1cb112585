"""The day's plan: who is due for which step, in which window, and everybody who is not, with the reason.

What must hold: every accepted lead is in the plan exactly once (invariant I8), and the plan of a past day is read back
as it was, never made again (I11).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from resources.ledger.ledger import Ledger
from resources.ledger.resolutions import VOUCHED
from rules.approval import ApprovalState
from rules.business_hours import opening_window
from rules.campaign import Campaign
from rules.drafting import prompt_id
from rules.failures import FailureKind
from rules.outcomes import State
from rules.sending import COUNTED, SendState, SuppressionFact, strongest
from rules.sequence import FINISHED, NextStep, SentStep, Standing, next_step, variant_of
from stages.approving import settle
from stages.days import day_of, starts_at
from stages.drafting import draft_key
from stages.engagement import EVENTS_STAMP, REPLIES_STAMP
from stages.outlook import business_hours, holiday_calendar, outlook
from stages.places import zones_of
from stages.research_reading import research_key

QUEUE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "day": pl.String, "lead_id": pl.String, "company_key": pl.String, "step": pl.String, "standing": pl.String,
    "reason": pl.String, "variant": pl.String, "priority": pl.Float64, "from_day": pl.String,
    "opens_at": pl.Datetime("us", "UTC"), "closes_at": pl.Datetime("us", "UTC"), "place": pl.Int64,
}  # fmt: skip
SENT_TODAY = "sent"
_ASKED: Final = (
    "lead_id", "company_key", "priority", "address", "address_hash", "status", "reason", "in_view", "do_not_contact",
    "verdict", "zones", "zone_confidence", "zone_how", "country_code", "subdivision",
)  # fmt: skip
"""Columns of a lead that the plan rests on."""
GIVE_UP_AFTER = 5
"""Attempts after which an item that keeps failing is excluded instead of tried again."""


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan, and when it is worth looking again."""

    frame: pl.DataFrame
    wake_at: datetime | None


def plan_day(leads: pl.DataFrame, *, ledger: Ledger, campaign: Campaign, now: datetime) -> Planned:
    """Plan today from the leads with their verdicts and from the ledger, and keep the plan.

    Args:
        leads: The `leads` table joined with the column ``verdict`` of `verification_results`.
        ledger: Sends, events, suppressions, outcomes.
        campaign: The configuration.
        now: The moment.
    """
    settle(ledger, campaign, now=now)
    leads = leads.select(_ASKED)
    planner = _Planner(ledger, campaign, now)
    rows = [planner.row(lead) for lead in leads.iter_rows(named=True)]
    planner.withdraw(leads)
    planner.withdraw_held(rows)
    rank = {standing: place for place, standing in enumerate((Standing.READY, Standing.DUE))}
    step_order = {step.name: -number for number, step in enumerate(campaign.cadence.steps)}
    rows.sort(
        key=lambda row: (
            rank.get(row["standing"], 2), step_order[row["step"]], -row["priority"],
            row["closes_at"] or now + timedelta(days=365), row["lead_id"],
        )
    )  # fmt: skip
    for place, row in enumerate(rows):
        row["place"] = place
    frame = pl.DataFrame({name: [row[name] for row in rows] for name in QUEUE_SCHEMA}, schema=QUEUE_SCHEMA)
    ledger.keepsakes.keep("outreach_queue", planner.day, frame.write_ndjson().encode(), now=now)
    wake = [row["opens_at"] for row in rows if row["standing"] in (Standing.DUE, Standing.READY) and row["opens_at"]]
    return Planned(frame, max(min(wake), now) if wake else None)


def kept_plan(ledger: Ledger, day: str) -> pl.DataFrame:
    """The plan of a day as it was last made; empty where none was."""
    content = ledger.keepsakes.kept("outreach_queue", day)
    if not content:
        return pl.DataFrame(schema=QUEUE_SCHEMA)
    lines = pl.read_ndjson(content, schema={**QUEUE_SCHEMA, "opens_at": pl.String, "closes_at": pl.String})
    moments = [pl.col(name).str.to_datetime(time_unit="us", time_zone="UTC") for name in ("opens_at", "closes_at")]
    return lines.with_columns(moments).select(list(QUEUE_SCHEMA))


def picks(
    plan: pl.DataFrame, *, ledger: Ledger, campaign: Campaign, now: datetime, limit: int | None = None
) -> list[dict[str, Any]]:
    """Due rows worth paying for now: the window is open, the caps have room, the company's too (rules A5, A9).

    Args:
        plan: The day's plan, in order.
        ledger: Counts and what is ready already.
        campaign: The caps.
        now: The moment.
        limit: At most so many, where an operator asked for a number.
    """
    view = outlook(campaign, ledger=ledger, now=now)
    ready = ledger.sends.ready(now=now)
    room = view.room - len(ready)
    if limit is not None:
        room = min(room, limit)
    company = Counter(row["company_key"] for row in ready)
    company.update(ledger.questions.company_counts(view.day))
    chosen: list[dict[str, Any]] = []
    due = plan.filter(
        (pl.col("standing") == Standing.DUE.value) & (pl.col("opens_at") <= now) & (pl.col("closes_at") > now)
    )
    for row in due.iter_rows(named=True):
        if len(chosen) >= room:
            break
        if company[row["company_key"]] >= campaign.caps.per_company_per_day:
            continue
        company[row["company_key"]] += 1
        chosen.append(row)
    return chosen


_Opening = tuple[datetime, datetime, str] | None
_EXCLUDED, _WAITING = Standing.EXCLUDED.value, Standing.WAITING.value


class _Planner:
    """What one planning run knows, loaded once in bulk."""

    def __init__(self, ledger: Ledger, campaign: Campaign, now: datetime) -> None:
        self.campaign = campaign
        self.now = now
        self.day = day_of(now, campaign.zone)
        self._ledger = ledger
        self._opener = campaign.cadence.steps[0].name
        steps = [step.name for step in campaign.cadence.steps]
        today = starts_at(self.day, campaign.zone)
        under_way, self._concluded = ledger.questions.conversations(campaign.id, steps, before=today)
        self._steps = _steps_by_address(under_way, ledger, campaign)
        self._suppressed = ledger.suppressions.live(now=now)
        self._refused = _refused(ledger, campaign, now)
        self._held = {(held.send.lead_id, held.send.step): held for held in ledger.approvals.in_the_way()}
        self._prompt = prompt_id(campaign)
        self._hours, self._holidays = business_hours(campaign), holiday_calendar(campaign)
        self._deaf = _deaf(ledger, campaign, now)
        self._company = ledger.questions.company_counts(self.day)
        self._windows: dict[tuple[Any, ...], _Opening] = {}

    def row(self, lead: Mapping[str, Any]) -> dict[str, Any]:
        """One lead's place in the plan."""
        row: dict[str, Any] = {
            "day": self.day, "lead_id": lead["lead_id"], "company_key": lead["company_key"], "step": self._opener,
            "standing": _EXCLUDED, "reason": "", "variant": "", "priority": lead["priority"] or 0.0,
            "from_day": None, "opens_at": None, "closes_at": None, "place": 0,
        }  # fmt: skip
        steps = self._steps.get(lead["address"], ())
        if today := next(filter(self._is_today, steps), None):
            row["step"], row["standing"], row["reason"] = today.step, SENT_TODAY, "went out today"
            return row
        if reason := self._never(lead):
            row["reason"] = reason
            return row
        facts = self._facts(lead)
        if facts and (known := strongest(facts, self.now)) is not None:
            row["reason"], row["from_day"] = f"suppressed: {known.reason}", _day(known.until, self.campaign)
            return row
        following = self._following(lead["address"], steps)
        standing = following.standing
        row["step"], row["standing"], row["reason"] = following.step, standing.value, following.reason
        row["from_day"] = following.from_day.isoformat() if following.from_day else None
        row["variant"] = variant_of(
            self.campaign.step(following.step).variants,
            campaign=self.campaign.id, step=following.step, lead_id=lead["lead_id"],
        )  # fmt: skip
        if standing is Standing.DUE or standing is Standing.READY:
            change = self._blocked(row["step"], lead) or self._timed(row, lead, due=standing is Standing.DUE)
            if change is not None:
                row["standing"], row["reason"] = change
        return row

    def _following(self, address: str, steps: Sequence[SentStep]) -> NextStep:
        if address in self._concluded:
            return NextStep(Standing.FINISHED, self.campaign.cadence.steps[-1].name, FINISHED)
        return next_step(self.campaign.cadence, steps, now=self.now, zone=self.campaign.zone)

    def _blocked(self, step: str, lead: Mapping[str, Any]) -> tuple[str, str] | None:
        """The standing and the reason of a lead whose next step something stands against."""
        held = self._held.get((lead["lead_id"], step))
        if held is not None and held.state is ApprovalState.WAITING:
            return _WAITING, f"its draft waits for approval: `outbound drafts show {held.code}`"
        if held is not None and held.prompt == self._prompt:
            return _EXCLUDED, f"a person refused the draft: {held.reason}"
        if refused := self._refused.get(draft_key(lead["lead_id"], step, self._prompt)):
            return _EXCLUDED, f"the draft was refused: {refused}"
        if refused := self._refused.get(research_key(lead["company_key"])):
            return _EXCLUDED, f"the research was refused: {refused}"
        if step != self._opener and self._deaf:
            return _WAITING, self._deaf
        return None

    def _timed(self, row: dict[str, Any], lead: Mapping[str, Any], *, due: bool) -> tuple[str, str] | None:
        """Write down when it is working time there; the standing and the reason of a lead that this changes."""
        if not lead["zones"]:
            return _EXCLUDED, "nobody knows what time it is there: no zone for this place"
        opening = self._opening(lead)
        if opening is None:
            return _EXCLUDED, "no common business hours in the next weeks"
        row["opens_at"], row["closes_at"], day = opening
        if due and self._company[lead["company_key"]] >= self.campaign.caps.per_company_per_day:
            return _WAITING, "the company's cap for today is reached"
        if due and day > self.day:
            row["from_day"] = day
            return _WAITING, "business hours there begin on a later day"
        return None

    def _opening(self, lead: Mapping[str, Any]) -> _Opening:
        """When business begins and ends there next, and the operator's day of it; leads of one place share it."""
        place = (*lead["zones"], lead["country_code"], lead["subdivision"])
        if place not in self._windows:
            window = opening_window(self.now, zones_of(lead), self._hours, self._holidays)
            self._windows[place] = None if window is None else (*window, day_of(window[0], self.campaign.zone))
        return self._windows[place]

    def withdraw(self, leads: pl.DataFrame) -> None:
        """Take back what must not go out any more: the base, the verdict or the prompt changed since it was written."""
        ready: dict[str, list[tuple[str, str, str]]] = {}
        for step in self._ledger.questions.steps(self.campaign.id, state=SendState.READY):
            ready.setdefault(step["lead_id"], []).append(
                (step["send_key"], step["address"], step["prompt"] or self._prompt)
            )
        if not ready:
            return
        withdrawn: dict[str, list[str]] = {}
        for lead in leads.filter(pl.col("lead_id").is_in(list(ready))).iter_rows(named=True):
            for key, address, prompt in ready[lead["lead_id"]]:
                moved = "the address on the record was changed" if address != lead["address"] else None
                stale = "it was written with an older prompt" if prompt != self._prompt else None
                if reason := self._never(lead) or moved or stale:
                    withdrawn.setdefault(reason, []).append(key)
        for reason, keys in withdrawn.items():
            self._ledger.sends.cancel(keys, reason=reason, actor="queue", now=self.now)

    def withdraw_held(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Take back drafts that wait for a person while their lead must not get that step any more."""
        planned = {row["lead_id"]: row for row in rows}
        for (lead_id, step), held in self._held.items():
            row = planned.get(lead_id)
            if held.state is not ApprovalState.WAITING or (
                row and row["step"] == step and row["standing"] == Standing.WAITING
            ):
                continue
            reason = "no longer in the list" if row is None else f"{row['step']} {row['standing']}: {row['reason']}"
            self._ledger.approvals.withdraw([held.send.send_key], reason=reason, now=self.now)

    def _never(self, lead: Mapping[str, Any]) -> str | None:
        if lead["status"] != "accepted":
            return str(lead["reason"])
        if not lead["in_view"]:
            return "no longer in the view of the base"
        if lead["do_not_contact"]:
            return "the operator set do-not-contact"
        if lead["verdict"] != "match":
            return f"the address was not verified: {lead['verdict'] or 'not judged yet'}"
        return None

    def _facts(self, lead: Mapping[str, Any]) -> list[SuppressionFact]:
        rows = (self._suppressed.get(lead["address_hash"], ()), self._suppressed.get(lead["company_key"], ()))
        return [SuppressionFact(row["reason"], row["until"]) for known in rows for row in known]

    def _is_today(self, step: SentStep) -> bool:
        if step.state not in COUNTED or step.accepted_at is None:
            return False
        return day_of(step.accepted_at, self.campaign.zone) == self.day


def _day(moment: datetime | None, campaign: Campaign) -> str | None:
    return None if moment is None else day_of(moment, campaign.zone)


def _steps_by_address(
    rows: Sequence[Mapping[str, Any]], ledger: Ledger, campaign: Campaign
) -> dict[str, list[SentStep]]:
    order: dict[str, int] = {step.name: number for number, step in enumerate(campaign.cadence.steps)}
    found: dict[str, list[SentStep]] = {}
    # A conversation whose last mail went out is over: what came of its mails decides nothing any more.
    last = campaign.cadence.steps[-1].name
    over = {row["address"] for row in rows if row["step"] == last and row["state"] in COUNTED}
    asked = [row["message_id"] for row in rows if row["message_id"] and row["address"] not in over]
    events = ledger.events.kinds_by_message(asked)
    for row in rows:
        found.setdefault(row["address"], []).append(
            SentStep(
                step=row["step"],
                state=SendState(row["state"]),
                accepted_at=row["intent_at"],
                message_id=row["message_id"],
                subject=row["subject"],
                events=events.get(row["message_id"] or "", {}),
                vouched=str(row["reason"] or "").endswith(VOUCHED),
            )
        )
    for steps in found.values():
        steps.sort(key=lambda step: order.get(step.step, 99))
    return found


def _refused(ledger: Ledger, campaign: Campaign, now: datetime) -> dict[str, str]:
    """Items that were refused, or failed too often to be tried again, with the reason.

    A refusal of research is good for as long as research is: afterwards the company may have a site again.
    """
    found: dict[str, str] = {}
    stale = {"research": now - timedelta(days=campaign.research.fresh_days), "drafts": None}
    for stage, since in stale.items():
        failures = ledger.work.failures(stage, FailureKind.TRANSIENT)  # rate limits and empty purses burn no attempt
        for item, (state, reason) in ledger.work.last_words(stage, since=since).items():
            tries = failures.get(item, 0)
            if state is State.REJECTED:
                found[item] = reason
            elif tries >= GIVE_UP_AFTER and state in (State.FAILED, State.SKIPPED):
                found[item] = f"given up after {tries} attempts"
    return found


def _deaf(ledger: Ledger, campaign: Campaign, now: datetime) -> str | None:
    """Why follow-ups must wait: nobody listened lately (rules A10, B7)."""
    fresh = timedelta(hours=campaign.ears.fresh_hours)
    for name, words in ((EVENTS_STAMP, "events"), (REPLIES_STAMP, "replies")):
        heard = ledger.flags.stamped(name)
        if heard is None or now - heard[0] > fresh:
            when = "never" if heard is None else f"{(now - heard[0]).total_seconds() / 3600:.0f} hours ago"
            return f"{words} were last read {when}: a follow-up needs fresh ears"
    return None


def summary(plan: pl.DataFrame) -> Mapping[str, int]:
    """Rows by standing."""
    counted: Iterable[tuple[str, int]] = plan.group_by("standing").len().sort("standing").iter_rows()
    return dict(counted)


def reasons(plan: pl.DataFrame, standings: Sequence[str]) -> Mapping[str, int]:
    """Rows by reason for some standings, most frequent first."""
    rows = plan.filter(pl.col("standing").is_in(list(standings))).group_by("reason").len()
    counted: Iterable[tuple[str, int]] = rows.sort(["len", "reason"], descending=[True, False]).iter_rows()
    return dict(counted)
