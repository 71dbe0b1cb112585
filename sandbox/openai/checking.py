"""Checks that several endpoints share.

The one thing that must hold: what the stand-in cannot do it refuses in so many words; it never half does it.
"""

from collections.abc import Mapping
from typing import Any, Final

from sandbox.openai import errors
from sandbox.shapes import Shape, misfit

EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
TIERS: Final = ("auto", "default", "flex", "scale", "priority", "fast")
MAX_METADATA: Final = 16


def check_shape(body: Mapping[str, Any], shape: Shape) -> None:
    """Check the kinds of a body's parts.

    Raises:
        OpenAIRefusal: 400 invalid_type with the path.
    """
    wrong = misfit(body, shape)
    if wrong is not None:
        raise errors.bad_request(f"Invalid type for '{wrong}'.", code="invalid_type", param=wrong)


def refuse_stream(body: Mapping[str, Any]) -> None:
    """The stand-in gives whole answers only.

    Raises:
        OpenAIRefusal: 400.
    """
    for name in ("stream", "background"):
        if body.get(name):
            raise errors.bad_request(f"The sandbox does not offer '{name}'.", code="unsupported_value", param=name)


def check_effort(value: Any, param: str) -> None:
    """Check a reasoning effort.

    Raises:
        OpenAIRefusal: 400 invalid_value.
    """
    if value is not None and value not in EFFORTS:
        raise _invalid_value(value, EFFORTS, param)


def check_tier(value: Any) -> None:
    """Check a service tier.

    Raises:
        OpenAIRefusal: 400.
    """
    if value is not None and value not in TIERS:
        raise errors.bad_request("Invalid service_tier argument", param="service_tier")


def whole_number(value: Any) -> int | None:
    """Return a positive whole number, None if absent.

    Raises:
        OpenAIRefusal: 400 invalid_type or integer_below_min_value.
    """
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise errors.bad_request(f"Invalid type: expected an integer, but got {value!r} instead.", code="invalid_type")
    if value < 1:
        raise errors.bad_request(
            f"Invalid value: integer below minimum value. Expected a value >= 1, but got {value} instead.",
            code="integer_below_min_value",
        )
    return value


def item_of(body: Mapping[str, Any]) -> str:
    """Return what the caller says a call is for, in `metadata.item`.

    Raises:
        OpenAIRefusal: 400 for metadata that is no small object.
    """
    metadata = body.get("metadata")
    if metadata is None:
        return ""
    if not isinstance(metadata, dict) or len(metadata) > MAX_METADATA:
        raise errors.bad_request("Invalid 'metadata': too many properties.", code="object_above_max_properties")
    return str(metadata.get("item", ""))


def _invalid_value(value: Any, allowed: tuple[str, ...], param: str) -> errors.OpenAIRefusal:
    listed = ", ".join(repr(one) for one in allowed)
    return errors.bad_request(
        f"Invalid value: {value!r}. Supported values are: {listed}.", code="invalid_value", param=param
    )
