"""The day's plan: who is due for which step, in which window, and everybody who is not, with the reason.

What must hold: every accepted lead is in the plan exactly once (invariant I8), and the plan of a past day is read back
as it was, never made again (I11).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

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
from rules.sequence import SentStep, Standing, next_step, variant_of
from stages.approving import settle
from stages.days import day_of
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
    frame = pl.DataFrame(rows, schema=QUEUE_SCHEMA)
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


class _Planner:
    """What one planning run knows, loaded once in bulk."""

    def __init__(self, ledger: Ledger, campaign: Campaign, now: datetime) -> None:
        self.campaign = campaign
        self.now = now
        self.day = day_of(now, campaign.zone)
        self._ledger = ledger
        self._steps = _steps_by_address(ledger, campaign)
        self._suppressed = ledger.suppressions.live(now=now)
        self._refused = _refused(ledger, campaign, now)
        self._held = {(held.send.lead_id, held.send.step): held for held in ledger.approvals.in_the_way()}
        self._prompt = prompt_id(campaign)
        self._hours, self._holidays = business_hours(campaign), holiday_calendar(campaign)
        self._deaf = _deaf(ledger, campaign, now)
        self._company = ledger.questions.company_counts(self.day)
        self._window = lru_cache(maxsize=None)(
            lambda places: opening_window(self.now, places, self._hours, self._holidays)
        )

    def row(self, lead: Mapping[str, Any]) -> dict[str, Any]:
        """One lead's place in the plan."""
        opener = self.campaign.cadence.steps[0].name
        base: dict[str, Any] = {
            "day": self.day, "lead_id": lead["lead_id"], "company_key": lead["company_key"], "step": opener,
            "standing": Standing.EXCLUDED.value, "reason": "", "variant": "", "priority": lead["priority"] or 0.0,
            "from_day": None, "opens_at": None, "closes_at": None, "place": 0,
        }  # fmt: skip
        steps = self._steps.get(lead["address"], []) if lead["address"] else []
        if today := next(
            (s for s in steps if s.state in COUNTED and s.accepted_at and self._is_today(s.accepted_at)), None
        ):
            return {**base, "step": today.step, "standing": SENT_TODAY, "reason": "went out today"}
        if reason := self._never(lead):
            return {**base, "reason": reason}
        if (known := strongest(self._facts(lead), self.now)) is not None:
            return {**base, "reason": f"suppressed: {known.reason}", "from_day": _day(known.until, self.campaign)}
        following = next_step(self.campaign.cadence, steps, now=self.now, zone=self.campaign.zone)
        base |= {"step": following.step, "standing": following.standing.value, "reason": following.reason}
        base["from_day"] = following.from_day.isoformat() if following.from_day else None
        base["variant"] = variant_of(
            self.campaign.step(following.step).variants,
            campaign=self.campaign.id, step=following.step, lead_id=lead["lead_id"],
        )  # fmt: skip
        if following.standing not in (Standing.DUE, Standing.READY):
            return base
        return self._timed(base, lead, following.standing)

    def _timed(self, base: dict[str, Any], lead: Mapping[str, Any], standing: Standing) -> dict[str, Any]:
        excluded = {"standing": Standing.EXCLUDED.value}
        held = self._held.get((lead["lead_id"], base["step"]))
        if held is not None and held.state is ApprovalState.WAITING:
            reason = f"its draft waits for approval: `outbound drafts show {held.code}`"
            return {**base, "standing": Standing.WAITING.value, "reason": reason}
        if held is not None and held.prompt == self._prompt:
            return {**base, **excluded, "reason": f"a person refused the draft: {held.reason}"}
        if refused := self._refused.get(draft_key(lead["lead_id"], base["step"], self._prompt)):
            return {**base, **excluded, "reason": f"the draft was refused: {refused}"}
        if refused := self._refused.get(research_key(lead["company_key"])):
            return {**base, **excluded, "reason": f"the research was refused: {refused}"}
        if base["step"] != self.campaign.cadence.steps[0].name and self._deaf:
            return {**base, "standing": Standing.WAITING.value, "reason": self._deaf}
        places = zones_of(lead)
        if not places.candidates:
            return {**base, **excluded, "reason": "nobody knows what time it is there: no zone for this place"}
        window = self._window(places)
        if window is None:
            return {**base, **excluded, "reason": "no common business hours in the next weeks"}
        base |= {"opens_at": window[0], "closes_at": window[1]}
        if standing is Standing.DUE and self._company[lead["company_key"]] >= self.campaign.caps.per_company_per_day:
            return {**base, "standing": Standing.WAITING.value, "reason": "the company's cap for today is reached"}
        if standing is Standing.DUE and day_of(window[0], self.campaign.zone) > self.day:
            base |= {"standing": Standing.WAITING.value, "reason": "business hours there begin on a later day"}
            base["from_day"] = day_of(window[0], self.campaign.zone)
        return base

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
        rows = [*self._suppressed.get(lead["address_hash"], ()), *self._suppressed.get(lead["company_key"], ())]
        return [SuppressionFact(row["reason"], row["until"]) for row in rows]

    def _is_today(self, moment: datetime) -> bool:
        return day_of(moment, self.campaign.zone) == self.day


def _day(moment: datetime | None, campaign: Campaign) -> str | None:
    return None if moment is None else day_of(moment, campaign.zone)


def _steps_by_address(ledger: Ledger, campaign: Campaign) -> dict[str, list[SentStep]]:
    order: dict[str, int] = {step.name: number for number, step in enumerate(campaign.cadence.steps)}
    found: dict[str, list[SentStep]] = {}
    rows = ledger.questions.steps(campaign.id)
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
