"""A renamed module cannot hide: everything is imported, in an interpreter that has imported nothing else (rule B14)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repository import ROOT, module_names

IMPORT_ALL = """
import importlib, json, sys, warnings

root, names = sys.argv[1], json.loads(sys.stdin.read())
ours = []

def heard(message, category, filename, lineno, file=None, line=None):
    if filename.startswith(root) and "/.venv/" not in filename:
        ours.append(f"{filename}:{lineno}: {category.__name__}: {message}")

warnings.showwarning = heard
warnings.simplefilter("always")
failed = {}
for name in names:
    try:
        importlib.import_module(name)
    except BaseException as error:
        failed[name] = f"{type(error).__name__}: {error}"
print(json.dumps({"failed": failed, "warnings": ours}))
"""


@pytest.mark.rule("B14")
@pytest.mark.parametrize("order", ["as listed", "from the end"])
def test_every_module_imports_whatever_was_imported_before(order: str, tmp_path: Path) -> None:
    names = module_names() if order == "as listed" else module_names()[::-1]
    assert len(names) > 200
    told = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, str(ROOT)],
        input=json.dumps(names), capture_output=True, text=True, cwd=ROOT, check=False, timeout=120,
        env={**os.environ, "OUTBOUND_HOME": str(tmp_path), "OUTBOUND_CAMPAIGN": str(ROOT / "campaign.toml")},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout.splitlines()[-1]) == {"failed": {}, "warnings": []}
