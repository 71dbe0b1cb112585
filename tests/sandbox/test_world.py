"""The world without HTTP: determinism, saving, conservation of events, and rates within bounds."""

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox import Fate, Habits, Switches, World
from sandbox.clock import WorldClock
from sandbox.house import House
from sandbox.server import create_app
from sandbox.world.mail import Correspondent, EventKind, OutgoingMail

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ADA = Correspondent("ada@outreach.example", "Ada Marsh")
LAST_WORDS = {
    EventKind.DELIVERED,
    EventKind.HARD_BOUNCE,
    EventKind.SOFT_BOUNCE,
    EventKind.BLOCKED,
    EventKind.INVALID,
    EventKind.ERROR,
}
ANSWERS = [fate for fate in Fate if fate.value.startswith("reply_")]


def a_mail(address: str, *, link: bool = True, sender: Correspondent = ADA) -> OutgoingMail:
    html = "<p>Hello</p>" + ('<a href="https://outreach.example/u">x</a>' if link else "")
    return OutgoingMail(sender, (Correspondent(address, "Person"),), "Hello", html, tags=("spring",))


def a_busy_world(seed: int = 3, people: int = 400, mails: int = 3) -> World:
    world = World(seed, start=MONDAY)
    for step in range(mails):
        for number in range(people):
            world.accept(a_mail(f"p{number}@c{number // 4}.example"))
        world.advance(timedelta(days=6 if step == 0 else 8))
    world.advance(timedelta(days=20))
    return world


@pytest.fixture(scope="module")
def busy() -> World:
    return a_busy_world()


def told(world: World) -> list[tuple[str, str, str]]:
    return [(event.at.isoformat(), event.kind.value, event.email) for event in world.provider.events]


def kinds_of(world: World, address: str) -> list[EventKind]:
    return [event.kind for event in world.provider.events if event.email == address]


def test_the_same_seed_and_the_same_calls_give_the_same_world(busy: World) -> None:
    again = a_busy_world()
    assert told(again) == told(busy)
    assert [letter.raw for letter in again.mailbox] == [letter.raw for letter in busy.mailbox]
    assert list(again.provider.mails) == list(busy.provider.mails)
    assert told(a_busy_world(seed=4)) != told(busy)


_HASHED = """
import hashlib
from datetime import UTC, datetime, timedelta
from sandbox.world.mail import Correspondent, OutgoingMail
from sandbox.world.world import World
world = World(3, start=datetime(2026, 11, 23, 8, tzinfo=UTC))
for number in range(80):
    to = Correspondent(f"p{number}@c{number // 4}.example")
    world.accept(OutgoingMail(Correspondent("ada@outreach.example"), (to,), "s", "<a href='https://x.example'>x</a>"))
world.advance(timedelta(days=20))
told = repr(world.provider.events) + repr([letter.raw for letter in world.mailbox])
print(hashlib.sha256(told.encode()).hexdigest())
"""


