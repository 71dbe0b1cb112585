"""Small lead lists for the attribution tests, written the way exports look."""

import polars as pl

COLUMNS = ("lead_id", "full_name", "email", "company_name", "company_url", "country", "source")


def leads(*rows: tuple[str | None, ...]) -> pl.DataFrame:
    """Rows of e-mail, company name, site and optionally country and source; ids are L1, L2 and so on."""
    filled = [
        (f"L{number}", f"Person {number}", *row, *([None] * (5 - len(row)))) for number, row in enumerate(rows, 1)
    ]
    return pl.DataFrame(filled, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


ACME = ("Acme Widgets GmbH", "https://www.acmewidgets.de", "Germany")
"""A company with a telling name."""
