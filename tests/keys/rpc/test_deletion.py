"""Deletion, protection against it, and descriptions by their wire names."""

import pytest

from keys.models import Key
from keys.selectors import key_arn
from kms_console.core.actor import Actor
from kms_console.core.errors import KmsError
from tests.keys.calls import call


def _refusal(actor: Actor, action_name: str, **params: str) -> tuple[str, str]:
    with pytest.raises(KmsError) as refused:
        call(actor, action_name, **params)
    return refused.value.code, refused.value.message


def _shown(actor: Actor, key: Key) -> dict[str, str]:
    shown: dict[str, str] = call(actor, "DescribeKey", KeyId=str(key.id))["KeyMetadata"]
    return shown


@pytest.mark.parametrize(
    ("window", "date"),
    [
        ({"PendingWindowInDays": "7"}, "2026-11-30T08:30:15Z"),
        ({"PendingWindowInDays": "30"}, "2026-12-23T08:30:15Z"),
        ({}, "2026-12-23T08:30:15Z"),
    ],
)
def test_deletion_is_scheduled_and_cancelled(
    actor: Actor, key: Key, window: dict[str, str], date: str
) -> None:
    assert call(actor, "ScheduleKeyDeletion", KeyId=str(key.id), **window) == {}
    shown = _shown(actor, key)
    assert (shown["KeyState"], shown["DeleteDate"]) == ("PendingDeletion", date)
    assert call(actor, "CancelKeyDeletion", KeyId=str(key.id)) == {}
    shown = _shown(actor, key)
    assert (shown["KeyState"], shown["DeleteDate"]) == ("Enabled", "")


@pytest.mark.parametrize("window", ["6", "31", "7.0", "366", "-7", "x"])
def test_a_window_outside_of_seven_to_thirty_days_is_refused(
    actor: Actor, key: Key, window: str
) -> None:
    code, message = _refusal(
        actor, "ScheduleKeyDeletion", KeyId=str(key.id), PendingWindowInDays=window
    )
    assert (code, "PendingWindowInDays" in message) == ("InvalidParameter", True)
    assert _shown(actor, key)["KeyState"] == "Enabled"


@pytest.mark.parametrize("spelling", ["True", "true"])
def test_protection_is_set_by_arn_and_shown(actor: Actor, key: Key, spelling: str) -> None:
    call(
        actor,
        "SetDeletionProtection",
        ProtectedResourceArn=key_arn(key),
        EnableDeletionProtection=spelling,
        DeletionProtectionDescription="keep",
    )
    shown = _shown(actor, key)
    assert shown["DeletionProtection"] == "Enabled"
    assert shown["DeletionProtectionDescription"] == "keep"
    code, message = _refusal(actor, "ScheduleKeyDeletion", KeyId=str(key.id))
    assert code == "Rejected.StateModifiedFailed"
    assert "deletion protection" in message
    call(actor, "SetDeletionProtection", KeyId=str(key.id), EnableDeletionProtection="false")
    assert _shown(actor, key)["DeletionProtection"] == "Disabled"


def test_protection_needs_one_key(actor: Actor, key: Key) -> None:
    code, message = _refusal(actor, "SetDeletionProtection", EnableDeletionProtection="true")
    assert (code, "ProtectedResourceArn" in message) == ("MissingParameter", True)
    other = call(actor, "CreateKey")["KeyMetadata"]["KeyId"]
    both = {"ProtectedResourceArn": key_arn(key), "EnableDeletionProtection": "true"}
    assert _refusal(actor, "SetDeletionProtection", KeyId=other, **both)[0] == "InvalidParameter"
    call(actor, "SetDeletionProtection", KeyId=str(key.id), **both)
    assert _refusal(actor, "SetDeletionProtection", ProtectedResourceArn=key_arn(key))[0] == (
        "MissingParameter"
    )


def test_a_description_is_replaced_and_may_be_emptied(actor: Actor, key: Key) -> None:
    for text in ("年度报告\n第二行", ""):
        call(actor, "UpdateKeyDescription", KeyId=str(key.id), Description=text)
        assert _shown(actor, key)["Description"] == text
    assert _refusal(actor, "UpdateKeyDescription", KeyId=str(key.id))[0] == "MissingParameter"
    long = "x" * 8193
    assert _refusal(actor, "UpdateKeyDescription", KeyId=str(key.id), Description=long)[0] == (
        "InvalidParameter"
    )
