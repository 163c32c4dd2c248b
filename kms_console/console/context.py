"""What every page shows around its content."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.http import HttpRequest

from kms_console.console.places import last_region, region_name
from kms_console.core.regions import REGIONS, RegionKind

THEME_COOKIE = "kms_theme"
THEMES = ("light", "dark")


def surroundings(request: HttpRequest) -> Mapping[str, Any]:
    """The region and the others, the theme, and the address that programs use."""
    region = getattr(request, "region", None) or last_region(request)
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "region": region,
        "region_name": region_name(region),
        "theme": theme if theme in THEMES else "light",
        "endpoint": partial(_endpoint, request),
        "region_groups": _groups,
    }


def _endpoint(request: HttpRequest) -> str:
    """Asked only by templates that show it: the host's name may be one that is refused."""
    return f"{request.scheme}://{request.get_host()}"


def _groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """Asked only where a menu lists them."""
    return [
        (kind.value, [(one.id, region_name(one)) for one in REGIONS.values() if one.kind is kind])
        for kind in RegionKind
    ]
