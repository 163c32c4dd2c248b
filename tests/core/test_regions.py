"""The regions, as the guide's tables have them."""

from kms_console.core.regions import REGIONS, CloudHsm, RegionKind

# Columns: name, city, certification of the cloud's HSMs, id. The order is the guide's.
PUBLIC = [
    ("华北2", "北京", "国密局商用密码检测认证", "cn-beijing"),
    ("华北3", "张家口", "国密局商用密码检测认证", "cn-zhangjiakou"),
    ("华东1", "杭州", "国密局商用密码检测认证", "cn-hangzhou"),
    ("华东2", "上海", "国密局商用密码检测认证", "cn-shanghai"),
    ("华南1", "深圳", "国密局商用密码检测认证", "cn-shenzhen"),
    ("中国香港", "香港", "FIPS 140-2 第三级", "cn-hongkong"),
    ("亚太东南1", "新加坡", "FIPS 140-2 第三级", "ap-southeast-1"),
    ("亚太东南2", "悉尼", "FIPS 140-2 第三级", "ap-southeast-2"),
    ("亚太东南3", "吉隆坡", "FIPS 140-2 第三级", "ap-southeast-3"),
    ("亚太东南5", "雅加达", "FIPS 140-2 第三级", "ap-southeast-5"),
    ("美国东部1", "弗吉尼亚", "FIPS 140-2 第三级", "us-east-1"),
]
GOVERNMENT = [("华北2阿里政务云", "北京", "国密局商用密码检测认证", "cn-north-2-gov-1")]
FINANCE = [
    ("华东1（杭州金融云）", "杭州", "国密局商用密码检测认证", "cn-hangzhou-finance"),
    ("华东2（上海金融云）", "上海", "国密局商用密码检测认证", "cn-shanghai-finance-1"),
    ("华南1（深圳金融云）", "深圳", "国密局商用密码检测认证", "cn-shenzhen-finance-1"),
]


def _with_hsm(kind: RegionKind) -> list[tuple[str, str, str, str]]:
    return [
        (region.name_zh, region.city_zh, region.cloud_hsm.value, region.id)
        for region in REGIONS.values()
        if region.kind is kind and region.cloud_hsm is not CloudHsm.NONE
    ]


def test_regions_with_hsms_equal_the_guides_tables_in_every_column() -> None:
    assert _with_hsm(RegionKind.PUBLIC) == PUBLIC
    assert _with_hsm(RegionKind.GOVERNMENT) == GOVERNMENT
    assert _with_hsm(RegionKind.FINANCE) == FINANCE


def test_the_cloud_runs_hsms_in_fifteen_regions() -> None:
    assert sum(region.cloud_hsm is not CloudHsm.NONE for region in REGIONS.values()) == 15


def test_every_region_without_hsms_is_public() -> None:
    without = [r for r in REGIONS.values() if r.cloud_hsm is CloudHsm.NONE]
    assert len(without) == 12
    assert all(region.kind is RegionKind.PUBLIC for region in without)


def test_regions_are_found_by_their_ids() -> None:
    assert all(region.id == name for name, region in REGIONS.items())


def test_no_two_regions_share_a_name() -> None:
    assert len({region.name_zh for region in REGIONS.values()}) == len(REGIONS)
    assert len({region.name_en for region in REGIONS.values()}) == len(REGIONS)


def test_every_region_names_itself_and_its_city_in_both_languages() -> None:
    for region in REGIONS.values():
        assert not region.name_zh.isascii()
        assert not region.city_zh.isascii()
        assert region.name_en.isascii()
        assert region.city_en.isascii()
        assert "" not in {region.name_en, region.city_en}


def test_one_city_has_one_name_in_each_language() -> None:
    pairs = {(region.city_zh, region.city_en) for region in REGIONS.values()}
    assert len(pairs) == len({zh for zh, _ in pairs}) == len({en for _, en in pairs})
