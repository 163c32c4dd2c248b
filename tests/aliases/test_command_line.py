"""`manage.py service_key`, as operators call it."""

import pytest
from django.core.management import CommandError

from keys.models import Key
from tests.iam.test_command_line import run_json

pytestmark = pytest.mark.django_db


def test_the_only_account_and_the_default_region_need_no_naming() -> None:
    account = run_json("account", "create", "--name", "acme")["account_id"]
    made = run_json("service_key", "create", "--product", "oss")
    key = Key.objects.get()
    assert made == {
        "account_id": account,
        "region": "cn-hangzhou",
        "product": "oss",
        "key_id": str(key.id),
        "alias": "alias/acs/oss",
    }
    assert key.creator == "oss"


def test_several_accounts_must_be_told_apart() -> None:
    first, _ = (run_json("account", "create", "--name", name)["account_id"] for name in "ab")
    with pytest.raises(CommandError, match="MissingParameter"):
        run_json("service_key", "create", "--product", "oss")
    chosen = ("--product", "oss", "--account", first, "--region", "cn-beijing")
    assert run_json("service_key", "create", *chosen)["region"] == "cn-beijing"
    with pytest.raises(CommandError, match="AliasAlreadyExists"):
        run_json("service_key", "create", *chosen)


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [
        ("--product", "OSS", "InvalidParameter"),
        ("--region", "moon-1", "InvalidParameter"),
        ("--account", "1" * 16, "EntityNotExist.Account"),
    ],
)
def test_what_does_not_exist_is_named(option: str, value: str, code: str) -> None:
    run_json("account", "create", "--name", "acme")
    options = {"--product": "oss", option: value}
    arguments = [part for pair in options.items() for part in pair]
    with pytest.raises(CommandError, match=code):
        run_json("service_key", "create", *arguments)
    assert Key.objects.count() == 0
