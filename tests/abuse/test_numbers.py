"""Case 26, depth: numbers, JSON and texts that break parsers are refused by name."""

from dataclasses import replace

import pytest

from tests.abuse.house import House
from tests.signing import AccessKey, Place, sign_rpc

pytestmark = pytest.mark.usefixtures("unchanged")

NO_NUMBERS = [
    "9" * 5000, "-" + "9" * 5000, "NaN", "Infinity", "1e3", "1.0", "0x10", "1_0", "+1", " 1",
    "1 ", "１０", "٣", "--1", "-", "1\n", "true",
]  # fmt: skip
BOUNDS = {
    "PageSize": ["0", "-1", "101", "1000000000", "-0", "9" * 18],
    "PageNumber": ["0", "-1", "1000000001", "9" * 18],
    "NumberOfBytes": ["0", "-1", "1025", "1000000000", "9" * 18],
}
_CELLS = [
    pytest.param(name, text, id=f"{name}-{text[:12]!a}")
    for name, outside in BOUNDS.items()
    for text in (*NO_NUMBERS, *outside)
]


@pytest.mark.parametrize(("name", "text"), _CELLS)
def test_a_number_outside_of_its_bounds_is_refused_by_name(
    house: House, name: str, text: str
) -> None:
    parameters = {name: text}
    actions = ["ListKeys"]
    if name == "NumberOfBytes":
        actions = ["GenerateDataKey", "GenerateDataKeyWithoutPlaintext"]
        parameters["KeyId"] = house.key_id
    for action in actions:
        answer = house.refuse_call(action, parameters, "InvalidParameter", 400)
        assert f'"{name}"' in answer.json["Message"]


def test_the_last_page_of_all_is_empty(house: House) -> None:
    page = house.call("ListKeys", {"PageNumber": "1000000000", "PageSize": "100"})
    assert page["Keys"]["Key"] == []


_TAG = '{"TagKey":"%s","TagValue":"%s"}'
TAGS = {
    "deep array": "[" * 100_000,
    "deep closed array": "[" * 50_000 + "]" * 50_000,
    "deep object": '{"TagKey":' * 10_000,
    "deep value": '[{"TagKey":"a","TagValue":' + "[" * 50_000,
    "long number": "[" + "9" * 5000 + "]",
    "long number as a value": '[{"TagKey":"a","TagValue":' + "9" * 5000 + "}]",
    "NaN": "NaN",
    "NaN as a value": '[{"TagKey":"a","TagValue":NaN}]',
    "infinity": "[1e999]",
    "null": "null",
    "object": "{}",
    "twice the same member": '[{"TagKey":"a","TagKey":"b","TagValue":"1"}]',
    "twice the same tag": f"[{_TAG % ('a', '1')},{_TAG % ('a', '2')}]",
    "21 tags": f"[{','.join(_TAG % (f'k{n}', '') for n in range(21))}]",
    "100,000 tags": f"[{','.join('1' for _ in range(100_000))}]",
    "reserved": f"[{_TAG % ('acs:x', '1')}]",
    "lone surrogate": '[{"TagKey":"\\ud800","TagValue":"1"}]',
    "line feed": '[{"TagKey":"a\\n","TagValue":"1"}]',
    "nul": '[{"TagKey":"a\\u0000","TagValue":"1"}]',
    "script": '[{"TagKey":"<script>","TagValue":"1"}]',
}


@pytest.mark.parametrize("text", TAGS.values(), ids=TAGS.keys())
def test_tags_that_are_none_are_refused(house: House, owner: AccessKey, text: str) -> None:
    request = sign_rpc(owner, "CreateKey", {"Tags": text}, place=Place.SPLIT)
    # Unescaped, as escapes would make the longest of them larger than a form may be.
    house.refuse(replace(request, body=f"Tags={text}".encode()), "InvalidParameter", 400)


@pytest.mark.parametrize(
    ("action", "name", "text"),
    [
        ("CreateKey", "Description", "x" * 8193),
        ("CreateKey", "Description", "a\x1b[31m"),
        ("CreateKey", "Description", "\x7f"),
        ("CreateKey", "KeySpec", "Aliyun_AES_257"),
        ("CreateKey", "KeySpec", "aliyun_aes_256"),
        ("CreateKey", "KeySpec", "x" * 9000),
        ("CreateKey", "KeyUsage", "SIGN/VERIFY"),
        ("CreateKey", "Origin", "External"),
        ("CreateKey", "ProtectionLevel", "software"),
        ("DescribeKey", "KeyId", "x" * 513),
        ("DescribeKey", "KeyId", "a\nb"),
        ("DescribeKey", "KeyId", "\u202e" + "a"),
        ("DisableKey", "KeyId", "alias/" + "x" * 600),
    ],
)
def test_texts_outside_of_their_bounds_are_refused_by_name(
    house: House, action: str, name: str, text: str
) -> None:
    answer = house.refuse_call(action, {name: text}, "InvalidParameter", 400)
    assert f'"{name}"' in answer.json["Message"]


@pytest.mark.parametrize("size", [6145, 12_000, 40_000])
@pytest.mark.parametrize("letter", ["x", "é"])
def test_a_plaintext_that_is_too_large_is_refused(
    house: House, owner: AccessKey, size: int, letter: str
) -> None:
    text = house.canary() + letter * size + " "  # the space: no base64
    request = sign_rpc(
        owner, "Encrypt", {"KeyId": house.key_id, "Plaintext": text}, place=Place.FORM
    )
    house.refuse(request, "InvalidParameter", 400)


@pytest.mark.parametrize(
    "name",
    [
        "' OR 1=1 --",
        "../../etc/passwd",
        "key/*",
        "%",
        "*",
        "{0.__class__}",
        "<script>alert(1)</script>",
        "acs:kms:*:*:key/*",
        "acs:kms:cn-hangzhou::key/",
        "00000000-0000-0000-0000-00000000000G",
        "\uff10" * 36,
    ],
)
def test_a_name_of_no_shape_is_a_key_that_is_not_there(house: House, name: str) -> None:
    for action in ("DescribeKey", "DisableKey", "GenerateDataKey"):
        answer = house.refuse_call(action, {"KeyId": name}, "Forbidden.KeyNotFound", 404)
        assert name.encode() not in answer.body or name in "%*"


def test_another_spelling_of_an_id_is_another_name(house: House) -> None:
    for name in (house.key_id.upper(), house.key_id.replace("-", ""), f"{{{house.key_id}}}"):
        house.refuse_call("DescribeKey", {"KeyId": name}, "Forbidden.KeyNotFound", 404)
