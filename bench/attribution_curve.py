"""What the gate clears wrongly against what it asks, on a labelled list: numbers and picture of docs/attribution.md.

The list has the columns of a lead file and `label` (match or mismatch) and `kind` (why). Every baseline is computed on
the same rows. Usage: `python -m bench.attribution_curve LABELLED.csv [PICTURE.png]`.
"""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import polars as pl
import vl_convert

from rules.attribution.corpus import learn
from rules.attribution.judging import judge
from rules.attribution.names import is_generic
from rules.attribution.questions import ModelAnswer
from rules.attribution.reading import read_leads
from rules.attribution.verdicts import Verdict
from rules.attribution.weighing import CLEAR_AT
from rules.place.folding import fold

STEPS = (0.1, 4, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, CLEAR_AT, 22, 23, 24, 25, 27, 29, 31, 34, 38, 45)
_LEFT_OUT = "free_mail|malformed"


def _scores(cleared: pl.Series, questions: int, frame: pl.DataFrame) -> tuple[float, float]:
    """Wrong leads cleared in 100 wrong ones, and questions in 100 leads."""
    wrong = (frame["label"] == "mismatch") & ~frame["kind"].str.contains(_LEFT_OUT)
    return 100 * int((cleared & wrong).sum()) / int(wrong.sum()), 100 * questions / frame.height


def curve(frame: pl.DataFrame) -> list[dict[str, object]]:
    """The gate at every threshold."""
    rows: list[dict[str, object]] = []
    for step in STEPS:
        judged = judge(frame, clear_at=step)
        asked = judged["question_id"].drop_nulls().n_unique()
        cleared, share = _scores(judged["verdict"] == "match", asked, frame)
        rows.append({"way": "this gate", "at": step, "cleared": cleared, "questions": share})
    return rows


def baselines(frame: pl.DataFrame) -> list[dict[str, object]]:
    """Simpler ways to clear on the same rows; what they do not clear is asked, once per pair."""
    read = read_leads(frame)
    pair = pl.struct("company_name", "mail_domain")
    sites = pl.Series(learn(read).sites["company_domain"].unique())
    facts = read.with_columns(
        (pl.col("mail_domain") == pl.col("company_domain")).fill_null(value=False).alias("same"),
        pl.len().over("company_name", "mail_domain").alias("colleagues"),
        pl.col("mail_domain").is_in(sites.implode()).alias("listed"),
        pl.col("mail_domain").str.extract(r"^([^.]+)").alias("label"),
        pl.col("company_domain").str.extract(r"^([^.]+)").alias("site_label"),
    )
    frequent = pl.col("colleagues") >= 3
    ways = {
        "equal domains only": pl.col("same"),
        "3 and more colleagues": pl.col("same") | frequent,
        "3 colleagues, no other's site": pl.col("same") | (frequent & ~pl.col("listed")),
        "equal labels": pl.col("same") | (pl.col("label") == pl.col("site_label")),
        "first four letters equal": pl.col("same")
        | (pl.col("label").str.slice(0, 4) == pl.col("site_label").str.slice(0, 4)),
    }
    open_rows = (pl.col("mailbox") == "company") & pl.col("company_domain").is_not_null()
    rows: list[dict[str, object]] = []
    for name, way in ways.items():
        cleared = facts.select(way & open_rows).to_series()
        asked = facts.filter(open_rows & ~way).select(pair.n_unique()).item()
        wrong, share = _scores(cleared, asked, frame)
        rows.append({"way": name, "at": None, "cleared": wrong, "questions": share})
    return rows


def whole_gate(frame: pl.DataFrame) -> dict[str, object]:
    """All three tiers, the model's part answered from the labels: what the gate reaches when the model is right."""
    judged = judge(frame)
    named = judged.with_columns(frame["label"]).drop_nulls("question_id")
    labels = named.group_by("question_id").agg(pl.col("label").mode().first())
    answers = {key: ModelAnswer(key, Verdict(label), 1.0, "from the label") for key, label in labels.iter_rows()}
    final = judge(frame, answers=answers).with_columns(frame["label"], frame["kind"])
    held = final.filter(~pl.col("kind").str.contains(_LEFT_OUT))
    wrong, right = held.filter(pl.col("label") == "mismatch"), held.filter(pl.col("label") == "match")
    return {
        "wrong leads stopped": f"{(wrong['verdict'] != 'match').sum()} of {wrong.height}",
        "right leads cleared": f"{(right['verdict'] == 'match').sum()} of {right.height}",
        "questions": len(answers),
    }


def cross_checks(frame: pl.DataFrame) -> Iterable[tuple[str, pl.DataFrame]]:
    """The same list in other shapes."""
    companies = frame["company_name"].unique().sort()
    yield "as it is", frame
    for seed in (1, 2, 3):
        yield f"rows shuffled ({seed})", frame.sample(fraction=1, shuffle=True, seed=seed)
    for share in (0.5, 0.25, 0.1):
        for seed in (1, 2, 3):
            some = companies.sample(fraction=share, seed=seed, shuffle=True)
            yield f"{share:.0%} of the companies ({seed})", frame.filter(pl.col("company_name").is_in(some.implode()))
    read = read_leads(frame)
    strangers = read.filter(frame["label"] == "mismatch")["mail_domain"].unique()
    yield "wrong domains' owners not listed", frame.filter(~read["company_domain"].is_in(strangers.implode()))
    yield "ten copies, companies renamed", pl.concat([_renamed(frame, turn) for turn in range(10)])


