"""DryRun: every operation on key material tells how it would end, and does nothing else."""

from dataclasses import replace

import pytest

from hsm.models import Material
from keys.domain.states import KeyState
from keys.models import Key
from kms_console.core.actor import Actor
from kms_console.core.errors import KmsError, ServiceUnavailable
from kms_console.core.snapshots import Cold
from kms_console.iam import policy
from kms_console.rpc import dryrun
from kms_console.rpc.registry import ACTIONS, KMS_VERSION, Kind
from tests.keys.calls import call, put_state
from tests.keys.dataplane.test_exporting import TO_RECIPIENT

SYMMETRIC = [
    "Encrypt",
    "Decrypt",
    "ReEncrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ExportDataKey",
    "GenerateAndExportDataKey",
]


def _params(actor: Actor, key: Key, name: str) -> dict[str, str]:
    blob = call(actor, "GenerateDataKey", KeyId=str(key.id))["CiphertextBlob"]
    return {
        "Encrypt": {"KeyId": str(key.id), "Plaintext": "eA=="},
        "Decrypt": {"CiphertextBlob": blob},
        "ReEncrypt": {"CiphertextBlob": blob, "DestinationKeyId": str(key.id)},
        "ExportDataKey": {"CiphertextBlob": blob, **TO_RECIPIENT},
        "GenerateAndExportDataKey": {"KeyId": str(key.id), **TO_RECIPIENT},
    }.get(name, {"KeyId": str(key.id)})


def _verdict(actor: Actor, name: str, params: dict[str, str]) -> KmsError:
    with pytest.raises(KmsError) as verdict:
        call(actor, name, DryRun="true", **params)
    return verdict.value


def test_every_operation_on_key_material_can_be_rehearsed() -> None:
    kinds = {name: ACTIONS.find(KMS_VERSION, name).kind for name in SYMMETRIC}
    assert set(kinds.values()) == {Kind.CRYPTO}


@pytest.mark.parametrize("name", SYMMETRIC)
def test_what_would_succeed_is_told_so_and_nothing_of_the_result(
    actor: Actor, key: Key, name: str
) -> None:
    params = _params(actor, key, name)
    verdict = _verdict(actor, name, params)
    assert (verdict.code, verdict.subject) == ("DryRunOperationError", str(key.id))
    assert verdict.message == "The request would have succeeded, but DryRun is set."
    for spelling in ("false", "False", ""):
        assert "KeyId" in call(actor, name, DryRun=spelling, **params)


@pytest.mark.parametrize("name", SYMMETRIC)
def test_a_missing_permission_is_told(actor: Actor, key: Key, name: str) -> None:
    params = _params(actor, key, name)
    verdict = _verdict(replace(actor, authority=policy.CompiledPolicy([])), name, params)
    assert verdict.code == "AccessDeniedError"
    assert "Forbidden.NoPermission" in verdict.message


@pytest.mark.parametrize("name", SYMMETRIC)
def test_any_other_refusal_is_told_with_its_code(actor: Actor, key: Key, name: str) -> None:
    params = _params(actor, key, name)
    put_state(key, KeyState.DISABLED)
    verdict = _verdict(actor, name, params)
    assert verdict.code == "ValidationError"
    assert "Rejected.Disabled" in verdict.message
    assert verdict.subject == str(key.id)
    assert "MissingParameter" in _verdict(actor, name, {}).message


def test_a_wrong_word_for_it_is_refused(actor: Actor, key: Key) -> None:
    with pytest.raises(KmsError) as refused:
        call(actor, "Encrypt", KeyId=str(key.id), Plaintext="eA==", DryRun="maybe")
    assert refused.value.code == "InvalidParameter"


def test_commands_know_no_dry_run_and_ignore_the_word(actor: Actor, key: Key) -> None:
    call(actor, "DisableKey", KeyId=str(key.id), DryRun="true")
    key.refresh_from_db()
    assert key.state == "Disabled"


@pytest.mark.parametrize("fault", [ServiceUnavailable(), Cold(), ZeroDivisionError()])
def test_a_fault_of_ours_is_no_verdict(fault: Exception) -> None:
    def work() -> dict[str, str]:
        raise fault

    with pytest.raises(type(fault)):
        dryrun.rehearse(work)


def test_a_rehearsal_writes_nothing(actor: Actor, key: Key) -> None:
    before = list(Material.objects.values())
    _verdict(actor, "GenerateDataKey", {"KeyId": str(key.id)})
    assert list(Material.objects.values()) == before
