"""What templates of all apps say in the same way: icons, moments, spans of time."""

from datetime import datetime, timedelta

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kms_console.console.reasons import Card, card
from kms_console.console.refusals import reason
from kms_console.core.errors import KmsError

register = template.Library()
register.filter("reason", reason)

# In this order: each also claims to be those after it.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)

_DAY = timedelta(days=1)
_WEEKS = 14
"""Days from which on nobody asks for the hours."""
_HOUR = timedelta(hours=1)


@register.simple_tag
def icon(name: str) -> SafeString:
    """A symbol of the sprite, for eyes alone: what it means stands beside it."""
    sprite = static("console/icons.svg")
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', sprite, name
    )


@register.filter
def explained(refusal: KmsError) -> Card:
    """Why the request was refused, and what would make it pass."""
    return card(refusal)


@register.filter
def moment(value: datetime | None) -> str:
    """`2026-11-24 09:30:12`, in UTC, as the API and the trail have it; empty for none."""
    return value.strftime("%Y-%m-%d %H:%M:%S") if value else ""


@register.filter
def day(value: datetime | None) -> str:
    """`2026-11-24`, in UTC; empty for none."""
    return value.strftime("%Y-%m-%d") if value else ""


@register.filter
def device(agent: str) -> str:
    """`Firefox · Linux` of what a browser says of itself; its own words where it is not known."""
    browser = next((name for sign, name in _BROWSERS if sign in agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return " · ".join(filter(None, (browser, system))) or agent[:60] or _("Unknown browser")


@register.filter
def span(value: timedelta) -> str:
    """How long something takes: `6 days 13 hours`; from two weeks on in days alone."""
    value = max(value, timedelta())
    days, rest = divmod(value, _DAY)
    hours, rest = divmod(rest, _HOUR)
    minutes = int(rest.total_seconds() // 60)
    if days:
        after = _hours(hours) if hours and days < _WEEKS else ""
        return _join(ngettext("%d day", "%d days", days) % days, after)
    if hours:
        return _join(_hours(hours), _minutes(minutes) if minutes else "")
    return _minutes(max(minutes, 1))


@register.filter
def grouped(count: int) -> str:
    """`4,294,967,296`: large counts are read by their groups."""
    return f"{count:,}"


@register.filter
def clock(seconds: int) -> str:
    """What is left of a day, `23:59:41`; a script counts it down in elements with `data-left`."""
    minutes, rest = divmod(max(seconds, 0), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest:02}"


def _join(first: str, second: str) -> str:
    return _("%(first)s %(second)s") % {"first": first, "second": second} if second else first


def _hours(count: int) -> str:
    return ngettext("%d hour", "%d hours", count) % count


def _minutes(count: int) -> str:
    return ngettext("%d minute", "%d minutes", count) % count
