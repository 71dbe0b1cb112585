"""Hosts are found in whatever people put into a site column."""

import pytest

from rules.hosts import ascii_host, host_of


@pytest.mark.parametrize(
    ("cell", "host"),
    [
        ("https://www.acme.com/en/?utm=1#top", "www.acme.com"),
        ("acme.com:8443", "acme.com"),
        ("http://acme.com./about", "acme.com"),
        ("https://user@www.acme.com/", "www.acme.com"),
        ("https:\\\\www.acme.co.th", "www.acme.co.th"),
        ("//www.acme.com", "www.acme.com"),
        ("HTTP://WWW.ACME.COM", "www.acme.com"),
        ("http:/acme.com", "acme.com"),
        ("\u200bhttps://acme.ai\xa0", "acme.ai"),
        ('"acme.com"', "acme.com"),
        ("<https://acme.com>", "acme.com"),
        ("https://münchen.de/x", "xn--mnchen-3ya.de"),
        ("www。acme。com", "www.acme.com"),
        ("acme.com?next=https://other.com", "acme.com"),
        ("my_shop.acme.com", "my_shop.acme.com"),
    ],
)
def test_the_host_is_found(cell: str, host: str) -> None:
    assert host_of(cell) == host


@pytest.mark.parametrize(
    "cell",
    [
        "",
        " ",
        "www",
        "https://acme",
        "https://acme...com",
        "http://192.168.0.1",
        "http://[::1]/",
        "https://www.acme,com",
    ],
)
def test_what_is_no_host_is_none(cell: str) -> None:
    assert host_of(cell) is None


@pytest.mark.parametrize(
    "cell", ["Acme Public Company Limited", "n/a", "-", "https://", "http://.com", "acme.c0m", "=1+1"]
)
def test_prose_and_formulas_are_no_hosts(cell: str) -> None:
    assert host_of(cell) is None


def test_a_label_longer_than_dns_allows_is_refused() -> None:
    assert ascii_host("a" * 63 + ".com")
    assert ascii_host("a" * 64 + ".com") is None
