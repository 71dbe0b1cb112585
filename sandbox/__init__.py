"""A local world that speaks the wire protocols of the outside services.

The one thing that must hold: nothing in here knows the product, and nothing in here leaves this machine. Its server is
`sandbox.serving`: whoever needs a world, or a key of the sandbox, does not load it.
"""

from sandbox.world.habits import Fate, Habits, ReplyKind
from sandbox.world.switches import Switches
from sandbox.world.world import World

__all__ = ["Fate", "Habits", "ReplyKind", "Switches", "World"]
