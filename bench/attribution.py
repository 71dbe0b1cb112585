"""How fast the gate judges a file, against merely reading it and against parsing it row by row.

Prints ratios measured in one run: absolute numbers are this machine's. The lists are made up here, with a tenth of the
addresses away from the company's own domain in the proportions production shows.

Usage: `python -m bench.attribution [ROWS ...]`, default 24000 and 1000000; 10000000 takes some minutes to make.
"""

import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import tldextract

from stages.verification_file import verify_file

_ONSETS = (
    "b",
    "c",
    "d",
    "f",
    "g",
    "h",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "t",
    "v",
    "w",
    "br",
    "cl",
    "fl",
    "gr",
    "st",
    "tr",
)
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ou")
_CODAS = ("", "", "n", "r", "s", "l", "x", "nd", "rk")
_FORMS = ("Ltd", "Inc.", "GmbH", "Co., Ltd.", "S.A.", "AB (publ)", "plc", "Limited", "Corporation", "")
_TRADES = ("Energy", "Systems", "Foods", "Bank", "Mining", "Pharma", "Software", "Logistics", "Group", "", "")
_SUFFIXES = ("com", "com", "com", "de", "co.uk", "co.jp", "com.au", "io", "com.br", "se", "net", "in")
_SITES = ("https://www.{}", "https://{}", "http://www.{}/", "www.{}", "{}", "https://{}/about", "HTTPS://WWW.{}")
_SAMPLE = 20_000


def _word(draw: random.Random, syllables: int) -> str:
    return "".join(draw.choice(_ONSETS) + draw.choice(_VOWELS) + draw.choice(_CODAS) for _ in range(syllables))


def _company(draw: random.Random) -> tuple[str, str, str]:
    """Name, label and suffix."""
    brand, trade = _word(draw, draw.randint(2, 3)), draw.choice(_TRADES)
    label = brand + (trade.lower() if draw.random() < 0.3 else "")
    name = " ".join(part for part in (brand.capitalize(), trade, draw.choice(_FORMS)) if part)
    return name, label, draw.choice(_SUFFIXES)


def _mail_domain(draw: random.Random, own: tuple[str, str, str], others: list[str]) -> str:
    """Where one group of a company's people writes from."""
    _, label, suffix = own
    kind = draw.choices(("own", "free", "other suffix", "affix", "known", "unknown"), weights=(945, 15, 12, 10, 9, 9))[
        0
    ]
    return {
        "own": f"{label}.{suffix}",
        "free": draw.choice(("gmail.com", "yahoo.com", "hotmail.com", "qq.com")),
        "other suffix": f"{label}.{draw.choice(('net', 'io', 'eu'))}",
        "affix": f"get{label}.com",
        "known": draw.choice(others),
        "unknown": f"{_word(draw, 3)}.com",
    }[kind]


def make_rows(count: int, seed: int = 1) -> Iterator[str]:
    """CSV lines of a made-up list, without the header."""
    draw = random.Random(seed)  # noqa: S311 - a made-up list, not a secret
    recent, made = ["example.com"], 0
    while made < count:
        company = _company(draw)
        name, label, suffix = company
        recent = [*recent[-200:], f"{label}.{suffix}"]
        for _ in range(min(draw.choice((1, 1, 2, 3, 5, 9, 12)), count - made)):
            made += 1
            person = f"{_word(draw, 2)}.{_word(draw, 2)}"
            site = draw.choice(_SITES).format(f"{label}.{suffix}")
            quoted = f'"{name}"' if "," in name else name
            mail = f"{person}@{_mail_domain(draw, company, recent)}"
            yield f"L{made:08},{person.title()},{mail},{quoted},{site},Germany\n"


def make_file(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as out:
        out.write("lead_id,full_name,email,company_name,company_url,country\n")
        out.writelines(make_rows(rows))


def per_row_seconds(path: Path) -> float:
    """Seconds per row of the usual loop: one tldextract per cell."""
    extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    sample = pl.read_csv(path, infer_schema=False, n_rows=_SAMPLE)
    extract("warm.example.com")
    started = time.perf_counter()
    for mail, site in sample.select("email", "company_url").iter_rows():
        _ = (
            extract(mail.rpartition("@")[2]).top_domain_under_public_suffix
            == extract(site).top_domain_under_public_suffix
        )
    return (time.perf_counter() - started) / sample.height


def reading_seconds(path: Path) -> float:
    """Seconds to read the file and do nothing."""
    started = time.perf_counter()
    for _ in pl.scan_csv(path, infer_schema=False).collect_batches(chunk_size=250_000, maintain_order=True):
        pass
    return time.perf_counter() - started


def measure(rows: int, folder: Path) -> None:
    source, target = folder / f"{rows}.csv", folder / f"{rows}.out.csv"
    make_file(source, rows)
    loop, read = per_row_seconds(source) * rows, reading_seconds(source)
    started, cpu = time.perf_counter(), time.process_time()
    summary = verify_file(source, target)
    took, used = time.perf_counter() - started, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{rows:>10,} rows: file to verdicts {took:6.2f} s ({used:.1f} s of CPU), "
        f"{loop / took:5.1f} x a tldextract loop ({loop:.1f} s, from {min(rows, _SAMPLE):,} rows), "
        f"{took / read:4.1f} x merely reading ({read:.2f} s); peak {peak:.2f} GB; "
        f"{100 * summary.questions / rows:.1f} questions in 100 leads"
    )
    source.unlink()
    target.unlink()


def main() -> None:
    sizes = [int(argument) for argument in sys.argv[1:]] or [24_000, 1_000_000]
    with tempfile.TemporaryDirectory() as folder:
        for rows in sizes:
            measure(rows, Path(folder))


if __name__ == "__main__":
    main()
