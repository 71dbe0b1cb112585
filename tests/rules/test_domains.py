"""Registrable domains equal the official vectors, alone and over whole columns."""

import gc
import warnings
from importlib import resources
from pathlib import Path

import idna
import polars as pl
import pytest
import tldextract
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.domain_frames import owner_domains
from rules.domains import has_known_suffix, owner_domain, registrable_domain, suffix_rules
from rules.reference import reference_lines

VECTORS = pl.read_csv(Path(__file__).parent / "data" / "public_suffix_vectors.csv", infer_schema=False).fill_null("")


def _ascii(name: str) -> str | None:
    return (name if name.isascii() else idna.encode(name, uts46=True).decode()) or None


@pytest.mark.parametrize(("host", "expected"), VECTORS.rows())
def test_the_official_vectors_hold(host: str, expected: str) -> None:
    assert registrable_domain(host) == _ascii(expected)


def test_every_rule_of_the_list_gives_the_same_alone_and_in_a_column() -> None:
    rules = suffix_rules()
    hosts = [f"{front}{name}" for name in (*rules.exact, *rules.exception) for front in ("", "a.", "www.", "b.a.")]
    hosts += [f"{front}{name}" for name in rules.wildcard for front in ("", "x.", "y.x.", "www.y.x.")]
    hosts += ["acme.con", "a.b.c.d.e.f.g.com", "xn--85x722f.xn--55qx5d.cn"]
    found = dict(owner_domains(pl.Series(hosts)).iter_rows())
    differing = [host for host in hosts if found[host] != owner_domain(host)]
    assert differing == []


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.sampled_from(["com", "co", "uk", "jp", "kobe", "city", "ck", "www", "github", "io", "a", "b-c", "us"]),
        min_size=2,
        max_size=6,
    )
)
def test_a_column_and_a_host_agree_on_any_sequence_of_labels(labels: list[str]) -> None:
    host = ".".join(labels)
    assert owner_domains(pl.Series([host, host]))["owner"].to_list() == [owner_domain(host)]


def test_the_tenants_of_a_platform_are_different_owners() -> None:
    assert owner_domain("shop.acme.github.io") == "acme.github.io"
    assert owner_domain("other.github.io") == "other.github.io"


def test_the_company_behind_a_private_suffix_still_has_a_domain_of_its_own() -> None:
    assert owner_domain("www.github.io") == owner_domain("github.io") == "github.io"


@pytest.mark.parametrize("host", ["acme.con", "acme.onion", "10.in-addr.arpa", "acme.local"])
def test_a_mistyped_or_technical_top_level_domain_has_no_owner(host: str) -> None:
    assert not has_known_suffix(host)
    assert owner_domain(host) is None


def test_sample_names_are_usable() -> None:
    assert owner_domain("mail.northwind.example") == "northwind.example"


def test_no_hosts_at_all_is_an_empty_table() -> None:
    assert owner_domains(pl.Series([None], dtype=pl.String)).height == 0


def test_the_rules_in_other_scripts_are_read_as_idna_encodes_them() -> None:
    foreign = [line.lstrip("!*.") for line in reference_lines("public_suffix_list.dat") if not line.isascii()]
    foreign = [line for line in foreign if not line.startswith("//")]
    assert len(foreign) > 100
    assert all(idna.encode(rule, uts46=True).decode() in suffix_rules().exact for rule in foreign)


def test_tldextract_reads_the_same_list_the_same_way(tmp_path: Path) -> None:
    shipped = resources.files("rules.reference").joinpath("public_suffix_list.dat")
    source = tmp_path / "list.dat"
    source.write_bytes(shipped.read_bytes())
    judge = tldextract.TLDExtract(
        suffix_list_urls=(source.as_uri(),),
        cache_dir=str(tmp_path / "cache"),
        fallback_to_snapshot=False,
        include_psl_private_domains=True,
    )
    with warnings.catch_warnings():  # its file adapter leaves the list open
        warnings.simplefilter("ignore", ResourceWarning)
        judge("warm.example.com")
        gc.collect()
    rules = suffix_rules()
    names = [*[*rules.exact][::7], *rules.wildcard, *rules.exception]
    hosts = [f"{front}{name}" for name in names for front in ("a.", "b.a.")]
    differing = [
        host for host in hosts if judge(host).top_domain_under_public_suffix != (registrable_domain(host) or "")
    ]
    assert differing == []
