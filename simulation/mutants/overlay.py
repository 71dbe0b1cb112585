"""A copy of the project in which a few files differ: links to everything else, first on the path of a new process.

What must hold: the project itself is never written to.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_LEFT_OUT = frozenset({"__pycache__", ".git", ".venv"})


def overlay(folder: Path, texts: Mapping[str, str]) -> Path:
    """Lay the changed files over the project.

    Args:
        folder: An empty folder.
        texts: Changed files by their path from the root.

    Returns:
        The folder.
    """
    touched = {path.partition("/")[0] for path in texts}
    for name in sorted(path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()):
        if name in touched:
            shutil.copytree(
                ROOT / name, folder / name, copy_function=os.symlink, ignore=shutil.ignore_patterns(*_LEFT_OUT)
            )
        else:
            (folder / name).symlink_to(ROOT / name)
    for path, text in texts.items():
        (folder / path).unlink()
        (folder / path).write_text(text, "utf-8")
    return folder
