"""The inspection itself: a secret would be found in every spelling and place it looks at."""

import base64
import json
import secrets

import pytest

from tests.abuse.aftermath import leaks, missing_entries, spellings_of
from tests.abuse.house import UNKNOWN_KEY, House


@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("after", range(4))
def test_a_secret_is_found_wherever_it_begins_in_base64(before: int, after: int) -> None:
    secret = secrets.token_bytes(20)
    text = base64.b64encode(b"x" * before + secret + b"y" * after)
    assert any(spelling in text for spelling in spellings_of(secret))
    assert not any(spelling in base64.b64encode(bytes(99)) for spelling in spellings_of(secret))


def test_no_written_file_holds_a_canary_and_a_canary_would_be_found(house: House) -> None:
    text = house.canary()
    house.call("Encrypt", {"KeyId": house.key_id, "Plaintext": text})
    made = house.call("GenerateDataKey", {"KeyId": house.key_id, "NumberOfBytes": "64"})
    house.canaries.add(base64.b64decode(made["Plaintext"]))
    assert leaks(house) == []
    assert leaks(house, json.dumps({"found": text}).encode()) != []
    assert leaks(house, text.encode().hex().encode()) != []


def test_a_missing_entry_would_be_noticed(house: House) -> None:
    refused = house.refuse_call("DescribeKey", {"KeyId": UNKNOWN_KEY}, "Forbidden.KeyNotFound", 404)
    assert missing_entries(house) == {}
    house.owed["no request has this id"] = "OK"
    house.owed[refused.json["RequestId"]] = "OK"
    assert missing_entries(house).keys() == {"no request has this id", refused.json["RequestId"]}
    del house.owed["no request has this id"], house.owed[refused.json["RequestId"]]
