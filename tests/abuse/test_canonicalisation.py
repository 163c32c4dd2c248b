"""Case 5: a signature is over what parameters mean, not over one spelling of them."""

import base64
import hmac
import secrets
from collections.abc import Callable, Mapping
from urllib.parse import quote, quote_plus

import pytest
from aliyunsdkcore.auth.composer import rpc_signature_composer

from tests.abuse.house import House
from tests.faults.conftest import FULL
from tests.signing import FORM, AccessKey, SignedRequest, encode, nonce, now, sign_rpc

REQUESTS = 10_000 if FULL else 1_000

pytestmark = pytest.mark.usefixtures("unchanged")

_ALPHABETS = (
    "abcXYZ019",
    "-._~",
    "!*'()+ /%=&?#:,;@$[]{}|\\^`<>\"",
    "é中文",
    "𝒦🔑\U0010fffd",
    "\t\r\n\x7f",
)


def _lower_case_escapes(text: str) -> str:
    escaped = quote(text, safe="")
    return "".join(
        f"%{part[:2].lower()}{part[2:]}" if number else part
        for number, part in enumerate(escaped.split("%"))
    )


def _everything_escaped(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


_SPELLINGS: tuple[Callable[[str], str], ...] = (
    lambda text: quote(text, safe="~"),
    lambda text: quote(text, safe="").replace("~", "%7e"),
    lambda text: quote_plus(text, safe="*"),
    lambda text: quote(text, safe="!*'()/:;,@$?"),
    _lower_case_escapes,
    _everything_escaped,
)


def _text(longest: int) -> str:
    alphabet = secrets.choice(_ALPHABETS) + secrets.choice(_ALPHABETS)
    return "".join(secrets.choice(alphabet) for _ in range(secrets.randbelow(longest + 1)))


def _parameters() -> dict[str, str]:
    names = {f"x{_text(8)}" for _ in range(secrets.randbelow(8))}
    return {name: _text(24) for name in names}


def _official(key: AccessKey, method: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """All parameters of a request, signed by the official client's own composer."""
    values = {"Action": "DescribeRegions", "Version": "2016-01-20", "RegionId": key.region}
    signed = {**values, **parameters}
    rpc_signature_composer.get_signed_url(signed, key.id, key.secret, "JSON", method, {})
    return signed


def _spelled(values: Mapping[str, str]) -> str:
    names = sorted(values, key=lambda _: secrets.token_bytes(4))
    return "&".join(f"{_spell(name)}={_spell(values[name])}" for name in names)


def _spell(text: str) -> str:
    return secrets.choice(_SPELLINGS)(text)


def _placed(method: str, values: Mapping[str, str]) -> SignedRequest:
    """The parameters at random in query and form, in random order and spellings."""
    if method == "GET":
        return SignedRequest(method, f"/?{_spelled(values)}", {})
    in_form = {name: value for name, value in values.items() if secrets.randbelow(2)}
    in_query = {name: value for name, value in values.items() if name not in in_form}
    body = _spelled(in_form).encode()
    return SignedRequest(method, f"/?{_spelled(in_query)}", {"Content-Type": FORM}, body)


def test_what_the_official_signer_signs_verifies_in_every_spelling(
    house: House, owner: AccessKey
) -> None:
    connection = house.connect()
    for _ in range(REQUESTS):
        method = secrets.choice(("GET", "POST"))
        values = _official(owner, method, _parameters())
        answer = house.ask(_placed(method, values), connection)
        assert answer.status == 200, (values, answer.body)
    connection.close()


def _changes(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Other sets of parameters that a careless canonical form could confuse with `values`."""
    return [
        {**values, "A": values["A"] + " "},
        {**values, "A": values["A"].lower()},
        {**values, "Extra": ""},
        {name: value for name, value in values.items() if name != "Empty"},
        {**{n: v for n, v in values.items() if n != "B"}, "A": f"{values['A']}&B={values['B']}"},
        {**{n: v for n, v in values.items() if n != "A"}, "a": values["A"]},
        {**values, "A": quote(values["A"])},
        {**values, "A": values["B"], "B": values["A"]},
        {**values, "Action": "ListKeys"},
        {**values, "Action": "CreateKey"},
        {**values, "Composed": "e\u0301"},
        {**values, "RegionId": "cn-beijing"},
    ]


def test_a_signature_verifies_for_no_other_set_of_parameters(
    house: House, owner: AccessKey
) -> None:
    parameters = {"A": "One Two/+%", "B": "x&y=z", "Empty": "", "Composed": "é"}
    for number in range(len(_changes(parameters | {"Action": ""}))):
        values = _official(owner, "POST", parameters)
        changed = _changes(values)[number]
        request = SignedRequest("POST", f"/?{encode(changed)}", {})
        house.refuse(request, "SignatureDoesNotMatch", 400, known=False)


def test_names_are_sorted_by_bytes_and_not_as_people_sort(house: House, owner: AccessKey) -> None:
    names = ["a", "B", "a-b", "a.b", "a_b", "ab", "é", "z", "\ue000", "𝒦", "Ａ"]
    for by, code in ((lambda name: name.encode(), ""), (str.lower, "SignatureDoesNotMatch")):
        answer = house.ask(_signed_in_order(owner, names, by))
        assert answer.json.get("Code", "") == code


def _signed_in_order(
    key: AccessKey, names: list[str], by: Callable[[str], str | bytes]
) -> SignedRequest:
    """RPC 1.0 by hand, with the names in an order that the signer believes in."""
    common = {
        "AccessKeyId": key.id,
        "Action": "DescribeRegions",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": nonce(),
        "SignatureVersion": "1.0",
        "Timestamp": now(),
        "Version": "2016-01-20",
    }
    values = {name: common.get(name, "1") for name in sorted([*common, *names], key=by)}
    to_sign = f"GET&%2F&{quote(encode(values), safe='')}"
    mac = hmac.digest(f"{key.secret}&".encode(), to_sign.encode(), "sha1")
    values["Signature"] = base64.b64encode(mac).decode()
    return SignedRequest("GET", f"/?{encode(values)}", {})


@pytest.mark.parametrize("text", ["%", "%4", "%zz", "%e9", "%ff%fe", "%c0%af", "%ed%a0%80", "%00"])
@pytest.mark.parametrize("place", ["name", "value", "form"])
def test_text_that_is_no_text_is_refused(
    house: House, owner: AccessKey, text: str, place: str
) -> None:
    signed = sign_rpc(owner, "DescribeRegions", {})
    pair = f"&{text}=1" if place == "name" else f"&X={text}"
    if place == "form":
        request = SignedRequest("POST", signed.target, {"Content-Type": FORM}, pair[1:].encode())
    else:
        request = SignedRequest("POST", signed.target + pair, {})
    house.refuse(request, "ParseRequestParameterException", 400, known=False)
