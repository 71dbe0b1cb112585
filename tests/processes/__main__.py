"""`make crash`: real kills of real sender processes on both engines, and what became of every mail."""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from resources.ledger.ledger import Place
from rules.sending import SendState
from tests.postgres import embedded
from tests.processes.crew import Crew
from tests.processes.kills import Toll, run_kills
from tests.processes.town import LIES, town
from tests.processes.worker import MACHINE


@contextmanager
def engine(name: str, folder: Path) -> Iterator[str]:
    """An empty database of an engine: its address."""
    if name == "sqlite":
        yield f"sqlite:///{folder / 'ledger.db'}"
        return
    with embedded(folder / "postgres") as url:
        yield url


def row(name: str, toll: Toll) -> str:
    """One line of the table."""
    ended = toll.ended
    moments = ", ".join(f"{count} {moment}" for moment, count in sorted(toll.by_moment.items()))
    return (
        f"{name:<9} {toll.kills:>5} {toll.mails:>6} {ended[SendState.ACCEPTED]:>9} {ended[SendState.PRESUMED]:>9} "
        f"{toll.doubles:>8} {toll.seconds:>8.0f}  {moments}"
    )


def main() -> int:
    """Run and print; 1 where anything was doubled or lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.processes", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="for each engine (default 200)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engines", default="sqlite,postgres")
    chosen = parser.parse_args()
    say = sys.stdout.write
    say(f"the provider lies meanwhile: {', '.join(LIES)}\n")
    columns = f"{'kills':>5} {'mails':>6} {'accepted':>9} {'presumed':>9} {'doubles':>8} {'seconds':>8}  killed"
    say(f"{'engine':<9} {columns}\n")
    for name in chosen.engines.split(","):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            with engine(name, folder) as url, town() as there:
                crew = Crew(Place(url, folder / "witness.json", "spring", MACHINE), folder, there)
                try:
                    toll = run_kills(crew, kills=chosen.kills, seed=chosen.seed)
                except AssertionError as wrong:
                    say(f"{name:<9} seed {chosen.seed}: {wrong}\n")
                    return 1
                finally:
                    crew.end()
        say(row(name, toll) + "\n")
        sys.stdout.flush()
    say("each mail was accepted once, or presumed sent because nobody could know: 0 doubles, 0 lost\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
