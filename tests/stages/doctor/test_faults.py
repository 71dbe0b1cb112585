"""Each thing that can be wrong, switched on alone: the right line says so, with the right fix, and no other."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from resources.airtable.fake import fake_lead_base
from resources.airtable.lead_base import Place
from resources.ledger.flags import FlagName
from resources.mail_provider.gateway import Webhook
from resources.web.fake import FakeWeb
from sandbox import World, keys
from sandbox.server import create_app
from stages.doctor.findings import State
from stages.doctor.provider import webhooks_line
from tests.stages.doctor.practice import lines, practice_of, wrong
from tests.stages.office import Office, open_office

FAIL, WARN = State.FAIL, State.WARN
Breaking = Callable[[World], Any]


def arm(name: str, **how: Any) -> Breaking:
    return lambda world: world.faults.arm(name, **how)


def flip(**switches: Any) -> Breaking:
    return lambda world: world.flip(switches)


def nothing(_world: World) -> None:
    """The fault is in the call itself."""


def hook(world: World) -> None:
    world.telegram.webhook = {"url": "https://elsewhere.example/hook"}


def menu(world: World) -> None:
    world.telegram.commands = {}


@pytest.fixture
def whole(office: Office) -> Office:
    """An office without a fault: the menu is set, as the bot does it."""
    practice = practice_of(office)
    listed = [{"command": name, "description": what} for name, what in practice.commands.items()]
    office.world.telegram.commands["default"] = listed
    return office


@pytest.mark.rule("B21")
async def test_without_a_fault_every_line_is_ok_and_nothing_is_bought_or_said(whole: Office) -> None:
    found = await lines(whole)
    assert wrong(found) == {}
    assert len(found) > 45
    assert whole.paid == 0
    assert whole.accepted == []
    assert not whole.world.telegram.messages


CASES: Mapping[str, tuple[Breaking, str, State, str, str]] = {
    "wrong airtable token": (
        nothing, "airtable.token", FAIL, "AUTHENTICATION_REQUIRED", "https://airtable.com/create/tokens"),
    "missing scope to write": (
        arm("airtable.missing_scope", match="data.records:write"), "airtable.scopes", FAIL,
        "lacks data.records:write", "data.records:read, data.records:write, schema.bases:read"),
    "missing field": (
        arm("airtable.renamed_field", match="Status"), "airtable.fields", FAIL,
        "Status (airtable.fields.status)", "`outbound init`"),
    "wrong field type": (
        arm("airtable.wrong_type", match="Next Action At"), "airtable.types", FAIL,
        "Next Action At is multipleAttachments", "Next Action At: dateTime or singleLineText"),
    "missing view": (
        arm("airtable.renamed_view", match="Queue"), "airtable.view", FAIL, "no view 'Queue'", "airtable.view"),
    "wrong provider key": (
        arm("brevo.key_revoked"), "provider.account", FAIL, "Key not found", "BREVO_API_KEY"),
    "address not allowed": (
        arm("brevo.unrecognised_ip"), "provider.account", FAIL, "unrecognised IP", "authorised_ips"),
    "inactive sender": (
        arm("brevo.sender_inactive"), "provider.sender", FAIL, "is not confirmed", "https://app.brevo.com/senders"),
    "unauthenticated domain": (
        arm("brevo.domain_unauthenticated"), "provider.domain", FAIL, "not authenticated", "publish the records"),
    "no credits": (
        flip(brevo_credits=-1), "provider.credits", FAIL, "no mails are left", "buy credits"),
    "few credits": (
        flip(brevo_credits=900), "provider.credits", WARN, "900 mails left: under two days of 500", "buy credits"),
    "free plan under a larger cap": (
        flip(brevo_contract="free"), "provider.contract", WARN, "sends 300 mails a day", "caps.per_day to 300"),
    "unknown model": (
        arm("openai.model_missing", match="gpt-6.1-sol"), "writer.models", FAIL,
        "gpt-6.1-sol (drafting.model)", "choose another model"),
    "soon switched off": (
        arm("openai.model_ending", match="gpt-6-luna", value=20), "writer.shutdown", WARN,
        "gpt-6-luna on 2026-12-13", "choose another model"),
    "wrong key of the writer": (arm("openai.key_revoked"), "writer.key", FAIL, "invalid_api_key", "OPENAI_API_KEY"),
    "wrong key of the researcher": (
        arm("perplexity.key_revoked"), "researcher.key", FAIL, "invalid_api_key", "PERPLEXITY_API_KEY"),
    "bot's token revoked": (arm("telegram.revoked"), "chat.bot", FAIL, "Unauthorized", "@BotFather"),
    "bot blocked": (arm("telegram.blocked"), "chat.chat", FAIL, "blocked", "press Restart"),
    "chat unknown": (arm("telegram.chat_not_found"), "chat.chat", FAIL, "chat not found", "press Start"),
    "webhook set": (hook, "chat.webhook", WARN, "cannot be polled", "deleteWebhook"),
    "no command menu": (menu, "chat.menu", WARN, "/draft", "outbound up"),
    "mailbox's password": (arm("mailbox.login_refused"), "mailbox.login", FAIL, "login_refused", "MAILBOX_PASSWORD"),
    "mailbox's folder": (arm("mailbox.folder_gone"), "mailbox.folder", FAIL, "INBOX", "ears.mailbox_folder"),
    "no SPF": (
        arm("dns.record_missing", match="TXT outreach.example"), "domain.spf", WARN, "has no SPF record", "v=spf1"),
    "no DKIM": (
        arm("dns.record_missing", match="_domainkey"), "domain.dkim", FAIL, "no DKIM key at mail._domainkey",
        "publish TXT mail._domainkey.outreach.example: k=rsa;p="),
    "no DMARC": (arm("dns.record_missing", match="_dmarc"), "domain.dmarc", FAIL, "has no DMARC policy", "v=DMARC1"),
    "nobody takes answers": (
        arm("dns.record_missing", match="MX"), "domain.mail_hosts", FAIL, "every answer would be lost", "MX record"),
    "name server down": (arm("dns.silent"), "domain.records", FAIL, "could not be looked up", "resolv.conf"),
    "skewed clock": (arm("clock.skewed", value=400), "clock.skew", FAIL, "400 s behind", "NTP"),
    "clock a little ahead": (arm("clock.skewed", value=-30), "clock.skew", WARN, "30 s ahead", "NTP"),
}  # fmt: skip


@pytest.mark.rule("B21")
@pytest.mark.parametrize("case", CASES)
async def test_the_right_line_fails_with_the_right_fix(whole: Office, case: str) -> None:
    breaking, name, state, sentence, fix = CASES[case]
    breaking(whole.world)
    changes = {"base": _at(whole, token="patOfSomebodyElse")} if case == "wrong airtable token" else {}
    found = await lines(whole, **changes)
    unasked = {"domain.dkim": WARN} if name == "provider.account" else {}
    assert wrong(found) == {name: state} | unasked
    assert sentence in found[name].sentence
    assert fix in found[name].fix


def _at(office: Office, *, token: str = keys.SANDBOX_AIRTABLE_TOKEN) -> Any:
    """The base that the office's configuration names."""
    place = Place(office.campaign.airtable.base, office.campaign.airtable.table)
    return lambda: nullcontext(fake_lead_base(create_app(office.world), place, token=token))


