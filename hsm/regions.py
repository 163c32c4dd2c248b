"""Which specs a key may have in a region, by its protection level (seed chapters 2.1.1 and 5.1).

Software keys exist everywhere, HSM keys where the cloud runs managed HSMs. Keys of the Chinese
algorithms are HSM keys, and only the HSMs of the mainland, those with a Guomi certificate, hold
them. The rule follows the cloud's regions; it says nothing about the devices of this server.
"""

from collections.abc import Mapping

from hsm.domain.specs import EC_SM2, SM4, SPECS, Protection
from kms_console.core.regions import REGIONS, CloudHsm

_NONE: frozenset[str] = frozenset()
_ALL = frozenset(SPECS)
_CHINESE = frozenset({SM4, EC_SM2})

_OF_SOFTWARE = _ALL - _CHINESE
_OF_HSM: Mapping[CloudHsm, frozenset[str]] = {
    CloudHsm.NONE: _NONE,
    CloudHsm.GUOMI: _ALL,
    CloudHsm.FIPS: _ALL - _CHINESE,
}


def specs(region: str, protection: str) -> frozenset[str]:
    """The specs a key of the `protection` level may have; none in an unknown region or level."""
    known = REGIONS.get(region)
    if known is None:
        return _NONE
    if protection == Protection.HSM:
        return _OF_HSM[known.cloud_hsm]
    return _OF_SOFTWARE if protection == Protection.SOFTWARE else _NONE


def refusal(spec: str, protection: str, region: str) -> str | None:
    """Tell the caller why there can be no such key; None when there can.

    The sentence names specs and regions that exist, and repeats nothing else of the input.
    """
    if spec in specs(region, protection):
        return None
    return _unknown(spec, protection, region) or _reason(spec, protection, region)


def _unknown(spec: str, protection: str, region: str) -> str | None:
    """The first of the three that does not exist, if there is one."""
    if spec not in SPECS:
        return "There is no such key spec."
    if protection not in frozenset(Protection):
        return "There is no such protection level."
    return None if region in REGIONS else "There is no such region."


def _reason(spec: str, protection: str, region: str) -> str:
    """Why three that exist do not go together."""
    if protection == Protection.SOFTWARE:
        return f"Keys of {spec} have the protection level HSM."
    if REGIONS[region].cloud_hsm is CloudHsm.NONE:
        return f"There is no managed HSM in {region}."
    return f"{spec} is not served in {region}."
