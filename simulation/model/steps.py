"""Every step that can come next: of a worker, of the network, of the provider, of time, of people, of a restore.

What must hold: nothing here chooses between possible steps; whoever searches takes them all. A worker that pauses is
one whose step does not come; a request that is delayed is one whose delivery does not come.
"""

from collections.abc import Iterator

from simulation.model.policies import Expired, Intent, KeyLife, Policy, Resend, Takeover
from simulation.model.state import Answer, Key, Lead, Phase, Row, Worker, World

DOUBLE, AFTER_SUPPRESSION, WITHOUT_INTENT = "I1", "I2", "I5"
_IDLE = Worker()
Step = tuple[str, World]


def steps(world: World, policy: Policy) -> Iterator[Step]:
    """Each step that is possible now, with the world after it."""
    for number, worker in enumerate(world.workers):
        yield from _worker_steps(world, policy, number, worker)
    for number, lead in enumerate(world.leads):
        yield from _lead_steps(world, policy, number, lead)
    if policy.restore:
        yield from _restore_steps(world, policy)


def _with(world: World, *, lead: tuple[int, Lead] | None = None, worker: tuple[int, Worker] | None = None) -> World:
    leads, workers = world.leads, world.workers
    if lead is not None:
        leads = (*leads[: lead[0]], lead[1], *leads[lead[0] + 1 :])
    if worker is not None:
        workers = (*workers[: worker[0]], worker[1], *workers[worker[0] + 1 :])
    return world._replace(leads=leads, workers=workers)


def _worker_steps(world: World, policy: Policy, number: int, worker: Worker) -> Iterator[Step]:
    who = f"worker {number + 1}"
    if worker.phase is Phase.IDLE:
        for at, lead in enumerate(world.leads):
            if lead.row is Row.READY and not world.gated and lead.epoch < policy.claims:
                if world.restored and policy.takeover is not Takeover.UNGATED and world.backup is not None:
                    continue  # a run begins with the gate, which notices first
                taken = lead._replace(row=Row.CLAIMED, epoch=lead.epoch + 1, leased=True)
                yield (
                    f"{who} claims it (epoch {taken.epoch})",
                    _with(world, lead=(at, taken), worker=(number, Worker(Phase.CLAIMED, at, taken.epoch))),
                )
        return
    lead = world.leads[worker.lead]
    strays = lead.strays + (worker.answer is Answer.ASKED)
    yield f"{who} dies", _with(world, lead=(worker.lead, lead._replace(strays=strays)), worker=(number, _IDLE))
    if worker.phase is Phase.WAITING:
        yield from _answer_steps(world, policy, number, worker, lead)
    elif worker.phase is Phase.INTENDED or (worker.phase is Phase.CLAIMED and policy.intent is Intent.AFTER_CALL):
        yield from _call_steps(world, number, worker, lead)
    elif worker.phase is Phase.CLAIMED and policy.intent is Intent.CHECKED_BEFORE:
        if lead.suppressed:
            yield f"{who} reads the suppression and stops", _with(world, worker=(number, _IDLE))
        else:
            yield (
                f"{who} reads that nobody objects",
                _with(world, worker=(number, worker._replace(phase=Phase.CHECKED))),
            )
    else:
        yield from _intent_steps(world, policy, number, worker, lead)


def _intent_steps(world: World, policy: Policy, number: int, worker: Worker, lead: Lead) -> Iterator[Step]:
    """The transaction before the call: it compares, decides and commits as one."""
    who = f"worker {number + 1}"
    holds = lead.row is Row.CLAIMED and lead.epoch == worker.epoch
    if not holds and policy.intent is not Intent.BLIND:
        yield f"{who} finds that another holds it", _with(world, worker=(number, _IDLE))
    elif lead.suppressed and policy.intent is not Intent.CHECKED_BEFORE:
        stopped = lead._replace(row=Row.CANCELLED) if holds else lead
        yield f"{who} finds the suppression", _with(world, lead=(worker.lead, stopped), worker=(number, _IDLE))
    else:
        going = lead._replace(row=Row.SENDING, leased=True)
        after = _with(world, lead=(worker.lead, going), worker=(number, worker._replace(phase=Phase.INTENDED)))
        if lead.objected:
            after = after._replace(broken=world.broken | {AFTER_SUPPRESSION})
        yield f"{who} commits its intent (epoch {worker.epoch})", after


