"""What can be seen from outside, as JSON: clock, switches, faults, counters, outbox, mailbox, base, chat.

The one thing that must hold: looking changes nothing.
"""

import email
import email.policy
from collections.abc import Iterable
from typing import Any

from sandbox.airtable.listing import wire_record
from sandbox.airtable.schema import Table
from sandbox.house import House
from sandbox.world.mail import AcceptedMail, Correspondent, MailEvent
from sandbox.world.mailbox import StoredLetter
from sandbox.world.provider import EventQuery

_PAGE = 100


def clock(house: House, _query: dict[str, str]) -> Any:
    """World time and how it moves."""
    return {
        "now": house.world.now.isoformat(),
        "mode": house.clock.mode,
        "speed": house.clock.speed,
        "seed": house.world.seed,
        "pending": len(house.world.pending),
        "imap_port": house.imap_port,
        "dns_port": house.dns_port,
    }


def switches(house: House, _query: dict[str, str]) -> Any:
    """Every switch with its sentence."""
    return {"switches": house.world.switches.described()}


def faults(house: House, _query: dict[str, str]) -> Any:
    """Every fault with its sentence."""
    return {"faults": house.world.faults.described()}


def stats(house: House, _query: dict[str, str]) -> Any:
    """Counters of requests, paid calls and accepted mails."""
    events = house.world.provider.query(EventQuery(), now=house.world.now)
    kinds: dict[str, int] = {}
    for event in events:
        kinds[event.kind.value] = kinds.get(event.kind.value, 0) + 1
    return {
        **house.world.tally.described(),
        "events": kinds,
        "mails": len(house.world.provider.mails),
        "letters": len(house.world.mailbox),
    }


def outbox(house: House, query: dict[str, str]) -> Any:
    """Accepted mails, newest first, with what happened to each; `email` and `tag` filter, `limit` and `offset` page."""
    wanted, tag = query.get("email", "").lower(), query.get("tag", "")
    found = [
        sent
        for sent in reversed(house.world.provider.mails.values())
        if (not wanted or any(person.key == wanted for person in sent.mail.to)) and (not tag or tag in sent.mail.tags)
    ]
    return {"count": len(found), "mails": [_mail(house, sent) for sent in _paged(found, query)]}


def mailbox(house: House, query: dict[str, str]) -> Any:
    """Letters in the sender's mailbox, newest first."""
    found = list(reversed(house.world.mailbox.letters.values()))
    return {"count": len(found), "letters": [_letter(letter) for letter in _paged(found, query)]}


def base(house: House, query: dict[str, str]) -> Any:
    """Every table with its fields and records, empty cells absent."""
    tables = [table for one in house.world.airtable.bases.values() for table in one.tables]
    return {"tables": [_table(table, query) for table in tables]}


def chat(house: House, _query: dict[str, str]) -> Any:
    """The bot's chat, oldest first."""
    desk = house.world.telegram
    return {
        "messages": list(desk.messages.values())[-_PAGE * 2 :],
        "waiting": len(desk.updates),
        "commands": desk.commands,
        "blocked": desk.blocked,
        "answered_buttons": desk.answered_buttons,
    }


def _paged(found: list[Any], query: dict[str, str]) -> Iterable[Any]:
    start, size = int(query.get("offset", 0)), int(query.get("limit", _PAGE))
    return found[start : start + size]


def _mail(house: House, sent: AcceptedMail) -> dict[str, Any]:
    mail = sent.mail
    return {
        "message_id": sent.message_id,
        "at": sent.at.isoformat(),
        "from": _person(mail.sender),
        "to": [_person(person) for person in mail.to],
        "cc": [_person(person) for person in mail.cc],
        "reply_to": _person(mail.reply_to) if mail.reply_to else None,
        "subject": mail.subject,
        "html": mail.html,
        "text": mail.text,
        "headers": dict(mail.headers),
        "tags": list(mail.tags),
        "events": [_event(house, event) for event in house.world.provider.of_mail(sent.message_id)],
    }


def _event(house: House, event: MailEvent) -> dict[str, Any]:
    return {
        "event": event.kind.value,
        "at": event.at.isoformat(),
        "email": event.email,
        "reason": event.reason,
        "link": event.link,
        "visible": event.visible_at <= house.world.now,
    }


def _person(person: Correspondent) -> dict[str, str]:
    return {"email": person.email, "name": person.name}


def _letter(letter: StoredLetter) -> dict[str, Any]:
    message = email.message_from_bytes(letter.raw, policy=email.policy.default)
    body = message.get_body(("plain", "html"))
    if body is None:  # a report: its first readable part
        body = next((part for part in message.walk() if part.get_content_type() == "text/plain"), None)
    return {
        "uid": letter.uid,
        "at": letter.received_at.isoformat(),
        "from": str(message["From"]),
        "to": str(message["To"]),
        "subject": str(message["Subject"]),
        "in_reply_to": str(message["In-Reply-To"] or ""),
        "automatic": str(message["Auto-Submitted"] or ""),
        "seen": "\\Seen" in letter.flags,
        "text": str(body.get_content()) if body is not None else "",
    }


def _table(table: Table, query: dict[str, str]) -> dict[str, Any]:
    records = [wire_record(table, record) for record in table.records.values()]
    return {
        "id": table.id,
        "name": table.name,
        "fields": [{"name": column.name, "type": column.type} for column in table.fields],
        "count": len(records),
        "records": list(_paged(records, query)),
    }
