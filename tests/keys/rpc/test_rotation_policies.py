"""Chapter 6.2 by its wire names: a policy rests with its key; a late rotation is made up for."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from keys import tasks
from kms_console.core.actor import Actor
from kms_console.core.clock import wire
from kms_console.core.errors import KmsError
from kms_console.iam.models import Account
from tests.keys.calls import call

DAY = timedelta(days=1)
WEEKLY = {"EnableAutomaticRotation": "true", "RotationInterval": "7d"}
YEARLY = {"EnableAutomaticRotation": "true", "RotationInterval": "365d"}
RESTS = [
    ("DisableKey", {}, "EnableKey", "Rejected.Disabled"),
    (
        "ScheduleKeyDeletion",
        {"PendingWindowInDays": "30"},
        "CancelKeyDeletion",
        "Rejected.PendingDeletion",
    ),
]


@dataclass(slots=True)
class Owner:
    """The owner of one key, some days after it was made."""

    actor: Actor
    key_id: str = ""
    days: int = 0

    @property
    def now(self) -> datetime:
        return self.actor.now + self.days * DAY

    def call(self, action: str, **parameters: str) -> dict[str, object]:
        return call(replace(self.actor, now=self.now), action, **parameters)

    def change(self, action: str, **parameters: str) -> None:
        self.call(action, KeyId=self.key_id, **parameters)

    def refusal(self, action: str, **parameters: str) -> str:
        with pytest.raises(KmsError) as refused:
            self.change(action, **parameters)
        return refused.value.code

    def sweep(self) -> int:
        """What the timer does now: how many keys it rotates."""
        return tasks.rotate_due_keys(self.now, Account.objects.all()).done

    def shown(self, *names: str) -> tuple[object, ...]:
        found = self.call("DescribeKey", KeyId=self.key_id)["KeyMetadata"]
        assert isinstance(found, dict)
        return tuple(found[name] for name in names)

    @property
    def versions(self) -> object:
        return self.call("ListKeyVersions", KeyId=self.key_id)["TotalCount"]

    def assert_rotates(self, last: int, following: int) -> None:
        """The last and the next rotation, in days after the key was made."""
        moments = [wire(self.actor.now + days * DAY) for days in (last, following)]
        assert self.shown("LastRotationDate", "NextRotationDate") == tuple(moments)


def _owner(actor: Actor, **policy: str) -> Owner:
    made = call(actor, "CreateKey", **policy)["KeyMetadata"]
    return Owner(actor, made["KeyId"])


@pytest.mark.parametrize(("rest", "how", "wake", "refusal"), RESTS, ids=["disabled", "doomed"])
def test_a_policy_rests_with_its_key_and_is_made_up_for_once_it_wakes(
    actor: Actor, rest: str, how: dict[str, str], wake: str, refusal: str
) -> None:
    owner = _owner(actor, **WEEKLY)
    owner.change(rest, **how)
    owner.days = 20
    assert owner.shown("AutomaticRotation", "RotationInterval") == ("Suspended", "604800s")
    assert owner.refusal("UpdateRotationPolicy", **YEARLY) == refusal
    assert owner.sweep() == 0
    owner.assert_rotates(last=0, following=7)  # late, and seen to be so
    owner.change(wake)
    assert owner.shown("AutomaticRotation") == ("Enabled",)
    owner.assert_rotates(last=0, following=7)
    assert (owner.sweep(), owner.sweep()) == (1, 0)
    assert owner.versions == 2  # one, however many intervals have passed
    owner.assert_rotates(last=20, following=27)


@pytest.mark.parametrize(("rest", "how", "wake", "refusal"), RESTS, ids=["disabled", "doomed"])
def test_a_key_that_wakes_in_time_rotates_at_its_old_date(
    actor: Actor, rest: str, how: dict[str, str], wake: str, refusal: str
) -> None:
    owner = _owner(actor, **WEEKLY)
    owner.change(rest, **how)
    owner.days = 6
    owner.change(wake)
    assert owner.sweep() == 0
    owner.days = 7
    assert owner.sweep() == 1
    owner.assert_rotates(last=7, following=14)


def test_an_interval_that_makes_the_next_date_past_makes_the_rotation_due_at_once(
    actor: Actor,
) -> None:
    owner = _owner(actor, **YEARLY)
    old = owner.call("Encrypt", KeyId=owner.key_id, Plaintext="eA==")
    owner.days = 30
    assert owner.sweep() == 0
    owner.change("UpdateRotationPolicy", **WEEKLY)
    owner.assert_rotates(last=0, following=7)
    assert (owner.sweep(), owner.sweep()) == (1, 0)
    owner.assert_rotates(last=30, following=37)
    new = owner.call("Encrypt", KeyId=owner.key_id, Plaintext="eA==")
    assert owner.shown("PrimaryKeyVersion") == (new["KeyVersionId"],)
    assert new["KeyVersionId"] != old["KeyVersionId"]
    for made in (old, new):
        opened = owner.call("Decrypt", CiphertextBlob=str(made["CiphertextBlob"]))
        assert (opened["Plaintext"], opened["KeyVersionId"]) == ("eA==", made["KeyVersionId"])


def test_a_longer_interval_puts_a_late_rotation_off(actor: Actor) -> None:
    owner = _owner(actor, **WEEKLY)
    owner.days = 8
    owner.change("UpdateRotationPolicy", **YEARLY)
    assert owner.sweep() == 0
    owner.assert_rotates(last=0, following=365)


def test_a_policy_that_is_asked_for_late_counts_from_the_last_version(actor: Actor) -> None:
    owner = _owner(actor)
    owner.days = 100
    owner.change("UpdateRotationPolicy", **WEEKLY)
    owner.assert_rotates(last=0, following=7)
    assert owner.sweep() == 1
    owner.change("UpdateRotationPolicy", EnableAutomaticRotation="false")
    owner.days = 200
    assert owner.shown("AutomaticRotation") == ("Disabled",)
    assert owner.sweep() == 0
    assert owner.versions == 2
