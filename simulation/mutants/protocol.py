"""Bugs in the send protocol: claim, intent, call, record, reap, reconcile, take over."""

from simulation.mutants.luck import BARE, LIES, QUIET, ROLLBACK, SENDING
from simulation.mutants.mutant import mutant

_INTEND = "resources/ledger/send_protocol.py"
_MOVE = "resources/ledger/send_records.py"
_UNKNOWN = "resources/ledger/unknowns.py"
_PREPARE = "resources/ledger/planned_sends.py"
_SEND = "stages/sending.py"
_GATE = "resources/ledger/gate.py"
_ADOPT = "stages/reconciliation.py"
_BREVO = "resources/mail_provider/brevo.py"
_HOLDS = 'if row["state"] != SendState.CLAIMED or row["epoch"] != claim.epoch:'
_SEEN = 'seen = {"the_key": send_key, "the_epoch": epoch, "before": before}'
_REAPED = "    .values(state=SendState.UNKNOWN, holder=None, lease_until=None, reason=_DEAD)"
_GATE_ASKED = "closed = ledger.gate(now=now) or ledger.flags.stops() or unsettled(ledger, now=now)"

_NO_SECOND_BELT = (
    _SEND, "        idempotency_key=idempotency_key(claim.send_key),",
    '        idempotency_key=idempotency_key(f"{claim.send_key}{claim.epoch}"),',
)  # fmt: skip
"""The provider's own memory of keys hides a second request for some minutes; a mutant must not rely on it."""

