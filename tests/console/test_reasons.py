"""The card that says why a request was refused."""

import json
from collections.abc import Iterator

import pytest
from django.utils.translation import override

from kms_console.console.reasons import card, of_code
from kms_console.core import errors
from kms_console.core.errors import KmsError, NoPermission
from kms_console.iam.policy import parse

ARN = "acs:kms:cn-hangzhou:1234567890123456:alias/MyAppKey"


def refusals() -> Iterator[type[KmsError]]:
    for one in vars(errors).values():
        if isinstance(one, type) and issubclass(one, KmsError) and one is not KmsError:
            yield one


@pytest.mark.parametrize("kind", list(refusals()), ids=lambda kind: kind.__name__)
def test_every_refusal_has_a_rule_and_a_remedy(kind: type[KmsError]) -> None:
    shown = of_code(kind.code, kind.template, kind.kind)
    with override("en"):
        assert str(shown.rule).endswith(".")
        assert str(shown.remedy).endswith(".")


def test_a_missing_permission_names_action_and_resource_and_a_statement_that_would_do() -> None:
    shown = card(NoPermission(action="kms:DeleteAlias").about(ARN))
    assert (shown.action, shown.resource) == ("kms:DeleteAlias", ARN)
    statement = json.loads(shown.snippet)
    assert statement == {"Effect": "Allow", "Action": "kms:DeleteAlias", "Resource": ARN}
    parse(json.dumps({"Version": "1", "Statement": [statement]}))


def test_no_statement_undoes_an_explicit_denial() -> None:
    shown = card(NoPermission(action="kms:DeleteAlias", is_explicit=True).about(ARN))
    assert shown.snippet == ""
    assert shown.is_explicit


def test_what_no_policy_can_allow_offers_no_statement_and_names_no_resource() -> None:
    shown = card(NoPermission().about("user/200000000000000001"))
    assert (shown.snippet, shown.resource, shown.action) == ("", "", "")


def test_a_state_is_named_as_the_api_spells_it() -> None:
    shown = card(errors.KeyDisabled())
    assert shown.state == "Disabled"
    with override("en"):
        assert shown.remedy == "Enable the key."
