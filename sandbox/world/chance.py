"""Named streams of chance.

The one thing that must hold: a draw depends on the seed and on the names of the stream, never on the order of calls nor
on Python's hash randomisation. Two runs with the same seed therefore meet the same people.
"""

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

Choice = TypeVar("Choice")

_SEPARATOR = "\x1f"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_LENGTH = 14


def chance(seed: int, *names: object) -> random.Random:
    """Open the stream called `names`; strings seed `random.Random` through SHA-512, which no environment changes."""
    return random.Random(_SEPARATOR.join((str(seed), *map(str, names))))


def _bits(seed: int, *names: object) -> int:
    """Draw 128 bits; a number that is only a name is not worth a stream, which takes twenty times as long to open."""
    said = _SEPARATOR.join((str(seed), *map(str, names))).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(said, digest_size=16).digest(), "big")


def portion(seed: int, *names: object) -> float:
    """Draw one number from 0 to 1, the only one of its name: twenty times as fast as a stream."""
    return (_bits(seed, *names) >> 75) / (1 << 53)


def weighted(stream: random.Random, options: Sequence[tuple[Choice, float]]) -> Choice:
    """Pick one option; weights need not add up to 1.

    Raises:
        ValueError: if there are no options.
    """
    if not options:
        raise ValueError("nothing to choose from")
    left = stream.random() * sum(weight for _, weight in options)
    for option, weight in options:
        left -= weight
        if left < 0:
            return option
    return options[-1][0]


def airtable_id(prefix: str, seed: int, *names: object) -> str:
    """Return an id as Airtable writes them: a three-letter prefix and 14 characters of [0-9A-Za-z]."""
    stream = chance(seed, prefix, *names)
    return prefix + "".join(stream.choices(_ALPHABET, k=_ID_LENGTH))


def some_digits(seed: int, count: int, *names: object) -> str:
    """Return `count` decimal digits, the first not 0."""
    least = 10 ** (count - 1)
    return str(least + _bits(seed, "digits", *names) % (9 * least))


def uuid_like(seed: int, *names: object) -> str:
    """Return 32 hexadecimal digits in the grouping of a version 4 UUID."""
    digits = f"{_bits(seed, 'uuid', *names):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
