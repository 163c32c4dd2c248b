"""`manage.py regions`."""

import json
from typing import Any

import pytest

from kms_console.core.regions import REGIONS
from kms_console.management.commands.regions import Command
from tests.iam.test_command_line import run

pytestmark = pytest.mark.django_db

SOFTWARE = ["Aliyun_AES_256", "RSA_2048", "RSA_3072", "EC_P256", "EC_P256K"]
ALL = ["Aliyun_AES_256", "Aliyun_SM4", "RSA_2048", "RSA_3072", "EC_P256", "EC_P256K", "EC_SM2"]
EMBEDDED = "embedded module, no hardware"


@pytest.fixture
def rows() -> dict[str, Any]:
    return {row["region"]: row for row in json.loads(run("regions", "--format", "json"))}


def test_each_region_has_a_row(rows: dict[str, Any]) -> None:
    assert list(rows) == list(REGIONS)


def test_a_mainland_region_with_hsms_serves_every_spec_in_them(rows: dict[str, Any]) -> None:
    assert rows["cn-hangzhou-finance"] == {
        "region": "cn-hangzhou-finance",
        "name": "华东1（杭州金融云）",
        "city": "杭州",
        "city_en": "Hangzhou",
        "kind": "finance",
        "cloud_hsm": "国密局商用密码检测认证",
        "specs_software": SOFTWARE,
        "specs_hsm": ALL,
        "hsm_served_by": EMBEDDED,
    }


def test_hsms_outside_of_the_mainland_serve_no_chinese_algorithm(rows: dict[str, Any]) -> None:
    for region in ("cn-hongkong", "ap-southeast-1", "us-east-1"):
        assert rows[region]["cloud_hsm"] == "FIPS 140-2 第三级"
        assert rows[region]["specs_hsm"] == rows[region]["specs_software"] == SOFTWARE
        assert rows[region]["hsm_served_by"] == EMBEDDED


def test_a_region_without_hsms_has_software_keys_only(rows: dict[str, Any]) -> None:
    assert rows["cn-qingdao"] == {
        "region": "cn-qingdao",
        "name": "华北1",
        "city": "青岛",
        "city_en": "Qingdao",
        "kind": "public",
        "cloud_hsm": None,
        "specs_software": SOFTWARE,
        "specs_hsm": [],
        "hsm_served_by": None,
    }


def test_text_has_one_line_per_value_and_a_dash_for_none() -> None:
    first, *others = run("regions").strip().split("\n\n")
    assert len(others) == len(REGIONS) - 1
    assert first.splitlines() == [
        "region: cn-qingdao",
        "name: 华北1",
        "city: 青岛",
        "city_en: Qingdao",
        "kind: public",
        "cloud_hsm: -",
        f"specs_software: {', '.join(SOFTWARE)}",
        "specs_hsm: -",
        "hsm_served_by: -",
    ]


def test_the_help_says_whose_statement_cloud_hsm_is() -> None:
    assert "what the cloud states about its own devices" in Command.help
    assert "this server claims no certification" in Command.help
