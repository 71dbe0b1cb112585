"""Charts as PNG pictures, drawn from small frames without a browser."""

from collections.abc import Mapping, Sequence

import polars as pl

from rules.rates import rates

PALETTE = {"accepted": "#2f6f8f", "delivered": "#69a297", "human_replies": "#d98e04", "hard_bounces": "#b23a48"}
RATE_COLOURS = {
    "open_raw": "#b9c7cf", "open_human": "#2f6f8f", "click_raw": "#d9c3a5", "click_human": "#d98e04",
    "reply": "#69a297",
}  # fmt: skip
"""Rates that are drawn: the raw ones pale, people's in full colour."""
LEAST_DRAWN = 10
"""Mails of a day from which on its rates are drawn: of fewer they say nothing."""
INK = "#22313a"


def funnel_png(metrics: pl.DataFrame, *, title: str) -> bytes:
    """Mails, deliveries, replies and bounces per day as grouped bars.

    Args:
        metrics: Columns ``day`` and the counts of `campaign_metrics`.
        title: Above the picture.

    Returns:
        The PNG.
    """
    counts = list(PALETTE)
    by_day = metrics.group_by("day").agg(pl.col(counts).sum()).sort("day")
    rows = by_day.unpivot(index="day", on=counts, variable_name="what", value_name="mails").to_dicts()
    spec = {
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {
            "x": {"field": "day", "type": "ordinal", "title": None, "axis": {"labelAngle": -45}},
            "xOffset": {"field": "what", "sort": [name.replace("_", " ") for name in counts]},
            "y": {"field": "mails", "type": "quantitative", "title": "mails"},
            "color": {
                "field": "what",
                "title": None,
                "scale": {
                    "domain": [name.replace("_", " ") for name in counts],
                    "range": list(PALETTE.values()),
                },
                "legend": {"orient": "top"},
            },
        },
    }
    return _png(
        title,
        [{**row, "day": str(row["day"]), "what": row["what"].replace("_", " ")} for row in rows],
        spec,
        width=640,
        height=240,
    )


def cost_png(metrics: pl.DataFrame, *, title: str) -> bytes:
    """Dollars per day as an area.

    Returns:
        The PNG.
    """
    by_day = metrics.group_by("day").agg(pl.col("cost_usd").sum()).sort("day")
    spec = {
        "mark": {"type": "area", "line": {"color": PALETTE["accepted"]}, "color": "#cfe1e8", "point": True},
        "encoding": {
            "x": {"field": "day", "type": "ordinal", "title": None, "axis": {"labelAngle": -45}},
            "y": {"field": "usd", "type": "quantitative", "title": "US dollars"},
        },
    }
    return _png(
        title,
        [{"day": str(row["day"]), "usd": row["cost_usd"]} for row in by_day.to_dicts()],
        spec,
        width=640,
        height=160,
    )


def volume_png(days: Sequence[tuple[str, int, int]], *, title: str) -> bytes:
    """Mails sent and people who answered, per day, for a chat.

    Args:
        days: Day, mails, human replies.
        title: Above the picture.

    Returns:
        The PNG.
    """
    values = [
        {"day": day[5:], "what": what, "mails": number}
        for day, sent, answered in days
        for what, number in (("sent", sent), ("answered", answered))
    ]
    colours = {"domain": ["sent", "answered"], "range": [PALETTE["accepted"], PALETTE["human_replies"]]}
    spec = {
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {
            "x": {"field": "day", "type": "ordinal", "title": None, "axis": {"labelAngle": -45}},
            "xOffset": {"field": "what", "sort": colours["domain"]},
            "y": {"field": "mails", "type": "quantitative", "title": None},
            "color": {"field": "what", "title": None, "scale": colours, "legend": {"orient": "top"}},
        },
    }
    return _png(title, values, spec, width=560, height=220)


def rates_png(metrics: pl.DataFrame, *, title: str) -> bytes:
    """Raw and human rates per day as lines, people's with their intervals as bands; days of few mails are left out.

    Args:
        metrics: Rows of `campaign_metrics`.
        title: Above the picture.

    Returns:
        The PNG.
    """
    told = rates(metrics, ["day"]).filter(pl.col("metric").is_in(list(RATE_COLOURS)) & (pl.col("whole") >= LEAST_DRAWN))
    rows = told.with_columns(pl.col("day").cast(pl.String), pl.col("metric").str.replace("_", " ")).to_dicts()
    names = [name.replace("_", " ") for name in RATE_COLOURS]
    x = {"field": "day", "type": "temporal", "title": None, "axis": {"format": "%d %b", "labelAngle": -45}}
    colour = {
        "field": "metric",
        "title": None,
        "scale": {"domain": names, "range": list(RATE_COLOURS.values())},
        "legend": {"orient": "top", "symbolOpacity": 1},
    }
    axis = {"format": ".0%"}
    band = {"field": "low", "type": "quantitative", "title": "of delivered or accepted mails", "axis": axis}
    spec = {
        "encoding": {"x": x, "color": colour},
        "layer": [
            {
                "transform": [{"filter": "indexof(datum.metric, 'human') > 0"}],
                "mark": {"type": "area", "opacity": 0.15},
                "encoding": {"y": band, "y2": {"field": "high"}},
            },
            {"mark": {"type": "line", "point": True}, "encoding": {"y": {**band, "field": "rate"}}},
        ],
    }
    return _png(title, rows, spec, width=640, height=260)


def forecast_png(days: Sequence[tuple[str, Mapping[str, int]]], *, title: str) -> bytes:
    """Mails per day of a forecast, stacked by step.

    Args:
        days: Day, and mails by step in the sequence's order.
        title: Above the picture.

    Returns:
        The PNG.
    """
    steps = list(days[0][1]) if days else []
    values = [{"day": day, "step": step, "mails": mails[step]} for day, mails in days for step in steps]
    colours = {"domain": steps, "range": list(PALETTE.values())[: len(steps)]}
    spec = {
        "mark": {"type": "bar"},
        "encoding": {
            "x": {"field": "day", "type": "temporal", "title": None, "axis": {"format": "%d %b", "grid": False}},
            "y": {"field": "mails", "type": "quantitative", "stack": True, "title": "mails a day"},
            "color": {"field": "step", "title": None, "scale": colours, "legend": {"orient": "top"}},
        },
    }
    return _png(title, values, spec, width=760, height=260)


def _png(
    title: str, rows: Sequence[Mapping[str, object]], spec: Mapping[str, object], *, width: int, height: int
) -> bytes:
    """Draw rows as a Vega-Lite specification says, in the manner that all our charts have."""
    import vl_convert  # noqa: PLC0415 - a renderer of 60 MB that only the digest's run needs

    chart = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {"text": title, "anchor": "start", "color": INK, "fontSize": 16},
        "width": width,
        "height": height,
        "background": "white",
        "data": {"values": rows},
        "config": {"axis": {"gridColor": "#e6eaec", "labelColor": INK, "titleColor": INK}},
        **spec,
    }
    picture: bytes = vl_convert.vegalite_to_png(chart, scale=1.5)
    return picture
