"""Chapter 6.2 of the product guide, "automatic rotation": its parameters, and what is shown."""

from datetime import datetime, timedelta

import pytest

from tests.contract.clients import Refused
from tests.recipes.aliyun import Aliyun

pytestmark = pytest.mark.contract

CREATE = "aliyun kms CreateKey --EnableAutomaticRotation=true --RotationInterval=30d"
UPDATE = "aliyun kms UpdateRotationPolicy --KeyId={} --EnableAutomaticRotation={}"


def described(aliyun: Aliyun, key_id: str) -> dict[str, str]:
    found: dict[str, str] = aliyun(f"aliyun kms DescribeKey --KeyId={key_id}")["KeyMetadata"]
    return found


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def assert_refused(aliyun: Aliyun, command: str, code: str, status: int) -> None:
    with pytest.raises(Refused) as refused:
        aliyun(command)
    assert (refused.value.code, refused.value.status) == (code, status)


def test_a_key_is_created_with_a_policy(aliyun: Aliyun) -> None:
    metadata = described(aliyun, aliyun.create_key(CREATE))
    assert metadata["AutomaticRotation"] == "Enabled"
    assert metadata["RotationInterval"] == "2592000s"
    last, following = moment(metadata["LastRotationDate"]), moment(metadata["NextRotationDate"])
    assert metadata["LastRotationDate"] == metadata["CreationDate"]
    assert following - last == timedelta(days=30)


def test_the_first_version_is_the_primary_one(aliyun: Aliyun) -> None:
    key_id = aliyun.create_key(CREATE)
    listed = aliyun(f"aliyun kms ListKeyVersions --KeyId={key_id}")
    (version,) = listed["KeyVersions"]["KeyVersion"]
    metadata = described(aliyun, key_id)
    assert metadata["PrimaryKeyVersion"] == version["KeyVersionId"]
    assert metadata["LastRotationDate"] == version["CreationDate"]
    made = aliyun(f"aliyun kms Encrypt --KeyId={key_id} --Plaintext=eA==")
    assert made["KeyVersionId"] == version["KeyVersionId"]


def test_without_a_policy_nothing_is_told_of_an_interval(aliyun: Aliyun) -> None:
    metadata = described(aliyun, aliyun.create_key("aliyun kms CreateKey"))
    assert metadata["AutomaticRotation"] == "Disabled"
    assert not metadata.keys() & {"RotationInterval", "NextRotationDate"}


@pytest.mark.parametrize(
    ("interval", "seconds"),
    [("7d", 604_800), ("168h", 604_800), ("20160m", 1_209_600), ("63072000s", 63_072_000)],
)
def test_a_policy_is_changed_and_taken_back(aliyun: Aliyun, interval: str, seconds: int) -> None:
    key_id = aliyun.create_key(CREATE)
    aliyun(f"{UPDATE.format(key_id, 'true')} --RotationInterval={interval}")
    metadata = described(aliyun, key_id)
    assert metadata["RotationInterval"] == f"{seconds}s"
    waits = moment(metadata["NextRotationDate"]) - moment(metadata["LastRotationDate"])
    assert waits == timedelta(seconds=seconds)
    aliyun(UPDATE.format(key_id, "false"))
    assert described(aliyun, key_id)["AutomaticRotation"] == "Disabled"


@pytest.mark.parametrize("interval", ["6d", "731d", "30", "1w", "-7d"])
def test_an_interval_is_from_7_to_730_days(aliyun: Aliyun, interval: str) -> None:
    key_id = aliyun.create_key("aliyun kms CreateKey")
    command = f"{UPDATE.format(key_id, 'true')} --RotationInterval={interval}"
    assert_refused(aliyun, command, "InvalidParameter", 400)
    assert_refused(aliyun, CREATE.replace("30d", interval), "InvalidParameter", 400)


def test_a_policy_needs_an_interval(aliyun: Aliyun) -> None:
    key_id = aliyun.create_key("aliyun kms CreateKey")
    assert_refused(aliyun, UPDATE.format(key_id, "true"), "MissingParameter", 400)


def test_a_disabled_keys_rotation_rests_until_the_key_is_enabled(aliyun: Aliyun) -> None:
    key_id = aliyun.create_key(CREATE)
    before = described(aliyun, key_id)
    aliyun(f"aliyun kms DisableKey --KeyId={key_id}")
    assert described(aliyun, key_id)["AutomaticRotation"] == "Suspended"
    assert_refused(aliyun, UPDATE.format(key_id, "false"), "Rejected.Disabled", 409)
    aliyun(f"aliyun kms EnableKey --KeyId={key_id}")
    assert described(aliyun, key_id) == before


def test_the_rotation_of_a_key_to_be_deleted_rests_as_well(aliyun: Aliyun) -> None:
    key_id = aliyun.create_key(CREATE)
    aliyun(f"aliyun kms ScheduleKeyDeletion --KeyId={key_id} --PendingWindowInDays=7")
    assert described(aliyun, key_id)["AutomaticRotation"] == "Suspended"
    assert_refused(aliyun, UPDATE.format(key_id, "false"), "Rejected.PendingDeletion", 409)
    aliyun(f"aliyun kms CancelKeyDeletion --KeyId={key_id}")
    assert described(aliyun, key_id)["AutomaticRotation"] == "Enabled"


def test_imported_material_does_not_rotate(aliyun: Aliyun) -> None:
    assert_refused(aliyun, f"{CREATE} --Origin=EXTERNAL", "Unsupported.Origin", 400)
    key_id = aliyun.create_key("aliyun kms CreateKey --Origin EXTERNAL")
    command = f"{UPDATE.format(key_id, 'true')} --RotationInterval=30d"
    assert_refused(aliyun, command, "Unsupported.Origin", 400)


def test_key_pairs_do_not_rotate(aliyun: Aliyun) -> None:
    code = "Rejected.UnsupportedOperation"
    assert_refused(aliyun, f"{CREATE} --KeySpec=EC_P256", code, 400)
    key_id = aliyun.create_key("aliyun kms CreateKey --KeySpec=EC_P256")
    command = f"{UPDATE.format(key_id, 'true')} --RotationInterval=30d"
    assert_refused(aliyun, command, code, 400)
