"""The page on drafts lists the gate as the code has it, check by check and in its order."""

import re

from rules.draft_gate.judging import CHECKS
from tests.repository import ROOT


def test_the_page_lists_every_check_in_order_with_its_own_sentence() -> None:
    page = (ROOT / "docs" / "drafting.md").read_text("utf-8")
    table = page.partition("| check | what must hold |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \| (.+) \|$", table, re.MULTILINE) == [(check.name, check.says) for check in CHECKS]