def _call_steps(world: World, number: int, worker: Worker, lead: Lead) -> Iterator[Step]:
    who = f"worker {number + 1}"
    after = _with(world, worker=(number, worker._replace(phase=Phase.WAITING, answer=Answer.ASKED)))
    if worker.phase is Phase.CLAIMED:
        after = after._replace(broken=world.broken | {WITHOUT_INTENT})
    yield f"{who} makes its request", after
    if worker.phase is Phase.INTENDED:
        yield f"{who} gets no connection", _settled(world, number, lead, before=(Row.SENDING,), after=Row.READY)


def _answer_steps(world: World, policy: Policy, number: int, worker: Worker, lead: Lead) -> Iterator[Step]:
    """What happens to a request somebody waits for."""
    who = f"worker {number + 1}"
    before = (Row.CLAIMED,) if policy.intent is Intent.AFTER_CALL else (Row.SENDING,)
    if worker.answer is Answer.ASKED:
        taken, broken = _accept(lead, policy, world.broken)
        heard = _with(world, lead=(worker.lead, taken), worker=(number, worker._replace(answer=Answer.TAKEN)))
        yield f"the provider takes the mail of {who}", heard._replace(broken=broken)
        yield "the provider refuses for now", _with(world, worker=(number, worker._replace(answer=Answer.REFUSED)))
        yield f"the request of {who} is lost", _with(world, worker=(number, worker._replace(answer=Answer.LOST)))
    if worker.answer is Answer.TAKEN:
        late = (*before, Row.UNKNOWN, Row.PRESUMED)
        yield f"{who} hears that it was taken", _settled(world, number, lead, before=late, after=Row.ACCEPTED)
    if worker.answer is Answer.REFUSED:
        yield f"{who} hears the refusal", _settled(world, number, lead, before=before, after=Row.READY)
    stray = lead._replace(strays=lead.strays + (worker.answer is Answer.ASKED))
    yield f"{who} waits no longer", _settled(world, number, stray, before=before, after=Row.UNKNOWN)


def _settled(world: World, number: int, lead: Lead, *, before: tuple[Row, ...], after: Row) -> World:
    """The result is recorded if row and epoch are still those of the request."""
    worker = world.workers[number]
    if lead.row in before and lead.epoch == worker.epoch:
        lead = lead._replace(row=after)
    return _with(world, lead=(worker.lead, lead), worker=(number, _IDLE))


def _accept(lead: Lead, policy: Policy, broken: frozenset[str]) -> tuple[Lead, frozenset[str]]:
    if policy.key is not KeyLife.NONE and lead.key is Key.HELD:
        return lead, broken
    if lead.accepted:
        broken |= {DOUBLE}
    return lead._replace(accepted=min(lead.accepted + 1, 2), key=Key.HELD, visible=False), broken


