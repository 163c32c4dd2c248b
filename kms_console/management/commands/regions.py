"""`manage.py regions`: the regions, and which keys may be made in each."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from hsm import vault
from hsm.domain.specs import SPECS, Protection
from hsm.regions import specs
from kms_console.core.regions import REGIONS, CloudHsm, Region
from kms_console.management.command_line import Printing, Row, add_format


class Command(Printing):
    """One row per region, in the order of DescribeRegions."""

    help = (
        "List the regions and the specs that keys may have there; cloud_hsm repeats what the cloud "
        "states about its own devices, and this server claims no certification."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_format(parser)

    def result(self, options: Mapping[str, Any]) -> list[Row]:
        return [_row(region) for region in REGIONS.values()]


def _row(region: Region) -> Row:
    return {
        "region": region.id,
        "name": region.name_zh,
        "city": region.city_zh,
        "city_en": region.city_en,
        "kind": region.kind,
        "cloud_hsm": region.cloud_hsm or None,
        "specs_software": _specs(region, Protection.SOFTWARE),
        "specs_hsm": _specs(region, Protection.HSM),
        "hsm_served_by": _served_by(region),
    }


def _specs(region: Region, protection: Protection) -> list[str]:
    """In the order of the specs' table."""
    allowed = specs(region.id, protection)
    return [spec for spec in SPECS if spec in allowed]


def _served_by(region: Region) -> str | None:
    """What holds the HSM keys of this server, where it has any."""
    if region.cloud_hsm is CloudHsm.NONE:
        return None
    return vault.description(protection=Protection.HSM)
