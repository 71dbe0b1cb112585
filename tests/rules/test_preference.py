"""Where several inputs say the same, which one is believed, and how the record says so (rule B39)."""

import pytest

from rules.leads import company_key_of
from rules.place.locating import locate


@pytest.mark.rule("B39")
@pytest.mark.parametrize(
    ("website", "company", "mail_domain", "key"),
    [
        ("https://www.harbour.example/about", "Quay Ltd", "post.example", "harbour.example"),
        ("", "  Quay   LTD ", "post.example", company_key_of("", "quay ltd", "")),
        ("no site", "Quay Ltd", "post.example", company_key_of("", "quay ltd", "")),
        ("", "", "post.example", "post.example"),
    ],
    ids=["the site", "else the name", "a site that is none", "else the mail domain"],
)
def test_a_company_is_known_by_its_site_then_its_name_then_its_mail(
    website: str, company: str, mail_domain: str, key: str
) -> None:
    assert company_key_of(website, company, mail_domain) == key


@pytest.mark.rule("B39")
def test_a_place_says_what_its_zones_were_read_from() -> None:
    stated = locate("Germany", "", "", phone="+1 212 555 0106", mail_domain=None, site_domain=None)
    hinted = locate("", "", "", phone="+49 40 123456", mail_domain=None, site_domain=None)
    assert stated.candidates == hinted.candidates
    assert stated.candidates[0] == "Europe/Berlin"
    assert stated.confidence != hinted.confidence
    assert stated.how != hinted.how
    assert "dialling prefix" in hinted.how
