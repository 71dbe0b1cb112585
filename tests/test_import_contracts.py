"""The rooms stay apart: dependencies point downward, resources do not know each other, each library has one door."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repository import ROOT

LINT = Path(sys.executable).parent / "lint-imports"


def lint(config: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT, "--no-logo", "--no-cache", "--config", config], cwd=ROOT, capture_output=True, text=True, check=False,
        timeout=120, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


@pytest.mark.rule("B14")
@pytest.mark.rule("B18")
@pytest.mark.rule("B34")
def test_every_import_contract_is_kept() -> None:
    told = lint(ROOT / "pyproject.toml")
    assert told.returncode == 0, told.stdout
    assert re.search(r"Contracts: \d+ kept, 0 broken", told.stdout)


def test_a_broken_contract_is_found(tmp_path: Path) -> None:
    config = tmp_path / "contracts.toml"
    config.write_text(
        '[tool.importlinter]\nroot_packages = ["resources", "rules"]\n'
        '[[tool.importlinter.contracts]]\nname = "the wrong way round"\ntype = "layers"\n'
        'layers = ["rules", "resources"]\n',
        "utf-8",
    )
    told = lint(config)
    assert told.returncode == 1
    assert "the wrong way round BROKEN" in told.stdout
