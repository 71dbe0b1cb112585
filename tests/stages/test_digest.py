"""The digest: composed once, said once by mail and once in the chat, and by nothing kept from it."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from resources.ledger.flags import FlagName
from stages.digest import compose, deliver, digest_frame
from stages.funnel import metrics_of
from stages.metrics import METRIC_SCHEMA
from stages.morning import compose_for, kept_digest
from stages.replying import REPLY_SCHEMA
from tests.builders import DAY, MONDAY, PEPPER, prepared
from tests.stages.doubles import CONNECT_REFUSED, Postman
from tests.stages.office import Office


async def composed(office: Office, *, replies: pl.DataFrame | None = None, stuck: dict[str, int] | None = None) -> Any:
    return compose(
        DAY, metrics=metrics_of(DAY, office.ledger),
        replies=pl.DataFrame(schema=REPLY_SCHEMA) if replies is None else replies,
        standings={"due": 2, "waiting": 3}, stuck=stuck or {}, alarms=["pause is on: lunch"], campaign=office.campaign,
        pictures=False,
    )  # fmt: skip


async def post(office: Office, digest: Any, *, provider: Any = None, bot: Any = None) -> list[str]:
    return list(
        await deliver(
            digest, provider=provider or office.provider, bot=bot or office.bot, ledger=office.ledger,
            campaign=office.campaign, clock=office.clock, pepper=PEPPER,
        )
    )  # fmt: skip


@pytest.mark.rule("A12")
async def test_the_digest_goes_out_once_by_mail_and_once_in_the_chat(office: Office) -> None:
    prepared(office.ledger, 1)
    await office.send()
    office.clock.move_to(MONDAY + timedelta(hours=21))
    digest = await composed(office)

    assert await post(office, digest) == []
    assert await post(office, digest) == []

    assert office.accepted == ["person1@firm1.example", "operator@outreach.example"]
    assert sum(n for what, n in office.world.tally.requests.items() if "sendMessage" in what) == 1
    (mail,) = [mail for mail in office.world.provider.mails.values() if "operator" in mail.mail.to[0].email]
    assert mail.mail.subject == f"spring {DAY}: 1 sent, 0 replies"
    assert "ALARM  pause is on: lunch" in mail.mail.text
    assert digest_frame(digest.row)["due_today"].to_list() == [2]


async def test_the_pictures_are_pictures_and_travel_with_the_mail(office: Office) -> None:
    prepared(office.ledger, 1)
    await office.send()
    digest = compose(
        DAY, metrics=metrics_of(DAY, office.ledger), replies=pl.DataFrame(schema=REPLY_SCHEMA), standings={}, stuck={},
        alarms=[], campaign=office.campaign,
    )  # fmt: skip

    assert list(digest.pictures) == ["funnel.png", "cost.png"]
    assert all(picture.startswith(b"\x89PNG\r\n") for picture in digest.pictures.values())
    assert await post(office, digest) == []
    assert [mail.mail.attachments for mail in office.world.provider.mails.values()] == [0, 2]


@pytest.mark.rule("A12")
async def test_the_digest_is_sent_while_everything_else_is_stopped(office: Office) -> None:
    """A breaker must not silence the one mail that tells of it."""
    office.ledger.flags.raise_flag(FlagName.HARD_BOUNCES, reason="too many", actor="x", now=office.now)
    assert await post(office, await composed(office)) == []
    assert office.accepted == ["operator@outreach.example"]


@pytest.mark.rule("A12")
async def test_what_people_and_models_wrote_cannot_keep_the_digest_from_being_sent(office: Office) -> None:
    """A reply that says "None, thanks" and a draft refused for its placeholder stand in it word by word."""
    words = {"class": "neutral", "excerpt": "None, thanks. {{name}} \u202e [Your Name] nan"}
    replies = pl.DataFrame([words], schema=REPLY_SCHEMA)
    stuck = {"the draft was refused: the text holds a placeholder: '{{first_name}}'": 3}

    digest = await composed(office, replies=replies, stuck=stuck)

    assert await post(office, digest) == []
    (mail,) = office.world.provider.mails.values()
    assert "the text holds a placeholder" in mail.mail.text
    assert "thanks." in mail.mail.text


async def test_neither_way_waits_for_the_other(office: Office) -> None:
    office.world.faults.arm("telegram.revoked")
    problems = await post(office, await composed(office))
    assert len(problems) == 1
    assert "the digest was not posted" in problems[0]
    assert office.accepted == ["operator@outreach.example"]
    office.world.faults.disarm()
    assert await post(office, await composed(office)) == []
    assert office.accepted == ["operator@outreach.example"]


async def test_a_digest_that_could_not_be_mailed_is_mailed_later_and_an_unknown_one_is_not(office: Office) -> None:
    digest = await composed(office)
    refused: Any = Postman(office.provider, CONNECT_REFUSED)
    assert "the digest was not mailed" in (await post(office, digest, provider=refused))[0]
    office.later(minutes=11)
    office.world.faults.arm("brevo.accepted_then_502", count=1)
    assert len(await post(office, digest)) == 1
    office.later(hours=1)
    assert await post(office, digest) == []
    assert office.accepted == ["operator@outreach.example"]


async def test_a_digest_is_kept_as_it_was_first_composed(office: Office) -> None:
    def make() -> Any:
        return compose_for(
            DAY, pl.DataFrame(schema=METRIC_SCHEMA),
            pl.DataFrame(schema=REPLY_SCHEMA), ledger=office.ledger, campaign=office.campaign, clock=office.clock,
        )  # fmt: skip

    first = make()
    office.ledger.flags.raise_flag(FlagName.PAUSE, reason="lunch", actor="ada", now=office.now)
    second = make()

    assert (first.row["alarms"], second.row["alarms"]) == (0, 1)
    kept = kept_digest(office.ledger, DAY)
    assert kept is not None
    assert kept["alarms"] == 0
    assert digest_frame(None).is_empty()
