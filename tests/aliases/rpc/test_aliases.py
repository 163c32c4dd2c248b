"""The operations on aliases by their wire names."""

import pytest

from keys.models import Key
from kms_console.core.actor import Actor
from kms_console.core.errors import KmsError
from tests.keys.calls import call

ARN = "acs:kms:cn-hangzhou:1234567890123456"


def _refusal(actor: Actor, action_name: str, **params: str) -> tuple[str, str]:
    with pytest.raises(KmsError) as refused:
        call(actor, action_name, **params)
    return refused.value.code, refused.value.message


@pytest.fixture
def aliased(actor: Actor, key: Key) -> Key:
    """The key with the aliases alias/b and alias/a, in this order."""
    for name in ("alias/b", "alias/a"):
        assert call(actor, "CreateAlias", AliasName=name, KeyId=str(key.id)) == {}
    return key


def _members(key: Key, *names: str) -> list[dict[str, str]]:
    return [
        {"AliasName": name, "AliasArn": f"{ARN}:{name}", "KeyId": str(key.id)} for name in names
    ]


def test_aliases_are_listed_with_arn_and_key(actor: Actor, aliased: Key) -> None:
    assert call(actor, "ListAliases") == {
        "Aliases": {"Alias": _members(aliased, "alias/b", "alias/a")},
        "PageNumber": 1,
        "PageSize": 10,
        "TotalCount": 2,
    }


@pytest.mark.parametrize(
    ("page", "size", "names"),
    [(1, 1, ["alias/b"]), (2, 1, ["alias/a"]), (3, 1, []), (1, 100, ["alias/b", "alias/a"])],
)
def test_both_lists_have_pages(
    actor: Actor, aliased: Key, page: int, size: int, names: list[str]
) -> None:
    expected = {
        "Aliases": {"Alias": _members(aliased, *names)},
        "PageNumber": page,
        "PageSize": size,
        "TotalCount": 2,
    }
    params = {"PageNumber": str(page), "PageSize": str(size)}
    assert call(actor, "ListAliases", **params) == expected
    assert call(actor, "ListAliasesByKeyId", KeyId=str(aliased.id), **params) == expected


def test_a_list_of_none_is_an_empty_list(actor: Actor, key: Key) -> None:
    assert call(actor, "ListAliases")["Aliases"] == {"Alias": []}
    assert call(actor, "ListAliasesByKeyId", KeyId=str(key.id))["Aliases"] == {"Alias": []}


def test_a_page_of_size_0_is_for_list_aliases_alone(actor: Actor, aliased: Key) -> None:
    assert call(actor, "ListAliases", PageSize="0") == {
        "Aliases": {"Alias": []},
        "PageNumber": 1,
        "PageSize": 0,
        "TotalCount": 2,
    }
    refusal = _refusal(actor, "ListAliasesByKeyId", KeyId=str(aliased.id), PageSize="0")
    assert refusal[1] == 'The specified parameter "PageSize" is not valid.'


@pytest.mark.parametrize("action_name", ["ListAliases", "ListAliasesByKeyId"])
@pytest.mark.parametrize(
    ("name", "value"),
    [("PageNumber", "0"), ("PageNumber", "-1"), ("PageSize", "101"), ("PageSize", "-1")],
)
def test_pages_are_bounded(actor: Actor, key: Key, action_name: str, name: str, value: str) -> None:
    code, message = _refusal(actor, action_name, KeyId=str(key.id), **{name: value})
    assert (code, f'"{name}"' in message) == ("InvalidParameter", True)


def test_an_update_and_a_removal_show_in_the_lists(
    actor: Actor, aliased: Key, other_key: Key
) -> None:
    assert call(actor, "UpdateAlias", AliasName="alias/a", KeyId=str(other_key.id)) == {}
    moved = call(actor, "ListAliasesByKeyId", KeyId=str(other_key.id))
    assert moved["Aliases"]["Alias"] == _members(other_key, "alias/a")
    assert call(actor, "DeleteAlias", AliasName="alias/a") == {}
    assert call(actor, "ListAliases")["Aliases"]["Alias"] == _members(aliased, "alias/b")
    assert _refusal(actor, "DeleteAlias", AliasName="alias/a") == (
        "Forbidden.AliasNotFound",
        "The specified Alias is not found.",
    )


_COMMANDS = pytest.mark.parametrize("action_name", ["CreateAlias", "UpdateAlias", "DeleteAlias"])


@_COMMANDS
@pytest.mark.parametrize("name", ["Alias/x", "alias/", "alias//x", "alias/acs/x", "x", "alias/ｘ"])
def test_names_that_are_not_valid_are_refused_by_parameter(
    actor: Actor, key: Key, action_name: str, name: str
) -> None:
    assert _refusal(actor, action_name, AliasName=name, KeyId=str(key.id)) == (
        "InvalidParameter",
        'The specified parameter "AliasName" is not valid.',
    )


@_COMMANDS
def test_a_name_is_required(actor: Actor, key: Key, action_name: str) -> None:
    assert _refusal(actor, action_name, KeyId=str(key.id))[0] == "MissingParameter"


@pytest.mark.parametrize("action_name", ["CreateAlias", "UpdateAlias", "ListAliasesByKeyId"])
def test_a_key_is_required(actor: Actor, action_name: str) -> None:
    code, message = _refusal(actor, action_name, AliasName="alias/x")
    assert (code, '"KeyId"' in message) == ("MissingParameter", True)


def test_a_taken_name_is_refused(actor: Actor, aliased: Key) -> None:
    refusal = _refusal(actor, "CreateAlias", AliasName="alias/a", KeyId=str(aliased.id))
    assert refusal == ("AliasAlreadyExists", "The specified Alias already exists.")
