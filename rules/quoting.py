"""What a person wrote, without what stands quoted above, between or below it.

What must hold: a quoted line is never taken for their words (our own footer, which names unsubscribing, stands under
every answer); where everything is quoted nothing is left.
"""

import re
from collections.abc import Sequence
from typing import Final

from rules.plain_text import any_of, plain

LONGEST: Final = 4000
"""Characters kept of what a person wrote."""
_WRAPPED: Final = 3
"""Lines over which mail programs break the line that introduces a quotation."""
_HEADER_LINES: Final = 5

_VERB: Final = any_of(
    r"\b(wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|napisał(\(a\)|a)?|skrev|kirjoitti)\b|写道"
)
_INTRODUCTION: Final = any_of(
    r"^>?\s?[^a-z0-9]?(on|am|le|el|il|op|em|den|dnia|w dniu)\b.{4,240}"
    r"\b(wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|napisał|skrev)\b.{0,100}:$"
)
"""What stands above a quotation, on one line or broken over several."""
_ADDRESS_LINE: Final = any_of(r"^.{0,200}<\s?[^>\s]+@[^>\s]+\s?>\)?.{0,40}:$")
"""The same in programs that name the writer last."""
_FROM: Final = any_of(r"^[^a-z0-9]{0,2}(from|von|de|da|van|od|från|fra|差出人|发件人|寄件者)\s?[^a-z0-9]?\s?:")
_OTHER_HEADER: Final = any_of(
    r"^[^a-z0-9]{0,2}(sent|date|to|subject|cc|gesendet|datum|an|betreff|envoyé|à|objet|enviado|enviada|fecha|para|asunto"
    r"|assunto|inviato|data|a|oggetto|verzonden|aan|onderwerp|wysłano|do|temat|skickat|till|ämne|sendt|dato|til|emne"
    r"|送信日時|日時|宛先|件名|发送时间|收件人|主题|日期)\s?[^a-z0-9]?\s?:"
)
_RULE: Final = any_of(
    r"^_{10,}$|^-{2,}\s?(original|ursprüngliche|weitergeleitete|forwarded|message (d'origine|transféré)"
    r"|mensaje (original|reenviado)|messaggio (originale|inoltrato)|oorspronkelijk|doorgestuurd"
    r"|mensagem (original|encaminhada)|wiadomość|ursprungligt|vidarebefordrat|oprindelig|videresendt"
    r"|元のメッセージ|原始邮件|转发)"
)


def own_words(text: str) -> str:
    """What the person wrote: at most 4,000 characters, in the order in which it stands."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept: list[str] = []
    position = 0
    while position < len(lines):
        line = lines[position].strip()
        if line.startswith(">"):
            position += 1
            continue
        if length := _introduction(lines, position):
            position += length
            if not _quote_follows(lines, position):
                break  # nothing marks the quoted lines: all that follows is the quotation
            continue
        if _RULE.search(plain(line)) or _header_block(lines, position):
            break
        kept.append(lines[position].rstrip())
        position += 1
    return "\n".join(kept).strip()[:LONGEST]


def _introduction(lines: Sequence[str], position: int) -> int:
    """How many lines introduce a quotation here; 0 where none does."""
    for length in range(1, _WRAPPED + 1):
        joined = " ".join(line.strip() for line in lines[position : position + length])
        if not joined.endswith((":", "\uff1a")):
            continue
        told = plain(joined)
        if length > 1 and _introduction(lines, position + 1):
            return 0  # their last words end where the introduction begins
        if _INTRODUCTION.search(told) and re.search(r"\d|@", told):
            return length
        if length == 1 and _ADDRESS_LINE.search(told):
            return 1
        if length == 1 and _VERB.search(told) and _quote_follows(lines, position + 1):
            return 1
    return 0


def _quote_follows(lines: Sequence[str], position: int) -> bool:
    following = next((line.strip() for line in lines[position:] if line.strip()), "")
    return following.startswith(">")


def _header_block(lines: Sequence[str], position: int) -> bool:
    """Whether the headers of the mail that is answered stand here, as some programs write them."""
    if not _FROM.search(plain(lines[position].strip())):
        return False
    below = lines[position + 1 : position + _HEADER_LINES]
    return any(_OTHER_HEADER.search(plain(line.strip())) for line in below)