PROTOCOL = (
    mutant(
        "an expired request goes back to ready", "I1", SENDING,
        _NO_SECOND_BELT,
        (_UNKNOWN, _REAPED, "    .values(state=SendState.READY, holder=None, lease_until=None)"),
    ),
    mutant(
        "no compare-and-set at the intent", "I1 I5 I8", SENDING,
        _NO_SECOND_BELT,
        (_INTEND, _HOLDS, "if False:"), (_MOVE, _SEEN, 'seen = {"the_key": send_key}'),
        (_MOVE, ' send.c.epoch == bindparam("the_epoch"),', ""),
        (_MOVE, 'send.c.state.in_(bindparam("before", expanding=True)),', ""),
    ),
    mutant(
        "the epoch is not raised", "I5", SENDING,
        (_INTEND, "epoch=send.c.epoch + 1, holder=", "epoch=send.c.epoch, holder="),
    ),
    mutant(
        "what is being sent is claimed again", "I1 I5 I8", SENDING,
        _NO_SECOND_BELT,
        (
            _INTEND, 'send.c.send_key.in_(bindparam("keys", expanding=True)), send.c.state == SendState.READY,',
            'send.c.send_key.in_(bindparam("keys", expanding=True)),',
        ),
        (
            "resources/ledger/send_reads.py", 'send.c.state == SendState.READY, send.c.kind == "outreach"',
            'send.c.state.in_((SendState.READY, SendState.SENDING)), send.c.kind == "outreach"',
        ),
    ),
    mutant(
        "the intent is committed after the call", "I1 I5", QUIET,
        (
            _SEND, "    decision = ledger.sends.intend(claim,",
            "    await sender.provider.send(outgoing(sender, claim))\n    decision = ledger.sends.intend(claim,",
        ),
    ),
    mutant(
        "an unclear answer is sent again", "I1", LIES,
        _NO_SECOND_BELT,
        (
            _SEND, "        ledger.sends.unknown(claim, reason=str(failure), now=now)\n        return Failed(failure)",
            "        ledger.sends.ready_again(claim, reason=str(failure), now=now, not_before=now)\n        return Failed(failure)",
        ),
    ),
    mutant(
        "a 502 is taken for a refusal for now", "I1", LIES,
        _NO_SECOND_BELT,
        (
            "resources/mail_provider/errors.py",
            "    if status not in _AUTHORITATIVE_WITHOUT_BODY and not (code and status in _AUTHORITATIVE_WITH_BODY):",
            "    if status == HTTPStatus.BAD_GATEWAY:\n        return _too_fast(code, message, headers)\n"
            "    if status not in _AUTHORITATIVE_WITHOUT_BODY and not (code and status in _AUTHORITATIVE_WITH_BODY):",
        ),
    ),
    mutant(
        "the client repeats a request that broke off", "I5 I1", LIES,
        _NO_SECOND_BELT,
        (
            _BREVO, '            answer = await self._wire.post("smtp/email", body)\n',
            '            try:\n                answer = await self._wire.post("smtp/email", body)\n'
            '            except BrokenOffError:\n                answer = await self._wire.post("smtp/email", body)\n',
        ),
    ),
    mutant(
        "a broken answer is taken for a connection never made", "I1", LIES,
        _NO_SECOND_BELT,
        (
            _BREVO, 'raise ServiceFailure.of(FailureKind.UNKNOWN_OUTCOME, SERVICE, "broken_off", message) from error',
            'raise ServiceFailure.of(FailureKind.TRANSIENT, SERVICE, "broken_off", message) from error',
        ),
    ),
    mutant(
        "an answer without a message id is sent again", "I1", LIES,
        _NO_SECOND_BELT,
        (
            "resources/mail_provider/errors.py",
            "kind = FailureKind.UNKNOWN_OUTCOME if sending else FailureKind.TRANSIENT", "kind = FailureKind.TRANSIENT",
        ),
    ),
    mutant(
        "what is not found after a day is sent again", "I1", LIES,
        (
            _UNKNOWN, '                "state": SendState.PRESUMED,\n                "next_check_at": None,\n',
            '                "state": SendState.READY,\n                "next_check_at": None,\n',
        ),
    ),
    mutant(
        "presumed at the first look-up", "I8", LIES,
        (_UNKNOWN, "elif now - item.intent_at >= CHECKS[-1]:", "elif now - item.intent_at >= CHECKS[0]:"),
    ),
    mutant(
        "a mail that exists is written anew, whatever became of it", "I1 I8", BARE,
        _NO_SECOND_BELT,
        (
            _PREPARE,
            'send.c.send_key == bindparam("the_key"), send.c.state == SendState.CANCELLED, send.c.intent_at.is_(None)',
            'send.c.send_key == bindparam("the_key"), send.c.state != SendState.READY',
        ),
    ),
    mutant(
        "no uniqueness: each draft is another send", "I1", SENDING,
        _NO_SECOND_BELT,
        (
            "resources/ledger/schema.py",
            '    UniqueConstraint("campaign", "step", "address", name="one_send_per_person_and_step"),\n', "",
        ),
        (
            _PREPARE, 'fresh = {"send_key": item.send_key, ',
            'fresh = {"send_key": f"{item.send_key}-{now:%H%M%S%f}", ',
        ),
    ),
    mutant(
        "a sender that slept asks all the same", "I2 I3", BARE,
        (_SEND, "HELD_UP = timedelta(minutes=1)", "HELD_UP = timedelta(days=9)"),
    ),
    mutant("the gate is not asked", "I1 I2 I5", ROLLBACK, (_SEND, _GATE_ASKED, "closed = ledger.flags.stops()")),
    mutant(
        "the witness is not believed", "I1 I2 I7", ROLLBACK,
        (_GATE, "    elif remembered is not None and not remembers(remembered):", "    elif False:"),
    ),
    mutant(
        "a copy on another machine is let", "I1 I5", ROLLBACK,
        (
            _SEND, "        idempotency_key=idempotency_key(claim.send_key),",
            '        idempotency_key=idempotency_key(f"{claim.send_key}{sender.holder}"),',
        ),
        (_GATE, "    elif identity.machine != machine:", "    elif False:"),
        (_GATE, "    elif remembered is None and identity.seq > 0 and has_sent():", "    elif False:"),
        (_SEND, "or unsettled(ledger, now=now)", "or None"),
    ),
    mutant(
        "a restored ledger is adopted without what the provider knows", "I1", ROLLBACK,
        (_ADOPT, "    forgotten = ledger.sends.remember_accepted(zone=campaign.zone, actor=actor, now=now)", "    forgotten = 0"),
        (
            _ADOPT, "    forgotten += _remember_lost(events, ledger=ledger, campaign=campaign, pepper=pepper, actor=actor)\n", "",
        ),
        (_SEND, "or unsettled(ledger, now=now)", "or None"),
        (_INTEND, "taken = _taken(connection, claim.send_key, now) if decision.answer is Answer.GO else None", "taken = None"),
    ),
    mutant(
        "nobody reaps", "I9", SENDING,
        (_UNKNOWN, '_EXPIRED = send.c.lease_until < bindparam("now", type_=Moment)', "_EXPIRED = send.c.lease_until.is_(None)"),
    ),
    mutant(
        "unknown outcomes are never settled", "I9", LIES,
        ("stages/unknowns.py", "    known = [item for item in due if asked or item.send_key in found]", "    known = due[:0]"),
    ),
    mutant(
        "a withdrawn mail is deleted", "I8", SENDING,
        (
            _INTEND, "            move(connection, claim.send_key, claim.epoch, (SendState.CLAIMED,), values)\n            journal",
            '            if values["state"] == SendState.READY:\n'
            "                connection.execute(delete(send).where(send.c.send_key == claim.send_key))\n"
            "            move(connection, claim.send_key, claim.epoch, (SendState.CLAIMED,), values)\n            journal",
        ),
        (_INTEND, "import Connection, bindparam, select", "import Connection, bindparam, delete, select"),
    ),
)  # fmt: skip
