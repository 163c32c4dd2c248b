"""Which specs a key may have where, with the guide's rule written out once more."""

from itertools import product

import pytest

from hsm import regions
from hsm.domain.specs import SPECS
from kms_console.core.regions import REGIONS

MAINLAND = {
    "cn-beijing",
    "cn-zhangjiakou",
    "cn-hangzhou",
    "cn-shanghai",
    "cn-shenzhen",
    "cn-north-2-gov-1",
    "cn-hangzhou-finance",
    "cn-shanghai-finance-1",
    "cn-shenzhen-finance-1",
}
OUTSIDE = {
    "cn-hongkong",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-5",
    "us-east-1",
}
CHINESE = {"Aliyun_SM4", "EC_SM2"}
INTERNATIONAL = {"Aliyun_AES_256", "RSA_2048", "RSA_3072", "EC_P256", "EC_P256K"}
EVERY_CASE = list(product(REGIONS, ("SOFTWARE", "HSM"), sorted(CHINESE | INTERNATIONAL)))


def _is_allowed(region: str, protection: str, spec: str) -> bool:
    if spec in CHINESE:
        return protection == "HSM" and region in MAINLAND
    return protection == "SOFTWARE" or region in MAINLAND | OUTSIDE


def test_the_walk_below_meets_every_spec() -> None:
    assert set(SPECS) == CHINESE | INTERNATIONAL


@pytest.mark.parametrize(("region", "protection", "spec"), EVERY_CASE)
def test_a_spec_is_served_where_the_guide_says(region: str, protection: str, spec: str) -> None:
    allowed = _is_allowed(region, protection, spec)
    assert (spec in regions.specs(region, protection)) is allowed
    assert (regions.refusal(spec, protection, region) is None) is allowed


@pytest.mark.parametrize("region", REGIONS)
def test_a_refusal_is_one_sentence_that_names_what_does_not_fit(region: str) -> None:
    for protection, spec in product(("SOFTWARE", "HSM"), SPECS):
        sentence = regions.refusal(spec, protection, region)
        if sentence is not None:
            assert sentence.endswith(".")
            assert spec in sentence or region in sentence


@pytest.mark.parametrize(
    ("region", "protection"),
    [
        ("cn-atlantis", "SOFTWARE"),
        ("cn-atlantis", "HSM"),
        ("", "HSM"),
        ("CN-HANGZHOU", "HSM"),
        ("cn-hangzhou", "hsm"),
        ("cn-hangzhou", ""),
    ],
)
def test_an_unknown_region_or_level_has_no_specs(region: str, protection: str) -> None:
    assert regions.specs(region, protection) == frozenset()


@pytest.mark.parametrize(
    ("spec", "protection", "region", "sentence"),
    [
        (
            "Aliyun_SM4",
            "SOFTWARE",
            "cn-hangzhou",
            "Keys of Aliyun_SM4 have the protection level HSM.",
        ),
        ("EC_SM2", "SOFTWARE", "cn-qingdao", "Keys of EC_SM2 have the protection level HSM."),
        ("Aliyun_AES_256", "HSM", "cn-qingdao", "There is no managed HSM in cn-qingdao."),
        ("EC_SM2", "HSM", "eu-west-1", "There is no managed HSM in eu-west-1."),
        ("Aliyun_SM4", "HSM", "ap-southeast-1", "Aliyun_SM4 is not served in ap-southeast-1."),
        ("EC_SM2", "HSM", "cn-hongkong", "EC_SM2 is not served in cn-hongkong."),
    ],
)
def test_the_caller_is_told_what_does_not_go_together(
    spec: str, protection: str, region: str, sentence: str
) -> None:
    assert regions.refusal(spec, protection, region) == sentence


@pytest.mark.parametrize(
    ("spec", "protection", "region", "sentence"),
    [
        ("<script>", "HSM", "cn-hangzhou", "There is no such key spec."),
        ("RSA_2048", "<script>", "cn-hangzhou", "There is no such protection level."),
        ("RSA_2048", "HSM", "<script>", "There is no such region."),
        ("<script>", "<script>", "<script>", "There is no such key spec."),
    ],
)
def test_what_does_not_exist_is_refused_and_not_repeated(
    spec: str, protection: str, region: str, sentence: str
) -> None:
    assert regions.refusal(spec, protection, region) == sentence
