"""The control room, the page, the clock, the command line, and that every fault in the catalogue is honoured."""

import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox import World, keys
from sandbox.__main__ import _house, main, options
from sandbox.clock import WorldClock
from sandbox.leads_file import SAMPLE, load_leads
from sandbox.page import routes as page_routes
from sandbox.server import HOSTS, create_app
from sandbox.serving import refuse_open_doors
from sandbox.world.fault_catalogue import FAULTS
from tests.sandbox.conftest import MONDAY

AIRTABLE = {"authorization": f"Bearer {keys.SANDBOX_AIRTABLE_TOKEN}"}
BREVO = {"api-key": keys.SANDBOX_BREVO_KEY}
OPENAI = {"authorization": f"Bearer {keys.SANDBOX_OPENAI_KEY}"}
PERPLEXITY = {"authorization": f"Bearer {keys.SANDBOX_PERPLEXITY_KEY}"}
LEADS = f"/airtable/v0/{keys.SANDBOX_BASE_ID}/Leads"
BOT = f"/telegram/bot{keys.SANDBOX_TELEGRAM_TOKEN}"
MAIL: dict[str, Any] = {
    "sender": {"email": keys.SANDBOX_SENDER_EMAIL},
    "to": [{"email": "ann@alder.example", "name": "Ann"}],
    "subject": "Hi",
    "htmlContent": "<p>Hi</p>",
    "tags": ["spring"],
}


def order(http: httpx.Client, room: str, **body: Any) -> Any:
    answer = http.post(f"/control/{room}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_clock_stands_until_told_and_never_goes_back(http: httpx.Client) -> None:
    assert http.get("/control/clock").json()["now"] == MONDAY.isoformat()
    assert order(http, "clock", advance_seconds=90)["now"] == "2026-11-23T08:01:30+00:00"
    assert order(http, "clock", now="2026-11-24T00:00:00+00:00")["now"] == "2026-11-24T00:00:00+00:00"
    for wrong in (
        {"now": "2026-01-01T00:00:00+00:00"},
        {"now": "2027-01-01T00:00:00"},
        {"advance_seconds": -1},
        {"mode": "sideways"},
        {"tomorrow": True},
        {},
    ):
        assert http.post("/control/clock", json=wrong).status_code == 400
    order(http, "clock", mode="running", speed=10_000)
    started = http.get("/control/clock").json()["now"]
    assert any(http.get("/control/clock").json()["now"] > started for _ in range(50))
    assert order(http, "clock", mode="manual")["mode"] == "manual"


def test_a_running_clock_follows_real_time(world: World) -> None:
    clock = WorldClock(world, "running", speed=3_600_000)
    deadline = time.monotonic() + 5
    while clock.tick() < MONDAY + timedelta(hours=1):
        assert time.monotonic() < deadline
    clock.set_mode("manual")
    assert clock.tick() == clock.tick()


def test_switches_and_faults_are_listed_with_a_sentence_and_checked(http: httpx.Client) -> None:
    switches = http.get("/control/switches").json()["switches"]
    assert all(entry["sentence"].endswith(".") for entry in switches)
    changed = order(http, "switches", brevo_plan="advanced")["switches"]
    assert next(entry for entry in changed if entry["name"] == "brevo_plan")["value"] == "advanced"
    assert http.post("/control/switches", json={"brevo_plan": "huge"}).status_code == 400
    faults = http.get("/control/faults").json()["faults"]
    assert {fault["name"] for fault in faults} == set(FAULTS)
    assert all(fault["sentence"] for fault in faults)
    armed = order(http, "faults", name="brevo.lost", count=2, match="ann")["faults"]
    assert next(fault for fault in armed if fault["name"] == "brevo.lost")["armed"]["left"] == 2
    for wrong in ({"name": "nope"}, {"name": "brevo.lost", "count": 0}, {"nam": 1}, {}):
        assert http.post("/control/faults", json=wrong).status_code == 400
    assert not any(fault["armed"] for fault in order(http, "faults", disarm=True)["faults"])


def test_stats_outbox_and_scripts(http: httpx.Client) -> None:
    order(http, "script", address="ann@alder.example", fate="reply_positive", after_seconds=60)
    order(http, "script", address="ann@alder.example", country="Japan")
    order(http, "script", company="Alder", domain="x.example", verdict="match")
    assert http.post("/control/script", json={"address": "a@b.example"}).status_code == 400
    http.post("/brevo/v3/smtp/email", json=MAIL, headers=BREVO)
    order(http, "clock", advance_seconds=7_200)
    stats = http.get("/control/stats").json()
    assert stats["accepted"] == {"spring": {"ann@alder.example": 1}}
    assert stats["requests"]["brevo"] == {"POST /v3/smtp/email": 1}
    assert (stats["mails"], stats["letters"]) == (1, 1)
    mail = http.get("/control/outbox", params={"email": "ANN@alder.example", "tag": "spring"}).json()["mails"][0]
    assert [event["event"] for event in mail["events"]] == ["requests", "delivered", "opened"]
    assert http.get("/control/outbox", params={"tag": "none"}).json()["count"] == 0
    letter = http.get("/control/mailbox").json()["letters"][0]
    assert letter["in_reply_to"] == mail["message_id"]


def test_the_person_writes_and_presses_in_the_chat(http: httpx.Client) -> None:
    order(http, "telegram", text="/stats")
    keyboard = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    sent = http.post(
        f"{BOT}/sendMessage", json={"chat_id": keys.SANDBOX_TELEGRAM_CHAT, "text": "x", "reply_markup": keyboard}
    ).json()["result"]
    order(http, "telegram", press="go", message_id=sent["message_id"])
    updates = http.get(f"{BOT}/getUpdates").json()["result"]
    assert [set(update) - {"update_id"} for update in updates] == [{"message"}, {"callback_query"}]
    assert http.post("/control/telegram", json={"press": "go", "message_id": 99}).status_code == 400
    order(http, "telegram", blocked=True)
    refused = http.post(f"{BOT}/sendMessage", json={"chat_id": keys.SANDBOX_TELEGRAM_CHAT, "text": "x"})
    assert refused.status_code == 403


def test_saving_and_starting_over(http: httpx.Client, tmp_path: Path) -> None:
    http.post("/brevo/v3/smtp/email", json=MAIL, headers=BREVO)
    assert http.post("/control/save", json={}).status_code == 400
    order(http, "save", path=str(tmp_path / "w.json"))
    assert len(World.load(tmp_path / "w.json").provider.mails) == 1
    assert order(http, "reset", seed=9, start="2027-01-04T08:00:00+00:00")["seed"] == 9
    assert http.get("/control/outbox").json()["count"] == 0
    assert http.get("/control/clock").json()["now"] == "2027-01-04T08:00:00+00:00"


def test_the_page_needs_nothing_from_elsewhere(http: httpx.Client) -> None:
    page = http.get("/")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    files = [page.text]
    for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text):
        found = http.get(path)
        assert found.status_code == 200
        files.append(found.text)
    folder = Path(page_routes.__file__).parent / "static"
    files += [path.read_text(encoding="utf-8") for path in folder.iterdir()]
    assert not any(re.search(r"(?:src|href|url\(|import)[^\n]{0,12}https?://", text) for text in files)