def _lead_steps(world: World, policy: Policy, at: int, lead: Lead) -> Iterator[Step]:
    """Time, the network, the provider and people, about one lead; then what the reaper and the reconciler do."""
    if lead.leased:
        yield "the lease runs out", _with(world, lead=(at, lead._replace(leased=False)))
    if not lead.visible:
        yield "the look-up shows the mail", _with(world, lead=(at, lead._replace(visible=True)))
    if policy.key is KeyLife.SHORT and lead.key is Key.HELD:
        yield "the key expires", _with(world, lead=(at, lead._replace(key=Key.EXPIRED)))
    if not lead.objected:
        yield "the person objects, durably", _with(world, lead=(at, lead._replace(objected=True, suppressed=True)))
    if lead.strays:
        gone = lead._replace(strays=lead.strays - 1)
        yield "a request of the past is lost", _with(world, lead=(at, gone))
        taken, broken = _accept(gone, policy, world.broken)
        arrived = _with(world, lead=(at, taken))._replace(broken=broken)
        yield "a request of the past arrives and is taken", arrived
    if lead.row is Row.CLAIMED and not lead.leased:
        yield "the reaper frees the claim", _with(world, lead=(at, lead._replace(row=Row.READY)))
    if lead.row is Row.SENDING and not lead.leased:
        row = Row.READY if policy.expired is Expired.READY else Row.UNKNOWN
        yield f"the reaper makes it {row}", _with(world, lead=(at, lead._replace(row=row)))
    if lead.row in {Row.UNKNOWN, Row.PRESUMED} and lead.accepted and lead.visible:
        yield "the look-up finds it", _with(world, lead=(at, lead._replace(row=Row.ACCEPTED)))
    elif lead.row is Row.UNKNOWN:
        if policy.resend is Resend.NEVER:
            yield "a day later it is presumed sent", _with(world, lead=(at, lead._replace(row=Row.PRESUMED)))
        elif _resends(world, policy, at, lead):
            yield "the look-up finds nothing: ready again", _with(world, lead=(at, lead._replace(row=Row.READY)))


def _under_way(world: World, at: int) -> tuple[bool, bool]:
    """Whether a request for the lead is in the network, and whether a live process may still make one."""
    mine = [worker for worker in world.workers if worker.lead == at]
    flying = bool(world.leads[at].strays) or any(worker.answer is Answer.ASKED for worker in mine)
    return flying, any(worker.phase in {Phase.INTENDED, Phase.WAITING} for worker in mine)


def _resends(world: World, policy: Policy, at: int, lead: Lead) -> bool:
    """Whether a policy that sends again after an empty look-up would do it now."""
    rank = policy.resend.rank
    flying, alive = _under_way(world, at)
    late = lead.accepted > 0 and not lead.visible
    return not (
        (rank >= Resend.LAG_OVER.rank and late)
        or (rank >= Resend.NETWORK_QUIET.rank and flying)
        or (rank >= Resend.HOLDER_DEAD.rank and alive)
    )


def _restore_steps(world: World, policy: Policy) -> Iterator[Step]:
    """A backup is made, and later it takes the ledger's place; at last the ledger is adopted."""
    if world.backup is None and not world.restored:
        copy = tuple((lead.row, lead.epoch, lead.suppressed) for lead in world.leads)
        yield "a backup is made", world._replace(backup=copy)
    elif world.backup is not None and not world.restored:
        yield "the ledger is restored from the backup", _restored(world, policy)
    elif world.backup is not None and policy.takeover is not Takeover.UNGATED and not world.gated:
        yield "the gate notices the restore", world._replace(gated=True)
    elif world.gated:
        whole = all(_complete(world, at, lead) for at, lead in enumerate(world.leads))
        if policy.takeover is Takeover.AT_ONCE or whole:
            leads = tuple(_imported(lead, whole=whole) for lead in world.leads)
            yield "the operator adopts the ledger", world._replace(leads=leads, backup=None, gated=False)


def _restored(world: World, policy: Policy) -> World:
    assert world.backup is not None
    leads, workers = list(world.leads), world.workers
    if policy.processes_end:
        for worker in workers:
            old = leads[worker.lead]
            leads[worker.lead] = old._replace(strays=old.strays + (worker.answer is Answer.ASKED))
        workers = (_IDLE,) * len(workers)
    back = tuple(
        lead._replace(row=row, epoch=epoch, leased=False, suppressed=suppressed)
        for lead, (row, epoch, suppressed) in zip(leads, world.backup, strict=True)
    )
    return world._replace(leads=back, workers=workers, restored=True)


def _imported(lead: Lead, *, whole: bool) -> Lead:
    """What adopting makes of a send: mails and objections that the outside shows by then are known again."""
    row = Row.ACCEPTED if lead.accepted and lead.visible else lead.row
    return lead._replace(row=row, suppressed=lead.suppressed or (whole and lead.objected))


def _complete(world: World, at: int, lead: Lead) -> bool:
    """Whether everything the provider will ever have is visible: the wait before adopting is for this."""
    flying, _ = _under_way(world, at)
    return lead.visible and not flying
