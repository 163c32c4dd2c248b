from typing import Any

import pytest

from kms_console.core.errors import InvalidParameter
from kms_console.rpc.errors import ActionNotFound
from kms_console.rpc.registry import Kind, Registry


@pytest.fixture
def registry() -> Registry:
    made = Registry()

    @made.action("Wrap", kind=Kind.CRYPTO, refuses=("Recipient", ("DryRun", "false", "No")))
    def wrap(actor: object, *, key_id: str) -> dict[str, Any]:
        return {"KeyId": key_id}

    return made


def test_an_action_is_found_by_version_and_name(registry: Registry) -> None:
    action = registry.find("2016-01-20", "Wrap")
    assert action.handler(None, **action.bind({"KeyId": "k"})) == {"KeyId": "k"}
    assert action.kind is Kind.CRYPTO
    assert registry.names() == ["Wrap"]


@pytest.mark.parametrize("name", ["wrap", "WRAP", "Unwrap", "", "Wrap\n"])
def test_an_unknown_name_is_not_found(registry: Registry, name: str) -> None:
    with pytest.raises(ActionNotFound):
        registry.find("2016-01-20", name)


@pytest.mark.parametrize("version", ["2016-01-21", "", "2016-01-20 "])
def test_an_unknown_version_is_an_invalid_parameter(registry: Registry, version: str) -> None:
    with pytest.raises(InvalidParameter, match='"Version"'):
        registry.find(version, "Wrap")


def test_an_action_is_registered_once(registry: Registry) -> None:
    with pytest.raises(ValueError, match="twice"):
        registry.action("Wrap", kind=Kind.READ)(lambda actor: {})


@pytest.mark.parametrize(
    "params", [{"Recipient": "x"}, {"DryRun": "true"}, {"DryRun": "False "}, {"DryRun": "1"}]
)
def test_a_documented_parameter_that_is_not_supported_is_refused(
    registry: Registry, params: dict[str, str]
) -> None:
    with pytest.raises(InvalidParameter, match=next(iter(params))):
        registry.find("2016-01-20", "Wrap").bind({"KeyId": "k", **params})


@pytest.mark.parametrize(
    "params", [{"Recipient": ""}, {"DryRun": "False"}, {"DryRun": "no"}, {"NeverHeardOf": "x"}]
)
def test_harmless_values_and_unknown_parameters_pass(
    registry: Registry, params: dict[str, str]
) -> None:
    bound = registry.find("2016-01-20", "Wrap").bind({"KeyId": "k", **params})
    assert bound == {"key_id": "k"}
