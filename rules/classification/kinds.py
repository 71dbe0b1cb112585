"""Which kinds of events are judged, and which a judgement looks at."""

from typing import Final

JUDGED: Final = ("opened", "proxy_open", "clicked")
"""Kinds that may be a machine's doing. Bounces, complaints and opt-outs are taken at their word."""
CONTEXT: Final = ("request", "delivered", *JUDGED)
"""Kinds that a judgement looks at."""
