"""What the model service remembers between requests.

The one thing that must hold: a prefix counts as cached only if exactly those characters were sent before and not too
long ago (prompt caching matches exact prefixes of at least 1,024 tokens).
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

CHARACTERS_PER_TOKEN: Final = 4
_FIRST: Final = 1_024
_STEP: Final = 128
_KEPT: Final = 50_000


def tokens_in(text: str) -> int:
    """Estimate tokens: four characters each, at least one. Good enough for arithmetic, not for a tokenizer's edge."""
    return max(1, -(-len(text) // CHARACTERS_PER_TOKEN))


@dataclass(slots=True)
class PromptCache:
    """Digests of prompt prefixes at steps of 128 tokens from 1,024 on, with the instant each was last used."""

    seen: dict[str, datetime] = field(default_factory=dict)

    def hit(self, model: str, prompt: str, *, now: datetime, life: timedelta) -> int:
        """Return how many tokens of the prompt were cached, and cache all of it."""
        if len(self.seen) > _KEPT:
            self.seen = {name: used for name, used in self.seen.items() if now - used <= life}
        cached = 0
        whole = tokens_in(prompt)
        digest = hashlib.sha256(model.encode())
        fed = 0
        for boundary in range(_FIRST, whole + 1, _STEP):
            end = boundary * CHARACTERS_PER_TOKEN
            digest.update(prompt[fed:end].encode())
            fed = end
            name = digest.hexdigest()
            used = self.seen.get(name)
            if used is not None and now - used <= life:
                cached = boundary
            self.seen[name] = now
        return cached


@dataclass(slots=True)
class StoredFile:
    """An uploaded or produced file."""

    id: str
    filename: str
    purpose: str
    created: datetime
    content: bytes


@dataclass(slots=True)
class StoredBatch:
    """A batch and its outcome, which is worked out when it is made and revealed as world time passes."""

    id: str
    endpoint: str
    input_file: str
    created: datetime
    done_at: datetime
    metadata: dict[str, Any] | None
    outputs: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    expires: bool = False
    cancelled_at: datetime | None = None
    output_file: str | None = None
    error_file: str | None = None


@dataclass(slots=True)
class OpenAIState:
    """Everything kept: the prompt cache, files, batches, stored responses and a counter for ids."""

    cache: PromptCache = field(default_factory=PromptCache)
    files: dict[str, StoredFile] = field(default_factory=dict)
    batches: dict[str, StoredBatch] = field(default_factory=dict)
    responses: dict[str, dict[str, Any]] = field(default_factory=dict)
    made: int = 0

    def next_number(self) -> int:
        """Count one more thing made; ids hang on it."""
        self.made += 1
        return self.made