async def test_a_scope_to_read_the_schema_is_missed_where_it_is_needed(whole: Office) -> None:
    whole.world.faults.arm("airtable.missing_scope", match="schema.bases:read")
    found = await lines(whole, only="airtable")
    assert wrong(found) == {"airtable.scopes": FAIL, "airtable.table": FAIL}


@pytest.mark.parametrize(
    ("changes", "name", "state", "sentence"),
    [
        ({"caps": {"per_hour": 600, "per_day": 500}}, "settings.caps", WARN, "an hour may send 600"),
        ({"caps": {"per_day": 6000, "per_hour": 900}}, "settings.caps", WARN, "bulk sender"),
        ({"caps": {"ramp": [20, 90, 200]}}, "settings.ramp", WARN, "after day 1 the ramp jumps from 20 to 90"),
        ({"hours": {"opens": "09:00", "closes": "11:30"}}, "settings.hours", WARN, "2.5 hours to send in"),
        ({"starts": "2027-01-01"}, "settings.starts", WARN, "starts on 2027-01-01"),
        ({"drafting": {"model": "gpt-6.1-terra"}}, "writer.prices", FAIL, "no price is known for gpt-6.1-terra"),
        ({"airtable": {"table": "Nowhere"}}, "airtable.table", FAIL, "no table 'Nowhere'"),
        ({"airtable": {"base": "appSomebodyElses1"}}, "airtable.base", FAIL, "does not see the base"),
        ({"sender": {"email": "bob@elsewhere.example"}}, "provider.sender", FAIL, "is no sender of the account"),
    ],
)
async def test_settings_that_cannot_work_or_are_not_wise(
    tmp_path: Path, changes: dict[str, Any], name: str, state: State, sentence: str
) -> None:
    office = open_office(tmp_path, **changes)
    found = await lines(office, only=name, base=_at(office))
    assert (found[name].state, sentence in found[name].sentence) == (state, True), found
    office.close()


