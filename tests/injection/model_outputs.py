"""What models answer when they do not answer as asked: a seeded stream of broken, wrong and poisoned answers.

What must hold: an output names what it smuggles (`marks`); one that smuggles nothing is either refused or a whole mail.
"""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

SENTENCE: Final = "You answer every service request within one working day."
GOOD: Final[Mapping[str, Any]] = {
    "subject": "Who answers at night",
    "body": f"Hello Grace,\n\n{SENTENCE} I wondered who keeps that up when half of the team is away.\n\nIs it the same people?",
    "claims": [{"sentence": SENTENCE, "facts": ["f1"]}],
}
SMUGGLED: Final = (
    "https://evil.example/pay", "www.evil-offers.shop", "evil.com", "sales@evil.example", "+44 20 7946 0991", "$ 499", "499 euros",
    "87 percent", "Kestrel Dynamics", "Bob Marley", "Quay Freight", "ZX-91-QUARTZ", "{{first_name}}", "[Company Name]", "%FIRSTNAME%",
    "${name}", "<b>now</b>", "[x](y)", "Click below.", "Download our report.", "Please forward this to everyone.", "your password",
    "gift cards", "As an AI language model, I guess.", "Here is the mail you asked for.", "once in a lifetime", "legal action",
    "You doubled your revenue last year.", "Your board hired four new directors in spring.", "**bold**", "\u202etxet", "\u200bhidden",
    "undefined", "null", "You are impressive.",
)  # fmt: skip
REFUSALS: Final = (
    "I'm sorry, but I can't help with that.", "As an AI, I cannot write this mail.", "I cannot assist with unsolicited mail.",
    "Ich kann dabei nicht helfen.", "Je ne peux pas vous aider.", "Lo siento, pero no puedo ayudar.",
)  # fmt: skip


@dataclass(frozen=True)
class Output:
    """An answer's text, how it was made, and what must be found in no accepted mail."""

    kind: str
    text: str
    marks: tuple[str, ...] = ()


def outputs(seed: int, count: int) -> Iterator[Output]:
    """So many outputs; the same seed makes the same ones."""
    stream = random.Random(seed)
    for _ in range(count):
        kind = stream.choice(sorted(_KINDS))
        yield _KINDS[kind](kind, stream)


def _dumped(parts: Any) -> str:
    return json.dumps(parts, ensure_ascii=False)


def _truncated(kind: str, stream: random.Random) -> Output:
    whole = _dumped(GOOD)
    return Output(kind, whole[: stream.randrange(len(whole))])


def _refusal(kind: str, stream: random.Random) -> Output:
    said = stream.choice(REFUSALS)
    shape = stream.choice(
        [said, _dumped({**GOOD, "body": said}), _dumped({**GOOD, "body": f"Hello Grace,\n\n{said} {GOOD['body']}"})]
    )
    return Output(kind, shape, (said,))


def _extra_keys(kind: str, stream: random.Random) -> Output:
    more = stream.choice(["notes", "to", "bcc", "Subject", "body ", "__proto__", "html"])
    return Output(kind, _dumped({**GOOD, more: stream.choice(["x", None, 1, ["y"]])}), ("bcc",))


def _missing_keys(kind: str, stream: random.Random) -> Output:
    gone = stream.choice(sorted(GOOD))
    return Output(kind, _dumped({name: part for name, part in GOOD.items() if name != gone}))


def _wrong_types(kind: str, stream: random.Random) -> Output:
    wrong: Any = stream.choice([None, 1, 0.5, True, [], {}, ["text"], {"text": "x"}, [[]], [None]])
    return Output(kind, _dumped({**GOOD, stream.choice(sorted(GOOD)): wrong}))


def _wrong_claims(kind: str, stream: random.Random) -> Output:
    claims = stream.choice([
        [{"sentence": SENTENCE}], [{"facts": ["f1"]}], [{"sentence": SENTENCE, "facts": "f1"}], [{"sentence": SENTENCE, "facts": [1]}],
        [{"sentence": SENTENCE, "facts": ["f99"]}], [{"sentence": "You build rockets on the moon.", "facts": ["f1"]}], [], ["f1"],
        [{"sentence": SENTENCE, "facts": ["f1"], "why": "x"}], [{"sentence": None, "facts": []}],
    ])  # fmt: skip
    return Output(kind, _dumped({**GOOD, "claims": claims}))


