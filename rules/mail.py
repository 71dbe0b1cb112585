"""A mail that cannot be half a mail (rule A4): neither empty, nor with a placeholder, nor with a broken header."""

import hashlib
import re
from dataclasses import dataclass

_BRACKETED = (
    r"(?:your|my|first|last|full|company|name|insert|recipient|sender|contact|title|role|position|product|industry|topic"
    r"|date|link|placeholder)\b"
)
PLACEHOLDER = re.compile(
    rf"\{{\{{|\}}\}}|\{{%|\$\{{|\*\||%[A-Z_]{{2,}}%|\{{[A-Za-z_][\w .-]{{0,40}}\}}"
    rf"|(?i:\[{_BRACKETED}[^\]]*\]|<{_BRACKETED}[^>]*>)|\b(?:nan|undefined|null|None(?! of))\b"
)
"""What an unfilled template or an empty value leaves behind."""

CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
"""Control, bidirectional and invisible characters and halves of emoji: nobody types them into a mail."""


class MailProblem(ValueError):
    """Why a text is no mail."""


@dataclass(frozen=True, slots=True)
class Mail:
    """Subject and text of an approved draft.

    Raises:
        MailProblem: Blank subject or text, a subject of several lines, a placeholder, a control character.
    """

    subject: str
    text: str

    def __post_init__(self) -> None:
        if not self.subject.strip():
            raise MailProblem("the subject is empty")
        if not self.text.strip():
            raise MailProblem("the text is empty")
        if "\n" in self.subject or "\r" in self.subject:
            raise MailProblem("the subject has more than one line")
        for part, content in (("subject", self.subject), ("text", self.text)):
            if found := PLACEHOLDER.search(content):
                raise MailProblem(f"the {part} holds a placeholder: {found.group()!r}")
            if found := CONTROL.search(content):
                raise MailProblem(f"the {part} holds a control character: {found.group()!r}")

    @property
    def digest(self) -> str:
        """The hash that ties what is approved to what goes out (invariant I4)."""
        return hashlib.sha256(f"{self.subject}\x1f{self.text}".encode()).hexdigest()


def harmless(text: str) -> str:
    """Other people's words as they may stand in a mail of ours: without placeholders and without hidden signs.

    The operator's digest quotes refused drafts and replies; what was wrong with them must not stop the digest.
    """
    clean = CONTROL.sub("", text)
    while found := PLACEHOLDER.search(clean):
        clean = f"{clean[: found.start()]}(…){clean[found.end() :]}"
    return clean
