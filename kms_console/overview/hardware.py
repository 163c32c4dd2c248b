"""The page 托管密码机 (seed chapter 5.1): what really holds keys of the level HSM here.

The table repeats what the cloud's guide says of its own regions. This server has no certified
device and claims none.
"""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from hsm import vault
from hsm.domain.specs import EC_SM2, SM4, Protection
from hsm.regions import specs
from keys.selectors.upcoming import hsm_key_count
from kms_console.console.reading import page
from kms_console.core import arn
from kms_console.core.actor import Actor
from kms_console.core.regions import REGIONS, CloudHsm, Region, RegionKind

_GROUPS = (
    (_("Public cloud"), frozenset({RegionKind.PUBLIC})),
    (_("Industry cloud"), frozenset({RegionKind.GOVERNMENT, RegionKind.FINANCE})),
)
"""As the guide divides its table (seed chapter 5.1)."""

_CLOUD_WORDS = {
    CloudHsm.GUOMI: _("State Cryptography Administration certification (GM)"),
    CloudHsm.FIPS: _("FIPS 140-2 level 3"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A region of the table; `keys` are the account's HSM keys there."""

    region: Region
    is_current: bool
    has_chinese: bool
    keys: int
    is_more: bool
    cloud: object


@page("ListKeys")
def hardware_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Which module serves the level, and in which regions. Raises NoPermission."""
    actor.require("kms:ListKeys", arn.key_container(actor.region, actor.account_id))
    groups = [
        (name, [_line(actor, one) for one in REGIONS.values() if one.cloud_hsm and one.kind in of])
        for name, of in _GROUPS
    ]
    lines = [line for _name, of in groups for line in of]
    context = {
        "nav": "hsm",
        "groups": groups,
        "count": len(lines),
        "keys": sum(line.keys for line in lines),
        "module": vault.description(Protection.HSM),
        "serves_chinese": not {SM4, EC_SM2} & set(vault.unserved()),
        "is_served": vault.refusal(
            spec="Aliyun_AES_256", protection=Protection.HSM, region="cn-hangzhou"
        )
        is None,
    }
    return render(request, "overview/hardware.html", context)


def _line(actor: Actor, region: Region) -> Line:
    """A count is told where the reader may list the keys."""
    count, is_more = 0, False
    if actor.may("kms:ListKeys", arn.key_container(region.id, actor.account_id)):
        count, is_more = hsm_key_count(account_id=actor.account_id, region=region.id)
    has_chinese = bool({SM4, EC_SM2} & specs(region.id, Protection.HSM))
    is_current = region.id == actor.region
    return Line(region, is_current, has_chinese, count, is_more, _CLOUD_WORDS[region.cloud_hsm])
