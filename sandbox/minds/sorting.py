"""Sorting an answer into one of the classes the schema offers.

The one thing that must hold: only what the person wrote counts, never the quoted mail beneath it.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from sandbox.minds.document import Document, text_at

_QUOTE_OPENERS: Final = ("wrote:", "schrieb", "a écrit", "escribió:", "escreveu:", "-----original message")
_SIGNS: Final[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = (
    (
        ("out_of_office", "absence", "ooo", "auto", "away"),
        (
            "out of the office",
            "automatic reply",
            "nicht im büro",
            "absent du bureau",
            "fuera de la oficina",
            "fora do escritório",
            "不在",
        ),
    ),
    (
        ("unsubscribe", "opt_out", "remove"),
        (
            "unsubscribe",
            "remove me",
            "stop emailing",
            "take me off",
            "aus ihrem verteiler",
            "löschen sie meine adresse",
            "retirer de votre liste",
            "désinscrire",
            "elimíneme",
            "remova meu",
            "停止",
        ),
    ),
    (
        ("wrong_person", "wrong"),
        (
            "wrong person",
            "wrong contact",
            "don't work for",
            "left the company",
            "not responsible",
            "falsche person",
            "nicht mehr im unternehmen",
            "pas la bonne personne",
            "quitté l'entreprise",
            "equivocado de persona",
            "pessoa errada",
            "間違え",
        ),
    ),
    (
        ("refusal", "not_interested", "negative", "decline"),
        (
            "not interested",
            "no thanks",
            "no need",
            "not for us",
            "kein interesse",
            "keinen bedarf",
            "pas intéressés",
            "pas ce besoin",
            "no nos interesa",
            "não temos interesse",
            "必要としておりません",
        ),
    ),
    (
        ("positive", "interested", "interest"),
        (
            "interested",
            "could we talk",
            "short call",
            "sounds interesting",
            "klingt interessant",
            "mehr informationen",
            "m'intéresse",
            "quelques informations",
            "me interesa",
            "tenho interesse",
            "興味",
        ),
    ),
)
_NEUTRAL: Final = ("neutral", "question", "other", "unclear", "human")


def sort(document: Document, prompt: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the class with a reason and a confidence, under the names such schemas use."""
    name = "class" if "class" in properties else "category"
    offered = [str(one) for one in properties[name].get("enum", ())]
    said = own_words(
        next((text_at(document, key) for key in ("text", "body", "reply", "message") if text_at(document, key)), prompt)
    )
    for names, signs in _SIGNS:
        sign = next((one for one in signs if one in said), None)
        chosen = _offered(offered, names)
        if sign and chosen:
            return {name: chosen, "confidence": 0.9, "reason": f"The person writes: {sign}."}
    chosen = _offered(offered, _NEUTRAL) or (offered[-1] if offered else "other")
    return {name: chosen, "confidence": 0.5, "reason": "The person says neither yes nor no."}


def own_words(text: str) -> str:
    """Return what stands above the quoted mail, in lower case."""
    kept: list[str] = []
    for line in text.lower().splitlines():
        if line.startswith(">") or any(opener in line for opener in _QUOTE_OPENERS):
            break
        kept.append(line)
    return re.sub(r"\s+", " ", " ".join(kept))


def _offered(offered: list[str], names: tuple[str, ...]) -> str | None:
    for name in names:
        for one in offered:
            if name in one.lower() and not (name == "interested" and "not" in one.lower()):
                return one
    return None
