"""Regions in the addresses of pages, and the one a browser was in last."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from kms_console.core.regions import REGIONS, Region

COOKIE = "kms_region"


class RegionConverter:
    """The part of an address that names a region; one that does not exist is no address."""

    regex = "[a-z0-9-]{1,32}"

    def to_python(self, value: str) -> Region:
        try:
            return REGIONS[value]
        except KeyError:
            raise ValueError("There is no such region.") from None

    def to_url(self, value: Region | str) -> str:
        return value.id if isinstance(value, Region) else value


def last_region(request: HttpRequest) -> Region:
    """The region of the last page that had one, else the server's own."""
    named = REGIONS.get(request.COOKIES.get(COOKIE, ""))
    return named or REGIONS[settings.KMS.default_region]


def region_name(region: Region) -> str:
    """`华东1（杭州）` or `China (Hangzhou)`, in the reader's language."""
    if get_language() != "zh-hans":
        return region.name_en
    is_whole = "（" in region.name_zh or region.name_zh == region.city_zh
    return region.name_zh if is_whole else f"{region.name_zh}（{region.city_zh}）"
