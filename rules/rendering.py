"""From an approved draft to what goes out: signature, footer, plain HTML. Links come from here only (invariant I4)."""

import html
import re

from rules.campaign import Sender

URL = re.compile(r"https?://[^\s<>\"]+")


def with_footer(body: str, *, sender: Sender, unsubscribe: str) -> str:
    """The full text of a mail: what the writer wrote, who wrote it, from where, and how to be left alone."""
    return (
        f"{body.strip()}\n\n{sender.name}\n{sender.company}\n\n--\n"
        f"{sender.postal_address}\nYou can tell us not to write again: {unsubscribe}\n"
    )


def as_html(text: str) -> str:
    """Plain HTML from the same source: paragraphs, line breaks, and the footer's link. No markup passes through."""
    paragraphs = []
    for block in text.strip().split("\n\n"):
        escaped = html.escape(block, quote=True)
        linked = URL.sub(lambda found: f'<a href="{found.group()}">{found.group()}</a>', escaped)
        paragraphs.append("<p>" + linked.replace("\n", "<br>\n") + "</p>")
    return '<html><body style="font-family:sans-serif;font-size:15px">\n' + "\n".join(paragraphs) + "\n</body></html>\n"


def thread_subject(opener_subject: str) -> str:
    """The subject of a follow-up: a reply to the first mail."""
    return opener_subject if opener_subject.casefold().startswith("re:") else f"Re: {opener_subject}"