def test_hash_randomisation_changes_nothing() -> None:
    seen = {
        subprocess.run(
            [sys.executable, "-c", _HASHED],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(seen) == 1


def test_a_person_behaves_the_same_whoever_else_is_written_to() -> None:
    alone, in_company = World(3, start=MONDAY), World(3, start=MONDAY)
    in_company.accept(a_mail("somebody@else.example"))
    for world in (alone, in_company):
        world.accept(a_mail("p7@c1.example"))
        world.advance(timedelta(days=10))
    of_alone = [(e.at, e.kind) for e in alone.provider.events if e.email == "p7@c1.example"]
    assert of_alone == [(e.at, e.kind) for e in in_company.provider.events if e.email == "p7@c1.example"]


def test_time_passes_in_small_steps_as_in_one() -> None:
    slow, fast = World(3, start=MONDAY), World(3, start=MONDAY)
    for world in (slow, fast):
        for number in range(60):
            world.accept(a_mail(f"p{number}@c.example"))
    for _ in range(24 * 10):
        slow.advance(timedelta(hours=1))
    fast.advance(timedelta(days=10))
    assert told(slow) == told(fast)


def test_a_world_comes_back_from_its_file_with_everything_that_is_still_to_come(tmp_path: Path) -> None:
    world = World(3, start=MONDAY)
    world.script("ann@alder.example", Fate.REPLY_POSITIVE, after=timedelta(hours=5))
    for number in range(50):
        world.accept(a_mail(f"p{number}@c.example"))
    world.accept(a_mail("ann@alder.example"))
    world.schedule(a_mail("late@c.example"), due=MONDAY + timedelta(hours=3), batch_id="b")
    world.faults.arm("brevo.events_late", probability=0.5)
    world.telegram.person_writes("/stats", world.now)
    world.advance(timedelta(hours=1))
    world.save(tmp_path / "world.json")
    back = World.load(tmp_path / "world.json")
    for one in (world, back):
        one.advance(timedelta(days=12))
        one.accept(a_mail("p3@c.example"))
        one.advance(timedelta(days=12))
    assert vars(back) == vars(world)
    assert len(back.mailbox) >= 1
    assert not list(tmp_path.glob("*.new"))


def test_a_file_that_holds_no_world_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(ValueError, match="does not hold a world"):
        World.load(tmp_path / "x.json")


def test_every_mail_ends_in_exactly_one_way(busy: World) -> None:
    for message_id in busy.provider.mails:
        kinds = [event.kind for event in busy.provider.of_mail(message_id)]
        assert kinds[0] is EventKind.REQUESTS
        assert kinds.count(EventKind.REQUESTS) == 1
        assert sum(kind in LAST_WORDS for kind in kinds) == 1
        if EventKind.DELIVERED not in kinds:
            assert len(kinds) == 2


def test_rates_are_near_the_habits(busy: World) -> None:
    world = World(11, start=MONDAY)
    for number in range(4_000):
        world.accept(a_mail(f"p{number}@c{number}.example"))
    world.advance(timedelta(days=15))
    counts = Counter(event.kind for event in world.provider.events)
    habits = Habits()
    assert counts[EventKind.DELIVERED] / 4_000 == pytest.approx(habits.delivered, abs=0.015)
    assert counts[EventKind.HARD_BOUNCE] / 4_000 == pytest.approx(habits.hard_bounce, abs=0.008)
    opened = {event.email for event in world.provider.events if event.kind is EventKind.OPENED}
    assert 0.3 < len(opened) / 4_000 < 0.6
    answers = sum(b"\nAuto-Submitted" not in letter.raw for letter in busy.mailbox)
    assert 0.02 < answers / 400 < 0.1


def test_time_never_goes_back_and_a_naive_start_is_refused(world: World) -> None:
    world.advance_to(MONDAY - timedelta(days=1))
    assert world.now == MONDAY
    with pytest.raises(ValueError, match="aware"):
        World(1, start=datetime(2026, 1, 1))  # noqa: DTZ001 - this is what is refused


def test_a_mistyped_switch_or_fault_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="no switch"):
        world.flip({"brevo_timezome": "UTC"})
    with pytest.raises(ValueError, match="is no time zone"):
        world.flip({"brevo_timezone": "Mars/Olympus"})
    with pytest.raises(ValueError, match="is one of"):
        Switches().with_values({"brevo_plan": "huge"})
    with pytest.raises(ValueError, match="takes a int"):
        Switches().with_values({"brevo_credits": "many"})
    with pytest.raises(ValueError, match="no fault"):
        world.faults.arm("brevo.sunspots")
    with pytest.raises(ValueError, match="is not a valid Fate"):
        world.script("a@b.example", "levitate")


def test_a_fault_strikes_as_often_as_it_was_armed_for_and_only_where_it_matches(world: World) -> None:
    world.faults.arm("brevo.lost", count=2, match="ann")
    assert not world.faults.strikes("brevo.lost", "bob")
    assert [bool(world.faults.strikes("brevo.lost", "ann")) for _ in range(3)] == [True, True, False]
    world.faults.arm("brevo.lost", probability=0.3)
    struck = sum(bool(world.faults.strikes("brevo.lost")) for _ in range(500))
    assert 100 < struck < 200


def test_a_world_behind_an_application_can_be_saved_and_listeners_follow_it(tmp_path: Path) -> None:
    world = World(1, start=MONDAY)
    create_app(world, house=House(world, WorldClock(world)))
    world.save(tmp_path / "world.json")
    heard: list[int] = []
    world.mailbox.listen(lambda letter: heard.append(letter.uid))
    world.become(World.load(tmp_path / "world.json"))
    world.mailbox.receive(b"Subject: hello\r\n\r\n", world.now)
    assert heard == [1]