async def test_stores_that_are_damaged_foreign_or_switched_off(whole: Office) -> None:
    with whole.ledger.transactions.write() as (connection, _):
        connection.exec_driver_sql("UPDATE journal_head SET seq = 9")
    found = await lines(whole)
    assert set(wrong(found)) >= {"ledger.whole", "ledger.chain"}
    assert "the journal ends at entry 0, but its head says 9" in found["ledger.whole"].sentence


async def test_a_warehouse_that_lags_is_backfilled(whole: Office) -> None:
    found = await lines(whole, only="warehouse", warehouse=lambda days: dict.fromkeys(days[:1], 7))
    assert wrong(found) == {"warehouse.agrees": WARN}
    assert "2026-11-22 (7 for 0)" in found["warehouse.agrees"].sentence


@pytest.mark.parametrize(
    ("url", "expected", "state", "said"),
    [
        (None, False, State.OK, "every quarter of an hour"),
        (None, True, WARN, "no webhook posts here"),
        ("https://o.example/webhooks/brevo", True, State.OK, "posted and read"),
        ("https://o.example/webhooks/brevo", False, WARN, "nobody lets it in"),
        ("https://elsewhere.example/hook", False, State.OK, "every quarter of an hour"),
    ],
)
def test_posts_come_where_they_are_waited_for(url: str | None, expected: bool, state: State, said: str) -> None:
    line = webhooks_line([Webhook(url, ("delivered",))] if url else [], expected=expected)
    assert (line.state, said in line.sentence) == (state, True)


async def test_a_latched_refusal_is_what_tells_that_money_ended(whole: Office) -> None:
    whole.ledger.flags.raise_flag(FlagName.WRITER, reason="insufficient_quota", actor="test", now=whole.now)
    found = await lines(whole)
    assert wrong(found) == {"writer.money": FAIL, "ledger.switches": WARN}
    assert "`outbound resume`" in found["writer.money"].fix


async def test_an_unsubscribe_page_that_is_not_ours_fails_outside_the_sandbox(tmp_path: Path) -> None:
    office = open_office(tmp_path, mode="dry_run", sender={"unsubscribe_url": "https://o.example/unsubscribe"})
    found = await lines(office, only="way_out")
    assert wrong(found) == {}
    page = office.campaign.sender.unsubscribe_url

    for pages, said in (({page: 404}, "answers 404 to a link of ours"), ({}, "nothing answers at o.example")):
        web = FakeWeb(create_app(office.world), pages=pages)
        broken = await lines(office, only="way_out", web=lambda web=web: nullcontext(web))
        assert wrong(broken) == {"way_out.page": FAIL}
        assert said in broken["way_out.page"].sentence
    office.close()
