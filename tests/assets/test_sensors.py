"""The sensors as the daemon evaluates them: real resources, the sandbox over HTTP, nothing replaced."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from outbound_assets.alerting import alerts, failed_runs
from outbound_assets.campaign_resource import CampaignResource
from outbound_assets.sensors import telegram_bot
from resources.clock.resource import ClockResource
from resources.heartbeat.resource import HeartbeatResource
from resources.ledger.flags import FlagName
from resources.ledger.ledger import Ledger
from resources.ledger.resource import LedgerResource
from resources.mail_provider.resource import MailProviderResource
from resources.telegram.resource import BotResource
from sandbox import World, keys
from sandbox.serving import Running, running
from tests.builders import MONDAY
from tests.repository import ROOT


@dataclass(frozen=True)
class Post:
    """A sandbox, the resources of a home in it, and an instance."""

    town: Running
    resources: dict[str, Any]
    instance: dg.DagsterInstance

    def context(self, *names: str) -> dg.SensorEvaluationContext:
        return dg.build_sensor_context(instance=self.instance, resources={name: self.resources[name] for name in names})

    def chat(self) -> list[str]:
        found: list[str] = self.town.call(
            lambda world: [one.get("text", "") for one in world.telegram.messages.values() if one["from"]["is_bot"]]
        )
        return found


WATCH = ("bot", "desk", "clock", "ledger", "mail_provider", "heartbeat")


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with running(World(7, start=MONDAY)) as town, dg.instance_for_test() as instance:
        resources = {
            "bot": BotResource(token=keys.SANDBOX_TELEGRAM_TOKEN, endpoint=f"{town.url}/telegram"),
            "desk": CampaignResource(path=str(ROOT / "campaign.toml"), pepper="a-pepper-of-the-tests-0123456789"),
            "clock": ClockResource(sandbox_url=town.url),
            "ledger": LedgerResource(
                url=f"sqlite:///{tmp_path / 'ledger.db'}",
                witness=str(tmp_path / "witness.json"),
                campaign="acme-spring",
            ),
            "mail_provider": MailProviderResource(api_key=keys.SANDBOX_BREVO_KEY, endpoint=f"{town.url}/brevo/v3"),
            "heartbeat": HeartbeatResource(sandbox_url=f"{town.url}/heartbeat/{keys.SANDBOX_HEARTBEAT}"),
        }
        yield Post(town, resources, instance)


def book(post: Post) -> Any:
    opened: Any = post.resources["ledger"].open()
    return opened


def read_everything(ledger: Ledger) -> None:
    for name in ("airtable", "events", "replies"):
        ledger.flags.stamp(f"{name}.read", at=MONDAY)


@pytest.mark.rule("A12")
def test_the_sensor_watches_tells_tests_the_path_and_gives_a_sign_of_life(post: Post) -> None:
    with book(post) as ledger:
        ledger.flags.raise_flag(FlagName.PROVIDER, reason="key not found", actor="x", now=MONDAY)
        ledger.alerts.leave_note("sent.1", "3 of 5 sent.", now=MONDAY)
        read_everything(ledger)

    said = alerts(post.context(*WATCH))

    assert isinstance(said, dg.SkipReason)
    assert said.skip_message == "1 alerts and 1 notes told; a sign of life was given"
    alarm, note, test = post.chat()
    assert alarm.startswith("ALARM  provider: key not found")
    assert note == "3 of 5 sent."
    assert test.startswith("Weekly test of the alert path")
    again = alerts(post.context(*WATCH))
    assert isinstance(again, dg.SkipReason)
    assert again.skip_message is not None
    assert again.skip_message.startswith("0 alerts and 0 notes told; the last sign of life was given at")
    assert len(post.town.call(lambda world: dict(world.provider.mails))) == 1


@pytest.mark.rule("A12")
def test_a_failed_run_is_told_at_once_and_over_when_the_job_succeeds(post: Post) -> None:
    @dg.op(config_schema={"fails": bool})
    def send(context: dg.OpExecutionContext) -> None:
        if context.op_config["fails"]:
            raise dg.Failure("no credits left")

    @dg.job
    def outreach() -> None:
        send()

    def run(*, fails: bool) -> dg.ExecuteInProcessResult:
        silent = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        config = {**silent, "ops": {"send": {"config": {"fails": fails}}}}
        return outreach.execute_in_process(instance=post.instance, raise_on_error=False, run_config=config)

    result = run(fails=True)
    failed = next(event for event in result.all_events if event.event_type_value == "PIPELINE_FAILURE")
    names = ("bot", "desk", "clock", "ledger", "mail_provider")
    context = dg.build_run_status_sensor_context(
        sensor_name="failed_runs", dagster_event=failed, dagster_instance=post.instance,
        dagster_run=result.dagster_run, resources={name: post.resources[name] for name in names},
    ).for_run_failure()  # fmt: skip
    failed_runs(context)
    (told,) = post.chat()
    assert told.startswith("ALARM  The run of outreach failed: send: no credits left")
    assert f"/runs/{result.run_id}" in told

    run(fails=False)
    alerts(post.context(*WATCH))
    assert any(text.startswith("OVER  The run of outreach failed") for text in post.chat())


def evaluated(post: Post) -> list[Any]:
    told: Any = telegram_bot(post.context("bot", "desk", "clock", "ledger"))
    return list(told)


@pytest.mark.rule("B19")
def test_a_run_that_was_asked_for_is_started_once(post: Post) -> None:
    post.town.call(lambda world: world.telegram.person_writes("/draft 4", world.now))
    (skipped,) = evaluated(post)
    assert isinstance(skipped, dg.SkipReason)
    question = post.town.call(
        lambda world: next(one for one in world.telegram.messages.values() if "reply_markup" in one)
    )
    yes = question["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    post.town.call(lambda world: world.telegram.person_presses(question["message_id"], yes))

    (first,) = evaluated(post)
    (again,) = evaluated(post)
    assert isinstance(first, dg.RunRequest)
    assert isinstance(again, dg.RunRequest)
    assert first.run_key == again.run_key
    assert first.run_config["ops"]["drafts"]["config"] == {"limit": 4, "draft_only": True}
    assert first.partition_key == MONDAY.date().isoformat()


def test_a_chat_that_cannot_be_read_is_a_reason_not_a_failure(post: Post) -> None:
    post.town.call(lambda world: world.faults.arm("telegram.conflict"))
    (skipped,) = evaluated(post)
    assert isinstance(skipped, dg.SkipReason)
    assert skipped.skip_message is not None
    assert "the chat could not be read" in skipped.skip_message
