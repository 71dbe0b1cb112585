"""User agents of programs that fetch links and pictures for somebody else.

What must hold: a pattern names a program that says so itself; a browser's name is never on the list, and an agent that
is missing means nothing (the statistics of the provider do not tell it).
"""

from typing import Final

PROXIES: Final = ("GoogleImageProxy", "YahooMailProxy", "YahooCacheSystem", "Outlook-iOS-Android-Proxy")
"""Fetch pictures for a mail client, some when the mail arrives and some when it is read."""

SCANNERS: Final = (
    "Barracuda", "BitdefenderLinkScanner", "Check Point", "CloudmarkLinkScan", "FireEye", "Forcepoint", "IronPort",
    "MessageLabs", "Mimecast", "Proofpoint", "SafeLinks", "Sophos", "Symantec", "TrendMicro", "Trustwave", "urldefense",
    "Zscaler",
)  # fmt: skip
"""Mail gateways and link scanners that sign with their name."""

PROGRAMS: Final = (
    "aiohttp", "Apache-HttpClient", "axios", "BingPreview", "bot", "crawler", "curl", "Go-http-client",
    "HeadlessChrome", "Java/", "libwww-perl", "okhttp", "PhantomJS", "Playwright", "python-requests", "python-urllib",
    "Scrapy", "Slackbot", "spider", "Wget",
)  # fmt: skip
"""Libraries and robots: nobody reads mail with them."""

MACHINE_PATTERN: Final = "(?i)" + "|".join(name.replace(" ", "[ -]?") for name in (*SCANNERS, *PROGRAMS))
PROXY_PATTERN: Final = "(?i)" + "|".join(PROXIES)
BARE_PATTERN: Final = r"^Mozilla/5\.0$"
"""What Apple's privacy proxy calls itself: nothing but the first word of every browser."""
