"""Where the repository's own files are, for the tests that read them as text.

What must hold: only files that belong to the product are found; caches, environments and state never are.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
PACKAGES: Final = ("outbound_assets", "outbound_cli", "resources", "rules", "sandbox", "simulation", "stages")
CODE: Final = (*PACKAGES, "tests", "bench", "docs")


def python_files(*folders: str) -> Iterator[Path]:
    """Every Python file under some folders of the repository, in order."""
    for folder in folders:
        yield from sorted(path for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts)


def module_names() -> list[str]:
    """The dotted name of every module of the seven packages, in order of the files."""
    names = []
    for path in python_files(*PACKAGES):
        parts = path.relative_to(ROOT).with_suffix("").parts
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def pages() -> list[Path]:
    """Every page of documentation."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def text_files() -> list[Path]:
    """Everything a person may read in the repository, reference data excepted."""
    rooted = [ROOT / name for name in ("Makefile", "pyproject.toml", "campaign.toml", "dagster.yaml", "workspace.yaml")]
    return [*rooted, ROOT / ".ci" / "run", *pages(), *python_files(*CODE)]


def shown(path: Path) -> str:
    """A path as it stands in the repository."""
    return path.relative_to(ROOT).as_posix()


def told_by(script: str, *, home: Path) -> Any:
    """What a script prints as JSON in an interpreter of its own, with the repository's campaign in a home."""
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "OUTBOUND_HOME": str(home), "OUTBOUND_CAMPAIGN": str(ROOT / "campaign.toml")},
        timeout=120,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])
