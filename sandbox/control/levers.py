"""What can be changed from outside: clock, switches, faults, scripts, the chat, saving, starting over.

The one thing that must hold: each lever answers with the state it leaves behind.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.control import views
from sandbox.house import House
from sandbox.shapes import misfit
from sandbox.world.world import World


def clock(house: House, order: dict[str, Any]) -> Any:
    """`{"mode": "manual"|"running", "speed": x}`, `{"advance_seconds": n}` or `{"now": ISO}`; they may be combined."""
    known = {"mode", "speed", "advance_seconds", "now"}
    if not order or set(order) - known:
        raise ValueError(f"the clock takes {', '.join(sorted(known))}")
    if "mode" in order or "speed" in order:
        house.clock.set_mode(order.get("mode", house.clock.mode), speed=float(order.get("speed", 1.0)))
    if "advance_seconds" in order:
        house.clock.advance(timedelta(seconds=float(order["advance_seconds"])))
    if "now" in order:
        house.clock.advance_to(datetime.fromisoformat(str(order["now"])))
    return views.clock(house, {})


def switches(house: House, order: dict[str, Any]) -> Any:
    """`{"name of a switch": value, …}`."""
    house.world.flip(order)
    return views.switches(house, {})


def faults(house: House, order: dict[str, Any]) -> Any:
    """Arm with `{"name", "count"?, "probability"?, "match"?, "value"?}`; `{"disarm": name or true}` takes it back."""
    desk = house.world.faults
    if "disarm" in order:
        desk.disarm(None if order["disarm"] is True else str(order["disarm"]))
        return views.faults(house, {})
    extra = set(order) - {"name", "count", "probability", "match", "value"}
    if extra:
        raise ValueError(f"a fault takes name, count, probability, match and value, not {', '.join(sorted(extra))}")
    desk.arm(
        order["name"],
        count=None if order.get("count") is None else int(order["count"]),
        probability=float(order.get("probability", 1.0)),
        match=str(order.get("match", "")),
        value=None if order.get("value") is None else float(order["value"]),
    )
    return views.faults(house, {})


def script(house: House, order: dict[str, Any]) -> Any:
    """Force people's fates, places and the truth about companies.

    `{"address", "fate", "on_mail"?, "after_seconds"?}`, `{"address", "country", "state"?}` or
    `{"company", "domain", "verdict"}`.
    """
    world = house.world
    words = dict.fromkeys(("address", "fate", "country", "state", "company", "domain", "verdict"), str)
    wrong = misfit(order, words)
    if wrong is not None:
        raise ValueError(f"{wrong} is a text")
    if "verdict" in order:
        world.script_attribution(order["company"], order["domain"], order["verdict"])
    elif "country" in order:
        world.settle(order["address"], country=order["country"], state=str(order.get("state", "")))
    else:
        after = order.get("after_seconds")
        world.script(
            order["address"],
            order["fate"],
            on_mail=int(order.get("on_mail", 0)),
            after=None if after is None else timedelta(seconds=float(after)),
        )
    return {"scripted": order}


def telegram(house: House, order: dict[str, Any]) -> Any:
    """The operator acts in the bot's chat.

    Takes `{"text", "answers"?: message id, "forwarded"?: true}`, `{"press": data, "message_id"}` or
    `{"blocked": true|false}`.
    """
    desk = house.world.telegram
    if "blocked" in order:
        desk.blocked = bool(order["blocked"])
    elif "press" in order:
        if int(order["message_id"]) not in desk.messages:
            raise ValueError(f"there is no message {order['message_id']}")
        desk.person_presses(int(order["message_id"]), str(order["press"]))
    else:
        answers = None if order.get("answers") is None else int(order["answers"])
        if answers is not None and answers not in desk.messages:
            raise ValueError(f"there is no message {answers}")
        desk.person_writes(
            str(order["text"]), house.world.now, answers=answers, forwarded=bool(order.get("forwarded", False))
        )
    house.wake()
    return views.chat(house, {})


def save(house: House, order: dict[str, Any]) -> Any:
    """Write the world to the file given at the start, or to `{"path"}`."""
    target = order.get("path") or house.state
    if target is None:
        raise ValueError("no file: start with --state FILE or give a path")
    house.world.save(Path(target))
    return {"saved": str(target)}


def reset(house: House, order: dict[str, Any]) -> Any:
    """Start over: `{"seed"?, "start"?}`; habits and switches stay."""
    world = house.world
    start = datetime.fromisoformat(order["start"]) if "start" in order else world.now
    seed = int(order.get("seed", world.seed))
    world.become(World(seed, start=start, switches=world.switches, habits=world.habits))
    house.forget()
    return views.clock(house, {})
