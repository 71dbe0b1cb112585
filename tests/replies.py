"""The corpus of answers under `tests/data/replies`, as raw messages and as what each of them is."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from rules.inbound import read_message
from rules.replies import ReplyVerdict, classify_reply

DATA = Path(__file__).parent / "data" / "replies"
REAL = Path(__file__).parent / "rules" / "data" / "mail_messages.jsonl"
TODAY = date(2026, 11, 23)
"""The Monday on which every message of the corpus was written."""

THREAD = {"In-Reply-To": "<1@relay.example>", "References": "<1@relay.example>"}
KINDS: dict[str, dict[str, str]] = {
    "reply": THREAD,
    "bare": {},
    "auto": THREAD | {"Auto-Submitted": "auto-replied"},
    "exchange": THREAD | {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    "gmail": THREAD | {"Auto-Submitted": "auto-replied", "Precedence": "bulk", "X-Autoreply": "yes"},
    "suppress": THREAD | {"X-Auto-Response-Suppress": "All"},
    "xauto": THREAD | {"X-Autorespond": "yes"},
}
"""Headers by what sends them."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A message of the corpus and what it is."""

    language: str
    label: str
    back_on: date | None
    kind: str
    subject: str
    text: str

    @property
    def raw(self) -> bytes:
        """The message as it travels."""
        message = EmailMessage()
        message["From"], message["Subject"] = "Grace <grace@harbour.example>", self.subject
        for name, value in KINDS[self.kind].items():
            message[name] = value
        message.set_content(self.text)
        return message.as_bytes()

    @property
    def verdict(self) -> ReplyVerdict:
        """What the rules make of it."""
        return classify_reply(read_message(self.raw), today=TODAY)


def corpus(part: str) -> list[Sample]:
    """The messages of ``tuned`` or ``held_out``, in order of language."""
    return [sample for path in sorted((DATA / part).glob("*.tsv")) for sample in _samples(path)]


def _samples(path: Path) -> Iterator[Sample]:
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            day = None if row["back_on"] == "-" else date.fromisoformat(row["back_on"])
            text = row["text"].replace("\\n", "\n")
            yield Sample(path.stem, row["class"], day, row["kind"], row["subject"], text)


def real_messages() -> list[dict[str, Any]]:
    """The collected messages: id, label, content_type, headers, text; see `tests/rules/data/README.md`."""
    return [json.loads(line) for line in REAL.read_text("utf-8").split("\n") if line]


def as_raw(message: dict[str, Any]) -> bytes:
    """A collected message as it travelled; its sender is masked there and missing here."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in message["headers"].items())
    text = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{message['text']}"
    kind = message["content_type"]
    if kind == "multipart/report":
        kind += "; report-type=" + ("feedback-report" if message["label"] == "complaint" else "delivery-status")
    if kind.startswith("multipart/"):
        text = f'Content-Type: {kind}; boundary="b"\r\n\r\n--b\r\n{text}\r\n--b--\r\n'
    return (headers + text).encode("utf-8", "replace")
