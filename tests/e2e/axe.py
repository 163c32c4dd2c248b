"""axe-core on a page: WCAG 2.2 AA and its best practices."""

from playwright.sync_api import Page

from tests.serving import ROOT

_SOURCE = (ROOT / "tests/vendor/axe/axe.min.js").read_text()
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = """
rules => axe.run(document.querySelector(":popover-open") ?? document, { runOnly: rules })
"""
# An open menu covers what lies behind it, which axe takes for targets that are too small.


def violations(page: Page) -> list[str]:
    """What axe finds, one line for each element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SOURCE)  # over the debugger: the policy against scripts stays as it is
    found = page.evaluate(_RUN, _RULES)
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    width: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width
