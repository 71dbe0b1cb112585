"""A digest as text and as a page that plain mail clients show: tables and inline styles, bars drawn from cells.

What must hold: text and page say the same, and what other people wrote is escaped.
"""

import base64
import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.mail import harmless

INK, QUIET, LINE, BLUE, AMBER, RED = "#22313a", "#6b7a83", "#e6eaec", "#2f6f8f", "#d98e04", "#b23a48"
_BAR = 260
_CELL = f"padding:4px 8px;border-bottom:1px solid {LINE};font-size:14px;color:{INK}"


@dataclass(frozen=True, slots=True)
class Number:
    """A figure of yesterday beside the fortnight's; ``money`` in US dollars."""

    label: str
    yesterday: float
    fortnight: float
    money: bool = False

    def shown(self, value: float) -> str:
        """As it is printed."""
        return f"{value:.2f}" if self.money else f"{value:.0f}"


@dataclass(frozen=True, slots=True)
class Told:
    """What a digest says, before it has a form.

    Attributes:
        stuck: Number of leads and the reason that keeps them.
        quotes: Class of a reply and its first words.
        days: Day, mails sent, human replies; the fortnight, oldest first.
    """

    day: str
    title: str
    alarms: tuple[str, ...]
    numbers: tuple[Number, ...]
    today: str
    stuck: tuple[tuple[int, str], ...]
    quotes: tuple[tuple[str, str], ...]
    days: tuple[tuple[str, int, int], ...]
    health: tuple[str, ...]


def as_text(told: Told) -> str:
    """The digest for a terminal, the chat, and clients that show no page."""
    lines = [f"ALARM  {alarm}" for alarm in told.alarms] + ([""] if told.alarms else [])
    lines.append(f"Mails planned on {told.day}, and what came of them so far")
    lines += [
        f"  {one.label:<28}{one.shown(one.yesterday):>6}   fortnight {one.shown(one.fortnight):>7}"
        for one in told.numbers
    ]
    lines += ["", told.today]
    if told.stuck:
        lines += ["", "Not mailed, and why", *(f"  {count:>6}  {reason}" for count, reason in told.stuck)]
    if told.quotes:
        lines += ["", "What people wrote", *(f"  [{kind}] {words}" for kind, words in told.quotes)]
    if told.health:
        lines += ["", "Health", *(f"  {line}" for line in told.health)]
    return "\n".join(lines)


def as_page(told: Told, pictures: Mapping[str, bytes]) -> str:
    """The digest for a mail client.

    Args:
        told: What it says.
        pictures: PNGs by file name. They close the page inside it: clients that strip such pictures show the bars
            above, and clients that cut long mails cut the pictures.
    """
    body = "".join(_body(told))
    drawn = "".join(
        f'<img alt="" width="640" style="display:block;width:100%;max-width:640px" '
        f'src="data:image/png;base64,{base64.b64encode(png).decode("ascii")}">'
        for png in pictures.values()
    )
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{_safe(told.title)}</title></head>'
        '<body style="margin:0;padding:16px;background:#f4f6f7">'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">'
        '<table role="presentation" width="680" cellpadding="0" cellspacing="0" '
        f'style="max-width:680px;background:#ffffff;font-family:Helvetica,Arial,sans-serif;color:{INK}">'
        f'<tr><td style="padding:20px">{body}{drawn}</td></tr></table></td></tr></table></body></html>'
    )


def _body(told: Told) -> Iterator[str]:
    yield f'<h1 style="margin:0 0 12px;font-size:20px">{_safe(told.title)}</h1>'
    for alarm in told.alarms:
        yield (
            f'<p style="margin:0 0 8px;padding:8px 12px;background:#fbeaec;border-left:4px solid {RED};'
            f'font-size:14px">{_safe(alarm)}</p>'
        )
    rows = "".join(
        f'<tr><td style="{_CELL}">{_safe(one.label)}</td>'
        f'<td align="right" style="{_CELL};font-weight:bold">{one.shown(one.yesterday)}</td>'
        f'<td align="right" style="{_CELL};color:{QUIET}">{one.shown(one.fortnight)}</td></tr>'
        for one in told.numbers
    )
    head = "".join(
        f'<th align="{side}" style="{_CELL};color:{QUIET};font-weight:normal">{_safe(name)}</th>'
        for name, side in ((f"Mails planned on {told.day}", "left"), ("that day", "right"), ("fortnight", "right"))
    )
    yield _table(f"<tr>{head}</tr>{rows}")
    yield f'<p style="font-size:15px;margin:16px 0">{_safe(told.today)}</p>'
    if told.days:
        yield _heading("The fortnight: mails sent, and people who answered")
        yield _bars(told.days)
    if told.quotes:
        yield _heading("What people wrote")
        for kind, words in told.quotes:
            yield (
                f'<p style="margin:0 0 8px;padding:6px 12px;border-left:3px solid {AMBER};font-size:14px">'
                f'<span style="color:{QUIET}">{_safe(kind)}</span><br>{_safe(words)}</p>'
            )
    if told.stuck:
        yield _heading("Not mailed, and why")
        yield _table(
            "".join(
                f'<tr><td align="right" style="{_CELL};font-weight:bold">{count}</td>'
                f'<td style="{_CELL}">{_safe(reason)}</td></tr>'
                for count, reason in told.stuck
            )
        )
    if told.health:
        yield _heading("Health")
        yield "".join(f'<p style="margin:0 0 4px;font-size:14px">{_safe(line)}</p>' for line in told.health)


def _bars(days: tuple[tuple[str, int, int], ...]) -> str:
    most = max((sent for _, sent, _ in days), default=0) or 1
    rows = []
    for day, sent, replies in days:
        answered = f' <span style="color:{AMBER};font-weight:bold">{replies} answered</span>' if replies else ""
        width = max(2, round(_BAR * sent / most)) if sent else 0
        bar = (
            f'<table role="presentation" cellpadding="0" cellspacing="0"><tr><td bgcolor="{BLUE}" width="{width}" '
            f'height="12" style="background:{BLUE};width:{width}px;height:12px;font-size:1px">&nbsp;</td></tr></table>'
            if width
            else ""
        )
        rows.append(
            f'<tr><td style="{_CELL};color:{QUIET};white-space:nowrap">{_safe(day)}</td>'
            f'<td width="{_BAR}" style="{_CELL}">{bar}</td><td style="{_CELL}">{sent}{answered}</td></tr>'
        )
    return _table("".join(rows))


def _table(rows: str) -> str:
    style = "border-collapse:collapse;margin:0 0 12px"
    return f'<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="{style}">{rows}</table>'


def _heading(text: str) -> str:
    return f'<h2 style="margin:18px 0 8px;font-size:15px;color:{INK}">{_safe(text)}</h2>'


def _safe(text: str) -> str:
    return html.escape(harmless(text))