def _renamed(frame: pl.DataFrame, turn: int) -> pl.DataFrame:
    """A copy in which consistent letters are exchanged in names and domains: other companies, the same relations."""
    consonants = "bcdfghjklmnpqrstvwxz"
    moved = consonants[turn:] + consonants[:turn]
    table = dict(zip(consonants, moved, strict=True))
    swap = {letter: table[letter] for letter in consonants} | {
        letter.upper(): table[letter].upper() for letter in consonants
    }

    def exchange(text: str | None) -> str | None:
        return None if text is None else "".join(swap.get(letter, letter) for letter in text)

    read = read_leads(frame)
    labels = {domain: domain.partition(".") for domain in {*read["mail_domain"], *read["company_domain"]} if domain}
    renamed = {domain: f"{exchange(label)}.{suffix}" for domain, (label, _, suffix) in labels.items()}
    names = {name: _exchanged_name(name, exchange) for name in frame["company_name"].unique() if name}
    free = read["mailbox"] == "company"
    mails = [
        f"jane@{renamed[mail]}" if mail and company else cell
        for mail, company, cell in zip(read["mail_domain"], free, frame["email"], strict=True)
    ]
    urls = [renamed.get(site, cell) for site, cell in zip(read["company_domain"], frame["company_url"], strict=True)]
    return frame.with_columns(
        pl.Series("email", mails, dtype=pl.String),
        pl.Series("company_url", urls, dtype=pl.String),
        pl.col("company_name").replace(names),
    )


def _exchanged_name(name: str, exchange: Callable[[str | None], str | None]) -> str:
    """Legal forms and generic words stay, so that the name is still taken apart the same way."""
    return " ".join(
        word if is_generic(fold(word).replace(" ", "")) else str(exchange(word)) for word in name.split(" ")
    )


def picture(rows: list[dict[str, object]]) -> bytes:
    """Wrong leads cleared over questions asked; the gate as a line over its thresholds, the others as points."""
    ink = "#22313a"
    axes = (
        ("x", "questions", "questions left for the model, in 100 leads", 5.2),
        ("y", "cleared", "wrong leads cleared, in 100", 32),
    )
    shared = {
        axis: {"field": name, "type": "quantitative", "title": title, "scale": {"domain": [0, end]}}
        for axis, name, title, end in axes
    }
    gate = [row for row in rows if row["at"] is not None]
    chosen = [row | {"way": "this gate, as set"} for row in gate if row["at"] == CLEAR_AT]
    others = [row for row in rows if row["at"] is None]
    bars = [{"x": 0, "x2": 4, "y": 0, "y2": 2}]
    line = {"type": "line", "color": "#2f6f8f", "strokeWidth": 2.5, "point": {"color": "#2f6f8f", "size": 25}}
    area = {name: {"field": name, "type": "quantitative"} for name in ("x", "y")} | {
        n: {"field": n} for n in ("x2", "y2")
    }
    words = {"type": "text", "color": ink, "fontSize": 12}
    beside, before = words | {"align": "left", "dx": 9, "dy": -9}, words | {"align": "right", "dx": -9, "dy": -9}

    def points(size: int, color: str) -> dict[str, object]:
        return {"type": "point", "filled": True, "size": size, "color": color, "opacity": 1}

    layers = [
        {"data": {"values": bars}, "mark": {"type": "rect", "color": "#69a297", "opacity": 0.3}, "encoding": area},
        {"data": {"values": gate}, "mark": line, "encoding": shared | {"order": {"field": "at"}}},
        {"data": {"values": chosen}, "mark": points(140, "#d98e04"), "encoding": shared},
        {"data": {"values": others}, "mark": points(90, "#b23a48"), "encoding": shared},
        {"data": {"values": others[:3] + chosen}, "mark": beside, "encoding": shared | {"text": {"field": "way"}}},
        {"data": {"values": others[3:]}, "mark": before, "encoding": shared | {"text": {"field": "way"}}},
    ]
    title = {
        "text": "Wrong leads cleared against questions asked",
        "subtitle": "tiers 1 and 2 at every threshold; the green corner is the bar",
        "anchor": "start",
        "color": ink,
        "fontSize": 16,
    }
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": title,
        "width": 640,
        "height": 380,
        "background": "white",
        "layer": layers,
        "config": {"axis": {"gridColor": "#e6eaec", "labelColor": ink, "titleColor": ink}},
    }
    return bytes(vl_convert.vegalite_to_png(spec, scale=2))


def main() -> None:
    labelled = pl.read_csv(sys.argv[1], infer_schema=False)
    rows = [*curve(labelled), *baselines(labelled)]
    for row in rows:
        at = "" if row["at"] is None else f"{row['at']:g} bits"
        print(
            f"{row['way']:<32}{at:>9}  wrong cleared {row['cleared']:5.1f} %  questions {row['questions']:5.2f} in 100"
        )
    print("whole gate with the labels as model:", whole_gate(labelled))
    for name, frame in cross_checks(labelled):
        judged = judge(frame)
        cleared, share = _scores(judged["verdict"] == "match", judged["question_id"].drop_nulls().n_unique(), frame)
        right = (frame["label"] == "match") & ~frame["kind"].str.contains(_LEFT_OUT)
        hurt = ((judged["verdict"] == "mismatch") & right).sum()
        print(f"{name:<34} wrong cleared {cleared:5.2f} %  questions {share:5.2f} in 100  right called mismatch {hurt}")
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_bytes(picture(rows))


if __name__ == "__main__":
    main()
