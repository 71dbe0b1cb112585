"""A list of leads as the gate sees it: who the mailbox and the site belong to, row by row (tier 1's facts).

One thing must hold: a row reads the same alone and among ten million. Ordinary cells take a vectorised path whose
results equal `rules.addresses` and `rules.hosts`; every other cell takes those functions themselves.
"""

import polars as pl

from rules.addresses import Address, Mailbox, is_role, mailbox_kind, parse_address
from rules.domain_frames import owner_domains
from rules.domains import owner_domain
from rules.hosts import SPACE, host_of
from rules.reference import reference_set

LEAD_COLUMNS = ("lead_id", "full_name", "email", "company_name", "company_url", "country", "source")
"""What is read of a lead; absent columns count as empty. `source` names the import a row came from."""

# Ordinary cells: lower-case ASCII, nothing doubled, at an edge or long. The rest goes to the strict readers.
_MAIL = r"^[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@[a-z0-9.-]+\.[a-z]+$"
_SITE_HOST = r"^[a-z0-9.-]+\.[a-z]+$"
_ODD = r"\.\.|^[.-]|@[.-]|\.@|-\.|\.-|--"
_LONGEST = 63


def _without_www(host: pl.Expr) -> pl.Expr:
    """The same owner answers for `www.`; one look-up less."""
    return host.str.strip_prefix("www.")


def _plain_mails(cells: pl.Series) -> pl.DataFrame:
    """For every e-mail cell, in order: `email`, and `address` and `mail_host` where it is an ordinary one."""
    lower = pl.col("email").str.strip_chars(SPACE).str.to_lowercase()
    frame = cells.to_frame("email").select("email", lower.alias("address"))
    address, host = pl.col("address"), pl.col("mail_host")
    frame = frame.with_columns(address.str.splitn("@", 2).struct.field("field_1").alias("mail_host"))
    plain = (
        address.str.contains(_MAIL)
        & ~address.str.contains(_ODD)
        & (host.str.len_bytes() <= _LONGEST)
        & (address.str.len_bytes() - host.str.len_bytes() <= _LONGEST)
    )
    return frame.with_columns(pl.when(plain).then(pl.col("address", "mail_host")))


def _plain_sites(cells: pl.Series) -> pl.DataFrame:
    """Distinct site cells, with `host` where it is an ordinary one."""
    table = pl.DataFrame({"company_url": cells.unique()}, schema={"company_url": pl.String})
    lower = pl.col("company_url").str.strip_chars(SPACE).str.to_lowercase()
    bare = lower.str.strip_prefix("https://").str.strip_prefix("http://")
    table = table.with_columns(bare.str.splitn("/", 2).struct.field("field_0").alias("host"))
    host = pl.col("host")
    plain = host.str.contains(_SITE_HOST) & ~host.str.contains(_ODD) & (host.str.len_bytes() <= _LONGEST)
    return table.with_columns(pl.when(plain).then(_without_www(host)).alias("host"))


def _mail_facts(mails: pl.DataFrame, owners: pl.DataFrame) -> pl.DataFrame:
    """Every e-mail cell, in order: `address, mail_host, mail_domain`, or else `mail_problem`."""
    frame = (
        mails.with_columns(_without_www(pl.col("mail_host")).alias("host"))
        .join(owners.rename({"owner": "mail_domain"}), on="host", how="left", maintain_order="left")
        .select("email", "address", "mail_host", "mail_domain", pl.lit(None, pl.String).alias("mail_problem"))
    )
    odd = frame["mail_domain"].is_null()
    if not odd.any():
        return frame
    strict = _odd_mail_cells(frame.filter(odd)["email"].unique())
    read = (
        frame.select("email").filter(odd).join(strict, on="email", how="left", nulls_equal=True, maintain_order="left")
    )
    places = pl.Series(pl.int_range(frame.height, eager=True)).filter(odd)
    return frame.with_columns(frame[name].scatter(places, read[name]) for name in frame.columns[1:])


def _odd_mail_cells(cells: pl.Series) -> pl.DataFrame:
    rows: list[tuple[str | None, ...]] = []
    for cell in cells:
        found = parse_address(cell)
        if isinstance(found, Address):
            rows.append((cell, found.text, found.domain, found.owner, None))
        else:
            rows.append((cell, None, None, None, found.sentence))
    names = ("email", "address", "mail_host", "mail_domain", "mail_problem")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _site_facts(sites: pl.DataFrame, owners: pl.DataFrame) -> pl.DataFrame:
    """Distinct site cells with `company_domain`, null where there is none."""
    table = sites.join(owners.rename({"owner": "company_domain"}), on="host", how="left").drop("host")
    odd = table.filter(pl.col("company_domain").is_null())["company_url"]
    strict = [(cell, owner_domain(host) if cell and (host := host_of(cell)) else None) for cell in odd]
    by_hand = pl.DataFrame(strict, schema=table.schema, orient="row")
    return pl.concat([table.filter(pl.col("company_domain").is_not_null()), by_hand])


def _mailboxes(hosts: pl.DataFrame) -> pl.DataFrame:
    """Distinct mail hosts with the kind of mailbox they hand out."""
    distinct = hosts.select("mail_host", "mail_domain").drop_nulls().unique("mail_host")
    listed = pl.Series(sorted(reference_set("free_mail_domains.txt") | reference_set("disposable_mail_domains.txt")))
    provided = distinct.filter(pl.any_horizontal(pl.all().is_in(listed.implode())))
    kinds = [mailbox_kind(host, owner).value for host, owner in provided.iter_rows()]
    return provided.select("mail_host", pl.Series("mailbox", kinds, dtype=pl.String))


def read_leads(leads: pl.DataFrame) -> pl.DataFrame:
    """The facts of every lead that the tiers decide on, in the order of the rows.

    Args:
        leads: Any columns; `LEAD_COLUMNS` are read where present, as text.

    Returns:
        `lead_id, full_name, company_name, country, source` as given, and `address, mail_domain, mailbox, mail_problem,
        company_url, company_domain`; `mail_problem` is a sentence exactly where `address` is null.
    """
    frame = pl.DataFrame(
        {
            name: leads[name].cast(pl.String)
            if name in leads.columns
            else pl.repeat(None, leads.height, dtype=pl.String, eager=True)
            for name in LEAD_COLUMNS
        }
    )
    plain_mails, plain_sites = _plain_mails(frame["email"]), _plain_sites(frame["company_url"])
    hosts = plain_mails.select(_without_www(pl.col("mail_host"))).to_series()
    owners = owner_domains(pl.concat([hosts.unique(), plain_sites["host"]]))
    mails, sites = _mail_facts(plain_mails, owners), _site_facts(plain_sites, owners)
    return (
        frame.hstack(mails.drop("email"))
        .join(sites, on="company_url", how="left", nulls_equal=True, maintain_order="left")
        .join(_mailboxes(mails), on="mail_host", how="left", maintain_order="left")
        .with_columns(
            pl.when(pl.col("address").is_not_null()).then(pl.col("mailbox").fill_null(Mailbox.COMPANY.value)),
            pl.col("company_name").fill_null("").str.strip_chars(SPACE),
        )
        .drop("email", "mail_host")
    )


def address_kind(address: str, mailbox: str) -> str:
    """How an address is called in a table: `free`, `disposable`, `role` or `person`."""
    if mailbox != Mailbox.COMPANY:
        return mailbox
    return "role" if is_role(address.partition("@")[0]) else "person"
