"""Where the real services' behaviour is not known for certain, the choice the sandbox makes.

The one thing that must hold: every switch has a sentence, a default that follows the better evidence, and is checked
on the way in, so that a mistyped value never silently means the default.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Any


def _switch(default: Any, sentence: str, *choices: Any) -> Any:
    return field(default=default, metadata={"sentence": sentence, "choices": choices})


@dataclass(frozen=True, slots=True)
class Switches:
    """One choice per open question. Change by `with_values`, which checks names and values."""

    airtable_429_body: str = _switch(
        "plural", "Which of the two known 429 bodies Airtable sends.", "plural", "singular"
    )
    airtable_large_page: str = _switch("refuse", "A pageSize above 100 is refused or cut to 100.", "refuse", "clamp")
    airtable_iterator_minutes: float = _switch(5.0, "Minutes of world time an unused offset stays valid.")
    airtable_snapshot: bool = _switch(
        True, "A listing walks over the record ids as they were at page one.", True, False
    )
    airtable_atomic: bool = _switch(True, "A batch with one bad record changes nothing.", True, False)
    airtable_lock_key: str = _switch("base", "What the 30 second lock is held on.", "base", "token")
    airtable_lock_seconds: float = _switch(30.0, "Seconds of real time every request is refused after a burst.")
    airtable_monthly_calls: int = _switch(0, "Calls a calendar month allows before the billing refusal; 0 is no limit.")
    brevo_plan: str = _switch("general", "Plan level that sets the rate pools.", "general", "advanced", "extended")
    brevo_timezone: str = _switch("Europe/Paris", "Time zone of the account: offsets of event dates and of day limits.")
    brevo_empty_events: str = _switch(
        "list", "What a query without hits answers: an empty list, no key, or 404.", "list", "absent", "not_found"
    )
    brevo_event_lag_min: float = _switch(2.0, "Least seconds of world time until an event shows in the log.")
    brevo_event_lag_max: float = _switch(60.0, "Most seconds of world time until an event shows in the log.")
    brevo_idempotency_minutes: float = _switch(30.0, "Minutes of world time an idempotencyKey is remembered.")
    brevo_duplicate_status: int = _switch(400, "Status of the refusal of a repeated idempotencyKey.", 400, 409)
    brevo_contract: str = _switch("payAsYouGo", "The account's contract.", "payAsYouGo", "free", "subscription")
    brevo_credits: int = _switch(0, "Mails the account may send in its life; 0 is no limit, -1 is none at all.")
    brevo_no_credits_status: int = _switch(400, "Status when the credits are used up.", 400, 402)
    brevo_webhook_brackets: bool = _switch(True, "Webhook message ids keep their angle brackets.", True, False)
    brevo_batched_body: str = _switch("array", "Shape of a batched webhook post.", "array", "object")
    openai_requests_per_minute: int = _switch(5_000, "Requests a minute per model.")
    openai_tokens_per_minute: int = _switch(2_000_000, "Tokens a minute per model.")
    openai_cache_minutes: float = _switch(10.0, "Minutes of world time an unused prompt prefix stays cached.")
    perplexity_sonar_code: str = _switch(
        "chat_completions_not_available",
        "Which refusal the closed Sonar routes give.",
        "chat_completions_not_available",
        "agent_api_migration_required",
    )
    perplexity_queries_per_second: int = _switch(
        1, "Steady requests a second; a bucket of 50 times that allows bursts."
    )

    def with_values(self, values: dict[str, Any]) -> "Switches":
        """Return a copy with `values` set.

        Raises:
            ValueError: an unknown name, a value of another type, or one outside the choices.
        """
        return replace(self, **{name: self._checked(name, value) for name, value in values.items()})

    def _checked(self, name: str, value: Any) -> Any:
        known = {entry.name: entry for entry in fields(self)}
        if name not in known:
            raise ValueError(f"there is no switch {name!r}; there are {', '.join(sorted(known))}")
        current = getattr(self, name)
        if isinstance(current, float) and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not type(current):
            raise ValueError(f"{name} takes a {type(current).__name__}, not {value!r}")
        choices = known[name].metadata["choices"]
        if choices and value not in choices:
            raise ValueError(f"{name} is one of {choices}, not {value!r}")
        return value

    def described(self) -> list[dict[str, Any]]:
        """Each switch with its value, its sentence and its choices, for the control page."""
        return [
            {
                "name": entry.name,
                "value": getattr(self, entry.name),
                "default": entry.default,
                "sentence": entry.metadata["sentence"],
                "choices": list(entry.metadata["choices"]),
            }
            for entry in fields(self)
        ]