def test_only_this_machine_is_served() -> None:
    for host in ("127.0.0.1", "::1", "localhost"):
        refuse_open_doors(host)
    for host in ("0.0.0.0", "10.0.0.1", "::", "192.0.2.1"):  # noqa: S104 - this is what is refused
        with pytest.raises(ValueError, match="this machine only"):
            refuse_open_doors(host)
    with pytest.raises(SystemExit):
        main(["--host", "0.0.0.0"])  # noqa: S104 - as above


def test_another_name_for_this_machine_is_refused(http: httpx.Client) -> None:
    assert http.get("/control/clock", headers={"host": "evil.example"}).status_code == 400
    assert "127.0.0.1" in HOSTS


async def test_the_application_works_without_a_socket(world: World) -> None:
    transport = httpx.ASGITransport(create_app(world))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        assert (await client.post("/brevo/v3/smtp/email", json=MAIL, headers=BREVO)).status_code == 201
        assert (await client.get(LEADS, headers=AIRTABLE)).json() == {"records": []}


def test_the_command_line_chooses_world_clock_and_latency(tmp_path: Path) -> None:
    parser = options()
    state = tmp_path / "state.json"
    chosen = parser.parse_args(
        [
            *("--seed", "5", "--start", "2026-12-01T08:00", "--latency", "airtable=0.2,openai=1.5", "--unpaced"),
            *("--state", str(state), "--leads", str(SAMPLE)),
        ]
    )
    house = _house(chosen)
    assert (house.world.seed, house.world.now.isoformat()) == (5, "2026-12-01T08:00:00+00:00")
    assert (house.paced, house.latency) == (False, {"airtable": 0.2, "openai": 1.5})
    house.world.save(state)
    again = _house(parser.parse_args(["--state", str(state), "--clock", "real"]))
    assert again.clock.mode == "running"
    assert len(again.world.airtable.bases[keys.SANDBOX_BASE_ID].tables[0].records) == 120
    with pytest.raises(SystemExit):
        parser.parse_args(["--latency", "carrier-pigeon=5"])


def test_the_sample_leads_are_on_reserved_domains_with_the_mistakes_of_real_lists(world: World) -> None:
    assert load_leads(world, SAMPLE) == 120
    table = world.airtable.bases[keys.SANDBOX_BASE_ID].tables[0]
    names = {column.id: column.name for column in table.fields}
    rows = [{names[key]: value for key, value in record.cells.items()} for record in table.records.values()]
    reserved = re.compile(r"(\.example|\.test|\.example\.(com|net|org))\Z")
    addresses = [row["Email"].strip().lower() for row in rows if "Email" in row]
    whole = [address for address in addresses if re.fullmatch(r"[^@\s,]+@[^@\s,]+", address)]
    assert all(reserved.search(address) for address in whole)
    assert 2 <= len(addresses) - len(whole) <= 5
    assert len(whole) > len(set(whole))
    assert sum("Country" not in row for row in rows) >= 3
    assert sum(row.get("Do Not Contact", False) for row in rows) == 1
    assert sum(str(value).startswith("=") for row in rows for value in row.values()) == 2
    assert sum(address.endswith("@kfh-group.example") for address in whole) >= 3
    assert len({row["Company"].lower() for row in rows}) >= 75
    with pytest.raises(ValueError, match="columns the table lacks"):
        load_leads(world, Path(__file__))
