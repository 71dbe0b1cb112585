"""The page and the prompt of `outbound replay`: self-contained, escaped, and a mistake in the prompt is named."""

import re
from pathlib import Path

import pytest

from outbound_cli.replay import page, tried_campaign
from resources.campaign_file import CampaignFileError
from stages.replay_summary import as_document
from stages.replaying import Pair, Replay, Side
from tests.builders import campaign
from tests.repository import ROOT

BAD = Side(
    "rejected", "the writer invented <b>a price</b>", "S & T", "<script>alert(1)</script>", 2, ("code",), 0.1, 0.02
)
GOOD = Side("done", "", "A question", "Dear Grace,\n\nhow do you do?", 1, (), 0.2, 0.01)


def replayed() -> Replay:
    pair = Pair("rec1", "opener", "Harbour & Sons", "first", GOOD, BAD)
    return Replay("2026-11-23", ("1-abc", "2-def"), (pair,), 0.02, {"the lead is not in the list any more": 2})


def test_the_page_needs_nothing_from_anywhere_and_shows_markup_as_text() -> None:
    found = replayed()
    text = page(as_document(found), list(found.pairs))

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "the writer invented &lt;b&gt;a price&lt;/b&gt;" in text
    assert "Harbour &amp; Sons" in text
    assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text
    assert not re.search(r"<script|https?://|src=|href=|url\(", text)
    assert "Left out: 2 (the lead is not in the list any more)" in text


def test_a_text_is_a_manner_named_after_its_file(tmp_path: Path) -> None:
    prompt = tmp_path / "warmer.txt"
    prompt.write_text("Write warmly.\n", "utf-8")

    tried = tried_campaign(prompt, campaign())

    assert (tried.drafting.manner, tried.drafting.prompt_version) == ("Write warmly.", "warmer")
    assert tried.offer == campaign().offer


def test_a_campaign_file_is_tried_as_a_whole_under_the_same_name(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    text = (ROOT / "campaign.toml").read_text("utf-8")
    other.write_text(text.replace('tone = "warm, plain, short"', 'tone = "dry"'), "utf-8")

    tried = tried_campaign(other, campaign())

    assert (tried.id, tried.offer.tone) == (campaign().id, "dry")


@pytest.mark.parametrize(
    ("name", "text", "said"), [("no.txt", None, "there is no file"), ("empty.txt", " ", "is empty")]
)
def test_a_prompt_that_is_none_is_named(tmp_path: Path, name: str, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(CampaignFileError, match=said):
        tried_campaign(tmp_path / name, campaign())
