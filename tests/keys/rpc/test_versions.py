"""Versions and the rotation policy by their wire names."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from keys.models import Key, KeyVersion
from kms_console.core.actor import Actor
from kms_console.core.errors import KmsError
from tests.keys.calls import Only, call


def _refusal(actor: Actor, action_name: str, **params: str) -> tuple[str, str]:
    with pytest.raises(KmsError) as refused:
        call(actor, action_name, **params)
    return refused.value.code, refused.value.message


def _more_versions(actor: Actor, key: Key, count: int) -> list[str]:
    made = [
        KeyVersion.objects.create(
            key=key, number=number, created_at=actor.now + timedelta(days=number)
        )
        for number in range(2, count + 2)
    ]
    return [str(key.primary_version), *(str(version.id) for version in made)]


def test_versions_are_listed_oldest_first_in_pages(actor: Actor, key: Key) -> None:
    ids = _more_versions(actor, key, 4)
    pages = [
        call(actor, "ListKeyVersions", KeyId=str(key.id), PageNumber=str(number), PageSize="2")
        for number in (1, 2, 3, 4)
    ]
    shown = [[v["KeyVersionId"] for v in page["KeyVersions"]["KeyVersion"]] for page in pages]
    assert shown == [ids[:2], ids[2:4], ids[4:], []]
    assert {page["TotalCount"] for page in pages} == {5}
    assert pages[0]["KeyVersions"]["KeyVersion"][0] == {
        "KeyId": str(key.id),
        "KeyVersionId": ids[0],
        "CreationDate": "2026-11-23T08:30:15Z",
    }


def test_a_version_is_described_also_by_its_keys_alias(actor: Actor, key: Key) -> None:
    call(actor, "CreateAlias", AliasName="alias/x", KeyId=str(key.id))
    version = str(key.primary_version)
    for name in (str(key.id), "alias/x"):
        shown = call(actor, "DescribeKeyVersion", KeyId=name, KeyVersionId=version)
        assert shown["KeyVersion"]["KeyVersionId"] == version
        listed = call(actor, "ListKeyVersions", KeyId=name)
        assert listed["KeyVersions"]["KeyVersion"] == [shown["KeyVersion"]]


def test_a_version_of_another_key_is_not_found(actor: Actor, stranger: Actor, key: Key) -> None:
    other = call(actor, "CreateKey")["KeyMetadata"]
    version = str(key.primary_version)
    for asked in (other["PrimaryKeyVersion"], str(uuid4()), version.upper(), "x", f"{version}\n"):
        params = {"KeyId": str(key.id), "KeyVersionId": asked}
        assert _refusal(actor, "DescribeKeyVersion", **params)[0] == "Forbidden.KeyVersionNotFound"
    params = {"KeyId": str(key.id), "KeyVersionId": version}
    assert _refusal(stranger, "DescribeKeyVersion", **params)[0] == "Forbidden.KeyNotFound"
    assert _refusal(stranger, "ListKeyVersions", KeyId=str(key.id))[0] == "Forbidden.KeyNotFound"


def test_reading_versions_needs_permission(actor: Actor, key: Key) -> None:
    denied = replace(actor, authority=Only("kms:DescribeKey", "*"))
    params = {"KeyId": str(key.id), "KeyVersionId": str(key.primary_version)}
    for action_name in ("DescribeKeyVersion", "ListKeyVersions"):
        assert _refusal(denied, action_name, **params)[0] == "Forbidden.NoPermission"


@pytest.mark.parametrize("interval", ["7d", "168h", "10080m", "604800s"])
def test_every_spelling_of_an_interval_is_shown_in_seconds(actor: Actor, interval: str) -> None:
    made = call(actor, "CreateKey", EnableAutomaticRotation="true", RotationInterval=interval)
    shown = made["KeyMetadata"]
    assert (shown["AutomaticRotation"], shown["RotationInterval"]) == ("Enabled", "604800s")
    assert shown["NextRotationDate"] == "2026-11-30T08:30:15Z"


def test_the_policy_is_changed_and_suspended_with_the_key(actor: Actor, key: Key) -> None:
    def shown() -> tuple[str, str | None, str | None]:
        found = call(actor, "DescribeKey", KeyId=str(key.id))["KeyMetadata"]
        names = ("AutomaticRotation", "RotationInterval", "NextRotationDate")
        return found[names[0]], found.get(names[1]), found.get(names[2])

    change = {"KeyId": str(key.id), "RotationInterval": "730d"}
    call(actor, "UpdateRotationPolicy", EnableAutomaticRotation="true", **change)
    assert shown() == ("Enabled", "63072000s", "2028-11-22T08:30:15Z")
    call(actor, "DisableKey", KeyId=str(key.id))
    assert shown() == ("Suspended", "63072000s", "2028-11-22T08:30:15Z")
    call(actor, "EnableKey", KeyId=str(key.id))
    call(actor, "UpdateRotationPolicy", EnableAutomaticRotation="false", **change)
    assert shown() == ("Disabled", None, None)


@pytest.mark.parametrize(
    "interval",
    ["6d", "731d", "604799s", "7", "d", "7D", "-7d", "1w", "7.5d", "9" * 50 + "d", "7d "],
)
def test_other_intervals_are_refused_by_name(actor: Actor, key: Key, interval: str) -> None:
    asked = {"EnableAutomaticRotation": "true", "RotationInterval": interval}
    for action_name, params in (
        ("CreateKey", {}),
        ("UpdateRotationPolicy", {"KeyId": str(key.id)}),
    ):
        code, message = _refusal(actor, action_name, **params, **asked)
        assert (code, '"RotationInterval"' in message) == ("InvalidParameter", True)
        code, message = _refusal(actor, action_name, **params, EnableAutomaticRotation="true")
        assert (code, '"RotationInterval"' in message) == ("MissingParameter", True)
    call(actor, "CreateKey", RotationInterval=interval)
