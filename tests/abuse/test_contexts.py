"""Case 14: an EncryptionContext is a map of strings, and only the equal map decrypts."""

import json
from collections.abc import Mapping

import pytest

from tests.abuse.house import House, without_request_id
from tests.signing import AccessKey, Place, sign_rpc

pytestmark = pytest.mark.usefixtures("unchanged")

MAP = {"user": "42", "org": "é", "A": ""}


def _sealed(house: House, context: Mapping[str, str]) -> str:
    parameters = {"KeyId": house.key_id, "Plaintext": house.canary(), **context}
    blob: str = house.call("Encrypt", parameters)["CiphertextBlob"]
    return blob


def _json(text: str) -> dict[str, str]:
    return {"EncryptionContext": text}


@pytest.mark.parametrize(
    "equal",
    [
        _json('{"A":"","org":"é","user":"42"}'),
        _json('{ "user" : "42",\n\t"org":"\\u00e9", "A":"" }'),
        _json('{"\\u0041":"","us\\u0065r":"\\u0034\\u0032","org":"\\u00E9"}'),
        {"EncryptionContext.user": "42", "EncryptionContext.org": "é", "EncryptionContext.A": ""},
    ],
)
def test_an_equal_map_decrypts_in_every_spelling(house: House, equal: dict[str, str]) -> None:
    blob = _sealed(house, _json(json.dumps(MAP)))
    house.call("Decrypt", {"CiphertextBlob": blob, **equal})
    there = _sealed(house, equal)
    house.call("Decrypt", {"CiphertextBlob": there, **_json(json.dumps(MAP))})


@pytest.mark.parametrize(
    ("sealed", "opened"), [({}, _json("{}")), (_json("{}"), {}), ({}, _json(""))]
)
def test_no_context_and_an_empty_one_are_equal(
    house: House, sealed: dict[str, str], opened: dict[str, str]
) -> None:
    house.call("Decrypt", {"CiphertextBlob": _sealed(house, sealed), **opened})


_DIFFERENT: list[Mapping[str, str]] = [
    {},
    {"user": "42", "org": "é"},
    {**MAP, "more": ""},
    {**MAP, "": ""},
    {**MAP, "org": "e\u0301"},
    {**MAP, "user": "42 "},
    {"user": "42", "org": "é", "a": ""},
    {"42": "user", "é": "org", "": "A"},
    {"user": "42org", "é": "", "A": ""},
]


def test_every_other_map_is_refused_in_the_same_words(house: House) -> None:
    blob = _sealed(house, _json(json.dumps(MAP)))
    answers = [
        house.refuse_call(
            "Decrypt",
            {"CiphertextBlob": blob, **_json(json.dumps(other))},
            "InvalidParameter",
            400,
        )
        for other in _DIFFERENT
    ]
    assert len({without_request_id(answer) for answer in answers}) == 1
    assert '"CiphertextBlob"' in answers[0].json["Message"]


MALFORMED = {
    "repeated name": '{"a":"1","a":"1"}',
    "repeated name, escaped": '{"a":"1","\\u0061":"2"}',
    "null": '{"a":null}',
    "number": '{"a":1}',
    "long number": '{"a":%s}' % ("9" * 5000),
    "boolean": '{"a":true}',
    "array": "[]",
    "array of pairs": '[["a","1"]]',
    "nested": '{"a":{"b":"c"}}',
    "string": '"a"',
    "null alone": "null",
    "NaN": "NaN",
    "NaN inside": '{"a":NaN}',
    "infinity": '{"a":1e999}',
    "single quotes": "{'a':'1'}",
    "comment": '{"a":"1"}//',
    "trailing comma": '{"a":"1",}',
    "two values": '{"a":"1"}{}',
    "byte order mark": '\ufeff{"a":"1"}',
    "control character": '{"a":"\n"}',
    "lone surrogate": '{"a":"\\ud800"}',
    "lone surrogate in a name": '{"\\udfff":"1"}',
    "deep": "[" * 4000 + "]" * 4000,
    "deep objects": '{"a":' * 1500 + '""' + "}" * 1500,
    "unclosed": "{" * 8000,
    "8193 characters": '{"k":"%s"}' % ("x" * (8193 - 8)),
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_context_is_refused(house: House, text: str) -> None:
    blob = _sealed(house, {})
    calls: dict[str, Mapping[str, str]] = {
        "Encrypt": {"KeyId": house.key_id, "Plaintext": house.canary()},
        "Decrypt": {"CiphertextBlob": blob},
        "GenerateDataKey": {"KeyId": house.key_id},
        "GenerateDataKeyWithoutPlaintext": {"KeyId": house.key_id},
    }
    for action, parameters in calls.items():
        answer = house.refuse_call(action, {**parameters, **_json(text)}, "InvalidParameter", 400)
        assert '"EncryptionContext"' in answer.json["Message"]


def test_two_spellings_at_once_are_refused(house: House) -> None:
    parameters = {"KeyId": house.key_id, **_json("{}"), "EncryptionContext.a": "1"}
    house.refuse_call("GenerateDataKey", parameters, "InvalidParameter", 400)


@pytest.mark.parametrize("letter", ["x", "中", "𝒦"])
def test_8192_characters_are_accepted_whatever_they_weigh(
    house: House, owner: AccessKey, letter: str
) -> None:
    context = _json('{"k":"%s"}' % (letter * (8192 - 8)))
    parameters = {"KeyId": house.key_id, "Plaintext": house.canary(), **context}
    made = house.ask(sign_rpc(owner, "Encrypt", parameters, place=Place.FORM))
    assert made.status == 200, made.body
    opening = {"CiphertextBlob": made.json["CiphertextBlob"], **context}
    opened = house.ask(sign_rpc(owner, "Decrypt", opening, place=Place.SPLIT))
    assert opened.json["Plaintext"] == parameters["Plaintext"]
    one_more = parameters | _json('{"k":"%s"}' % (letter * (8193 - 8)))
    request = sign_rpc(owner, "Encrypt", one_more, place=Place.FORM)
    house.refuse(request, "InvalidParameter", 400)
