"""The commands as people and scripts call them."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from kms_console.core.actor import Decision
from kms_console.iam.credentials import credential_find
from kms_console.iam.models import Policy, SecondFactor, User
from kms_console.iam.services.access_keys import NewAccessKey
from kms_console.iam.services.users import NewUser
from tests.iam.policy.documents import KEY, document, statement

pytestmark = pytest.mark.django_db


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def run_json(command: str, action: str, *arguments: str) -> Any:
    return json.loads(run(command, action, "--format", "json", *arguments))


def test_account_create_prints_what_the_first_credentials_hold() -> None:
    printed = run_json("account", "create", "--name", "acme")
    assert list(printed) == [
        "account_id",
        "login",
        "password",
        "access_key_id",
        "access_key_secret",
        "region",
        "endpoint",
        "console_url",
    ]
    assert printed["login"] == "acme"
    assert printed["endpoint"].startswith("http://")
    credential = credential_find(printed["access_key_id"])
    assert credential is not None
    assert credential.secret.reveal().decode() == printed["access_key_secret"]


def test_text_is_one_line_per_value() -> None:
    lines = run("account", "create", "--name", "acme").splitlines()
    assert lines[1] == "login: acme"
    assert len(lines) == 8


def test_a_list_in_text_parts_its_rows_by_empty_lines(account_id: str, alice: User) -> None:
    first, second = run("user", "list", "--account", account_id).strip().split("\n\n")
    assert "name: acme" in first
    assert "is_owner: yes" in first
    assert "name: alice" in second
    assert "is_owner: no" in second
    assert "login: -" in second


def test_a_refusal_is_an_error_with_its_code(account_id: str) -> None:
    with pytest.raises(CommandError, match=r"EntityAlreadyExists\.User"):
        run("account", "create", "--name", "acme")
    with pytest.raises(CommandError, match=r"EntityNotExist\.Account"):
        run("user", "create", "--account", "1" * 16, "--name", "bob")


@pytest.mark.parametrize("arguments", [[], ["fly"], ["create"]])
def test_wrong_usage_is_refused(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        run("account", *arguments)


def test_account_list_names_every_account(account_id: str) -> None:
    (row,) = run_json("account", "list")
    assert row["account_id"] == account_id
    assert row["name"] == "acme"


def test_operator_create_prints_login_and_password(db: None) -> None:
    printed = run_json("operator", "create", "--name", "ops")
    operator = User.objects.get(login="ops")
    assert list(printed) == ["login", "password"]
    assert operator.check_password(printed["password"])
    assert operator.is_operator


def test_user_create_shows_a_password_only_for_the_console(account_id: str) -> None:
    plain = run_json("user", "create", "--account", account_id, "--name", "bob")
    console = run_json("user", "create", "--account", account_id, "--name", "eve", "--console")
    assert "password" not in plain
    assert console["login"] == f"eve@{account_id}"
    assert User.objects.get(name="eve").check_password(console["password"])


def test_user_disable_and_enable_lock_and_unlock(account_id: str, alice: User) -> None:
    for action, active in (("disable", False), ("enable", True)):
        row = run_json("user", action, "--account", account_id, "--user", "alice")
        assert row["is_active"] is active
        assert User.objects.get(name="alice").is_active is active


def test_an_access_key_is_created_with_the_names_of_the_api(account_id: str, alice: User) -> None:
    printed = run_json("access_key", "create", "--account", account_id, "--user", "alice")
    assert list(printed) == ["AccessKeyId", "AccessKeySecret", "UserName", "AccountId"]
    assert (printed["UserName"], printed["AccountId"]) == ("alice", account_id)
    credential = credential_find(printed["AccessKeyId"])
    assert credential is not None
    assert credential.secret.reveal().decode() == printed["AccessKeySecret"]


def test_an_access_key_is_switched_listed_and_deleted(
    account_id: str, key_of_alice: NewAccessKey
) -> None:
    where = ("--account", account_id)
    which = (*where, "--id", key_of_alice.access_key_id)
    for action, status in (("disable", "Inactive"), ("enable", "Active")):
        assert run_json("access_key", action, *which)["Status"] == status
        (row,) = run_json("access_key", "list", *where)
        assert (row["Status"], row["UserName"], row["LastUsedDate"]) == (status, "alice", None)
    assert key_of_alice.secret.reveal().decode() not in run("access_key", "list", *where)
    run("access_key", "delete", *which)
    assert run_json("access_key", "list", *where) == []
    assert credential_find(key_of_alice.access_key_id) is None


def may_encrypt(key: NewAccessKey) -> bool:
    credential = credential_find(key.access_key_id)
    assert credential is not None
    return credential.authority.decide("kms:Encrypt", KEY, dict) is Decision.ALLOW


def test_a_system_policy_is_attached_and_detached_by_name(
    account_id: str, key_of_alice: NewAccessKey
) -> None:
    where = ("--account", account_id, "--user", "alice", "--policy", "AliyunKMSCryptoUserAccess")
    run("policy", "attach", *where)
    assert may_encrypt(key_of_alice)
    run("policy", "detach", *where)
    assert not may_encrypt(key_of_alice)


def test_a_file_becomes_a_policy_of_its_name_and_a_newer_file_replaces_it(
    account_id: str, key_of_alice: NewAccessKey, tmp_path: Path
) -> None:
    file = tmp_path / "orders.json"
    where = ("--account", account_id, "--user", "alice", "--policy")
    file.write_text(document(statement(Action="kms:Encrypt")))
    assert run_json("policy", "attach", *where, str(file))["policy"] == "orders"
    assert may_encrypt(key_of_alice)
    file.write_text(document(statement(Action="kms:Decrypt")))
    run("policy", "attach", *where, str(file))
    assert not may_encrypt(key_of_alice)
    names = {
        row["policy"]: row["type"] for row in run_json("policy", "list", "--account", account_id)
    }
    assert names["orders"] == "Custom"
    assert names["AdministratorAccess"] == "System"
    run("policy", "detach", *where, "orders")


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"{", b" " * 40_000])
def test_a_file_that_is_no_policy_is_refused(
    account_id: str, alice: User, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "orders.json"
    if content is not None:
        file.write_bytes(content)
    where = ("--account", account_id, "--user", "alice", "--policy", str(file))
    with pytest.raises(CommandError, match="MalformedPolicyDocument"):
        run("policy", "attach", *where)


def test_a_group_is_made_filled_listed_emptied_and_deleted(
    account_id: str, key_of_alice: NewAccessKey
) -> None:
    where = ("--account", account_id)
    group = (*where, "--group", "readers")
    made = run_json("group", "create", *where, "--name", "readers")
    assert made == {"account_id": account_id, "group": "readers"}
    added = run_json("group", "add-user", *group, "--user", "alice")
    assert added == {"account_id": account_id, "group": "readers", "user": "alice"}
    attached = run_json("policy", "attach", *group, "--policy", "AliyunKMSCryptoUserAccess")
    assert (attached["group"], attached["policy"]) == ("readers", "AliyunKMSCryptoUserAccess")
    assert may_encrypt(key_of_alice)
    (row,) = run_json("group", "list", *where)
    assert (row["users"], row["policies"]) == (["alice"], ["AliyunKMSCryptoUserAccess"])
    with pytest.raises(CommandError, match=r"DeleteConflict\.Group\.User"):
        run("group", "delete", *group)
    run("group", "remove-user", *group, "--user", "alice")
    assert not may_encrypt(key_of_alice)
    run("policy", "detach", *group, "--policy", "AliyunKMSCryptoUserAccess")
    assert "users: -\npolicies: -" in run("group", "list", *where)
    assert run_json("group", "delete", *group)["status"] == "Deleted"
    assert run_json("group", "list", *where) == []


def test_a_file_becomes_a_policy_of_a_group(
    account_id: str, key_of_alice: NewAccessKey, tmp_path: Path
) -> None:
    file = tmp_path / "orders.json"
    file.write_text(document(statement(Action="kms:Encrypt")))
    where = ("--account", account_id)
    group = (*where, "--group", "readers")
    attach = ("policy", "attach", *group, "--policy", str(file))
    with pytest.raises(CommandError, match=r"EntityNotExist\.Group"):
        run(*attach)
    assert not Policy.objects.filter(name="orders").exists()
    run("group", "create", *where, "--name", "readers")
    run("group", "add-user", *group, "--user", "alice")
    run(*attach)
    assert may_encrypt(key_of_alice)


@pytest.mark.parametrize(
    ("holders", "reason"),
    [((), "is required"), (("--user", "alice", "--group", "readers"), "not allowed with")],
)
def test_a_policy_is_attached_to_either_a_user_or_a_group(
    account_id: str, holders: tuple[str, ...], reason: str
) -> None:
    for action in ("attach", "detach"):
        with pytest.raises(CommandError, match=reason):
            run("policy", action, "--account", account_id, *holders, "--policy", "p")


def test_user_reset_sign_in_helps_whoever_lost_the_way_in(account_id: str, owner: NewUser) -> None:
    SecondFactor.objects.create(
        user=owner.user, sealed_secret=b"", last_step=0, created_at=owner.user.created_at
    )
    row = run_json("user", "reset-sign-in", "--account", account_id, "--user", owner.user.name)
    helped = User.objects.get(pk=owner.user.pk)
    assert helped.check_password(row["password"])
    assert helped.must_change_password
    assert not SecondFactor.objects.exists()
