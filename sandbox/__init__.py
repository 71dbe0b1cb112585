"""A local world that speaks the wire protocols of the outside services.

The one thing that must hold: nothing in here knows the product, and nothing in here leaves this machine.
"""

from sandbox.serving import Running, running
from sandbox.world.habits import Fate, Habits, ReplyKind
from sandbox.world.switches import Switches
from sandbox.world.world import World

__all__ = ["Fate", "Habits", "ReplyKind", "Running", "Switches", "World", "running"]