def _not_json(kind: str, stream: random.Random) -> Output:
    whole = _dumped(GOOD)
    return Output(kind, stream.choice([
        f"```json\n{whole}\n```", f"Sure! {whole}", whole + whole, whole[:-1] + ",}", whole.replace('"', "'"), f"[{whole}]", "null", '""',
        "[]", "{}", "NaN", GOOD["body"], _dumped(whole), "[" * 3000, '{"a":' * 2000, whole.replace('"subject"', '"subject":"x","subject"'),
    ]))  # fmt: skip


def _nested(kind: str, stream: random.Random) -> Output:
    inner = _dumped(GOOD)
    return Output(kind, _dumped({**GOOD, stream.choice(["subject", "body"]): inner}), ('"claims"',))


def _empty(kind: str, stream: random.Random) -> Output:
    blank = stream.choice(["", " ", "\n\n", "\t", "\u200b", "\u00a0", "\ufeff", "."])
    return Output(kind, _dumped({**GOOD, stream.choice(["subject", "body"]): blank}))


def _too_long(kind: str, stream: random.Random) -> Output:
    times = stream.choice([2, 4, 10, 200])
    return Output(kind, _dumped({**GOOD, "body": "\n\n".join([GOOD["body"]] * times)}))


def _lines_in_subject(kind: str, stream: random.Random) -> Output:
    end = stream.choice(["\n", "\r\n", "\r", "\u2028", "\x0b", "\x00"])
    return Output(kind, _dumped({**GOOD, "subject": f"Hello{end}Bcc: everybody"}), ("bcc: everybody",))


def _smuggled(kind: str, stream: random.Random) -> Output:
    said = stream.choice(SMUGGLED)
    body = GOOD["body"]
    where = stream.choice([
        {"body": body.replace(" I wondered", f" {said} I wondered")}, {"body": f"{body}\n\n{said}"}, {"subject": said},
        {"body": body.replace("Hello Grace,", f"Hello Grace, {said}")}, {"body": body.replace("?", f"? {said}")},
        {"body": body.replace("half of the team", said)}, {"body": f"Hello Grace,\n\n{said}"},
        {"subject": f"{GOOD['subject']} {said}"},
    ])  # fmt: skip
    return Output(kind, _dumped({**GOOD, **where}), (said,))


def _other_lead(kind: str, stream: random.Random) -> Output:
    other = stream.choice(
        ["Bob Marley", "bob marley", "Quay Freight", "Quay freight", "QUAY FREIGHT", "bob@quayfreight.com"]
    )
    body = GOOD["body"].replace("the team", other) if stream.random() < 0.5 else GOOD["body"].replace("Grace", "Bob")
    return Output(kind, _dumped({**GOOD, "body": body}), (other,) if other in body else ("hello bob",))


def _other_language(kind: str, stream: random.Random) -> Output:
    said = stream.choice([
        "Sie beantworten jede Anfrage innerhalb eines Arbeitstages, und ich habe mich gefragt, wer das in der Nacht macht.",
        "Vous r\u00e9pondez \u00e0 chaque demande en un jour ouvr\u00e9, et je me demandais qui le fait pendant la nuit.",
        "Ustedes responden cada solicitud en un d\u00eda laborable, y me pregunto qui\u00e9n lo hace durante la noche.",
        "\u041f\u0435\u0440\u0435\u0432\u0435\u0434\u0438\u0442\u0435 \u0434\u0435\u043d\u044c\u0433\u0438 \u0441\u0435\u0433\u043e\u0434\u043d\u044f.",
    ])  # fmt: skip
    return Output(kind, _dumped({**GOOD, "body": f"Hello Grace,\n\n{said} {GOOD['body'][13:]}"}), (said,))


def _noise(kind: str, stream: random.Random) -> Output:
    whole = list(_dumped(GOOD))
    for _ in range(stream.randrange(1, 6)):
        whole[stream.randrange(len(whole))] = chr(stream.choice([0, 8, 34, 92, 123, 0x202E, 0x200B, 0x1F600, 0xFFFD]))
    return Output(kind, "".join(whole))


def _good(kind: str, stream: random.Random) -> Output:
    del stream
    return Output(kind, _dumped(GOOD))


_KINDS: Final[Mapping[str, Callable[[str, random.Random], Output]]] = {
    "truncated": _truncated, "refusal": _refusal, "extra keys": _extra_keys, "missing keys": _missing_keys,
    "wrong types": _wrong_types, "wrong claims": _wrong_claims, "not json": _not_json, "nested": _nested, "empty": _empty,
    "too long": _too_long, "lines in subject": _lines_in_subject, "smuggled": _smuggled, "other lead": _other_lead,
    "other language": _other_language, "noise": _noise, "good": _good,
}  # fmt: skip
