"""A night on which the books differ, and a year of events read again in one run: both through Dagster."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import httpx
import pytest

from sandbox.keys import SANDBOX_BREVO_KEY, SANDBOX_SENDER_EMAIL
from tests.assets.stage_door import House, house

YEAR = 365
EVENTS = "GET /v3/smtp/statistics/events"


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A campaign in its second year that mailed on a Monday, when somebody else used its provider and its name."""
    with house(tmp_path_factory.mktemp("books"), leads=12) as home:
        file = home.home / "campaign.toml"
        starts = home.first.date() - timedelta(days=YEAR)
        file.write_text(file.read_text("utf-8").replace(home.first.date().isoformat(), starts.isoformat()), "utf-8")
        home.move_to(0, 7)
        home.run(f"intake@{home.day(0)}", f"outreach@{home.day(0)}")
        by_hand = {
            "sender": {"email": SANDBOX_SENDER_EMAIL}, "to": [{"email": "stranger@harbour.example"}],
            "subject": "By hand", "textContent": "Hello.", "htmlContent": "<p>Hello.</p>",
            "tags": ["acme-spring.opener.000000000000000000000000"],
        }  # fmt: skip
        sent = httpx.post(
            f"{home.sandbox.url}/brevo/v3/smtp/email", json=by_hand, headers={"api-key": SANDBOX_BREVO_KEY}
        )
        assert sent.status_code == 201, sent.text
        yield home


def mailed(home: House) -> int:
    return sum(home.accepted().values())


@pytest.mark.slow
@pytest.mark.rule("B6")
def test_a_mail_nobody_of_us_sent_stops_the_next_day_until_a_person_has_explained_it(campaign: House) -> None:
    """Invariant I10, from the nightly job to the operator and back."""
    campaign.move_to(2, 4)
    night = campaign.run(f"engagement@{campaign.day(2)}", f"nightly@{campaign.day(2)}")
    assert "reconciliation.counts_agree: " in night
    assert "1 at provider" in night.partition("reconciliation_items.books_agree: ")[2].partition("\n")[0]
    before = mailed(campaign)

    campaign.move_to(2, 15)
    campaign.run(f"outreach@{campaign.day(2)}")
    assert mailed(campaign) == before

    settings = campaign.environment()
    code, told = campaign.outbound(settings, "reconcile")
    assert code == 1
    assert f"{campaign.day(0)}  orphan: acme-spring.opener.000000000000000000000000" in told
    code, told = campaign.outbound(settings, "resume")
    assert (code, "Taken off: imbalance" in told) == (0, True), told

    campaign.run(f"outreach@{campaign.day(2)}")
    assert mailed(campaign) > before


@pytest.mark.slow
@pytest.mark.rule("A2")
def test_a_year_of_events_is_one_run_of_thirteen_listings_with_the_rows_of_single_days(campaign: House) -> None:
    campaign.move_to(3, 5)
    last = date.fromisoformat(campaign.day(2))
    first = last - timedelta(days=YEAR - 1)
    campaign.run(f"engagement@{campaign.day(3)}", *(f"events@{campaign.day(offset)}" for offset in range(3)))
    one_by_one = [row for row in campaign.tables()["engagement_events"] if row[0] <= last]
    assert len({row[0] for row in one_by_one}) >= 2
    before = campaign.stats()["requests"]["brevo"]
    (campaign.home / "warehouse.duckdb").unlink()

    campaign.run(f"reread@{first}..{last}")

    assert campaign.tables()["engagement_events"] == one_by_one
    asked = Counter(campaign.stats()["requests"]["brevo"]) - Counter(before)
    assert asked == {EVENTS: 13}
