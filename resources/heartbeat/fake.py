"""The monitor over a world in memory."""

from resources.heartbeat.errors import heartbeat_failure, unreachable
from resources.in_process import AsgiApp, InProcess
from resources.wire import BrokenOffError


class FakeHeartbeat:
    """A monitor for simulations and stage tests."""

    def __init__(self, service: InProcess, check: str) -> None:
        self._service = service
        self._check = check

    async def beat(self) -> None:
        """Give a sign of life; see `Heartbeat.beat`."""
        try:
            answer = await self._service.request("GET", self._check)
        except BrokenOffError:
            raise unreachable("broken_off") from None
        if not answer.ok:
            raise heartbeat_failure(answer)


def fake_heartbeat(world: AsgiApp, *, check: str) -> FakeHeartbeat:
    """Return a monitor for simulations and stage tests.

    Args:
        world: The application that stands before a world; the monitor answers under ``/heartbeat``.
        check: The check's id.
    """
    return FakeHeartbeat(InProcess(world, prefix="/heartbeat"), check)
