"""What came of a run that somebody asked for in the chat: how many went out, and why not more."""

from rules.outcomes import StageReport, State

REASONS = 6


def told_of(report: StageReport, *, wanted: int, doing: str) -> str:
    """A sentence, and a line for each reason.

    Args:
        report: What the stage did.
        wanted: How many were asked for.
        doing: ``written`` or ``sent``.
    """
    done = report.counts.get(State.DONE, 0)
    lines = [f"{done} of {wanted} {doing}."]
    if done < wanted and not report.reasons:
        lines.append("Nothing more was due.")
    ordered = sorted(report.reasons.items(), key=lambda item: -item[1])
    lines += [f"{count}: {reason}" for reason, count in ordered[:REASONS]]
    if len(ordered) > REASONS:
        lines.append(f"and {len(ordered) - REASONS} more reasons; /queue shows the plan")
    if report.systemic is not None:
        lines.append(f"Stopped: {report.systemic}")
    return "\n".join(lines)
