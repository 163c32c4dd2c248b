from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from kms_console.core.actor import Actor
from kms_console.core.errors import (
    InvalidParameter,
    NoConsoleAccess,
    NoPermission,
    UserAlreadyExists,
    UserNotFound,
)
from kms_console.iam.actors import host_actor
from kms_console.iam.facts import user_facts
from kms_console.iam.models import Account, User
from kms_console.iam.services.policies import policy_attach
from kms_console.iam.services.signin import PasswordBackend
from kms_console.iam.services.users import (
    NewUser,
    operator_create,
    user_create,
    user_reset_password,
    user_set_active,
    user_set_console,
)
from tests.iam.conftest import last_event

pytestmark = pytest.mark.django_db


def test_a_ram_users_login_names_the_account(account_id: str, alice: User) -> None:
    assert alice.login == f"alice@{account_id}"
    assert (alice.is_owner, alice.is_operator, alice.console_access) == (False, False, False)


def test_a_user_without_the_console_cannot_log_in(alice: User) -> None:
    assert not alice.has_usable_password()
    assert not alice.must_change_password


def test_a_user_with_the_console_gets_a_password_for_one_login(host: Actor) -> None:
    new = user_create(actor=host, name="bob", console=True)
    assert new.password is not None
    user = PasswordBackend().authenticate(
        None, username=new.user.login, password=new.password.reveal().decode()
    )
    assert isinstance(user, User)
    assert (user.must_change_password, user.console_access) == (True, True)


def test_two_users_of_an_account_cannot_share_a_name(host: Actor, alice: User) -> None:
    with pytest.raises(UserAlreadyExists):
        user_create(actor=host, name="alice")


def test_a_ram_user_cannot_take_the_owners_name(host: Actor) -> None:
    with pytest.raises(UserAlreadyExists):
        user_create(actor=host, name="acme")


def test_two_accounts_may_have_users_of_one_name(alice: User) -> None:
    other = Account.objects.create(id="2" * 16, name="other", created_at=alice.created_at)
    assert user_create(actor=host_actor(other.id), name="alice").user.login == "alice@" + "2" * 16


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "a@b", "a\0"])
def test_a_users_name_is_letters_digits_and_a_few_signs(host: Actor, name: str) -> None:
    with pytest.raises(InvalidParameter):
        user_create(actor=host, name=name)


def test_a_ram_user_needs_a_policy_to_add_users(
    host: Actor, alice: User, acting_as: Callable[[User], Actor]
) -> None:
    with pytest.raises(NoPermission):
        user_create(actor=acting_as(alice), name="bob")
    assert last_event().outcome == "Forbidden.NoPermission"
    policy_attach(actor=host, user_name="alice", policy_name="AdministratorAccess")
    assert user_create(actor=acting_as(alice), name="bob").user.name == "bob"


def test_a_locked_user_is_inactive_until_unlocked(host: Actor, alice: User) -> None:
    assert not user_set_active(actor=host, name="alice", active=False).is_active
    assert last_event().detail["after"]["active"] is False
    assert user_set_active(actor=host, name="alice", active=True).is_active


@pytest.mark.parametrize("name", ["bob", "a\0b", ""])
def test_an_unknown_user_is_not_found(host: Actor, name: str) -> None:
    with pytest.raises(UserNotFound):
        user_set_active(actor=host, name=name, active=False)


def test_a_user_of_another_account_is_not_found(alice: User) -> None:
    with pytest.raises(UserNotFound):
        user_set_active(actor=host_actor("2" * 16), name="alice", active=False)


def test_no_policy_reaches_the_owner(
    host: Actor, owner: NewUser, alice: User, acting_as: Callable[[User], Actor]
) -> None:
    policy_attach(actor=host, user_name="alice", policy_name="AdministratorAccess")
    with pytest.raises(NoPermission):
        user_set_active(actor=acting_as(alice), name="acme", active=False)
    assert not user_set_active(actor=acting_as(owner.user), name="acme", active=False).is_active


def test_an_operator_has_no_account_and_alone_is_staff(owner: NewUser) -> None:
    operator = operator_create(actor=host_actor(), name="ops").user
    assert operator.account_id is None
    assert operator.is_staff
    assert operator.has_perm("iam.view_account")
    assert operator.has_module_perms("iam")
    assert not owner.user.is_staff
    assert not owner.user.has_perm("iam.view_account")
    assert not owner.user.has_module_perms("iam")


def test_a_locked_operator_has_no_permissions() -> None:
    operator = operator_create(actor=host_actor(), name="ops").user
    operator.is_active = False
    assert not operator.has_perm("iam.view_account")
    assert not operator.has_module_perms("iam")


@pytest.mark.parametrize(
    "wrong",
    [
        {"is_operator": True},
        {"account": None},
        {"is_owner": True},
    ],
)
def test_the_database_keeps_operators_owners_and_users_apart(
    owner: NewUser, alice: User, wrong: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=alice.pk).update(**wrong)


def test_two_users_made_at_the_same_moment_do_not_share_a_login(
    account_id: str, host: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = User(
        id="1" * 18,
        login=f"bob@{account_id}",
        name="bob",
        account_id=account_id,
        created_at=host.now,
    )

    def slip_in() -> str:
        taken.save(force_insert=True)
        return "2" * 18

    # The id is made after the check and before the insert: the place where a second one slips in.
    monkeypatch.setattr("kms_console.iam.services.users.new_user_id", slip_in)
    with pytest.raises(UserAlreadyExists):
        user_create(actor=host, name="bob")


def test_djangos_own_way_makes_a_user_without_a_password(account_id: str, host: Actor) -> None:
    user = User.objects.create_user(
        "carol@x", id="3" * 18, name="carol", account_id=account_id, created_at=host.now
    )
    assert not user.has_usable_password()
    assert user.is_authenticated
    assert not user.is_anonymous


def test_console_sign_in_is_given_with_a_password_for_one_login_and_taken(host: Actor) -> None:
    user_create(actor=host, name="bob")
    given = user_set_console(actor=host, name="bob", console=True)
    assert given.password
    assert given.user.check_password(given.password.reveal().decode())
    assert given.user.must_change_password
    taken = user_set_console(actor=host, name="bob", console=False)
    assert taken.password is None
    assert not taken.user.console_access
    assert not taken.user.has_usable_password()
    assert last_event().detail["after"] == user_facts(taken.user)


def test_a_reset_password_replaces_the_old_one(host: Actor) -> None:
    first = user_create(actor=host, name="bob", console=True)
    second = user_reset_password(actor=host, name="bob")
    assert first.password
    assert second.password
    assert first.password != second.password
    assert not second.user.check_password(first.password.reveal().decode())
    assert second.password.reveal().decode() not in str(last_event().detail)


def test_a_user_without_console_sign_in_has_no_password_to_reset(host: Actor) -> None:
    user_create(actor=host, name="bob")
    with pytest.raises(NoConsoleAccess):
        user_reset_password(actor=host, name="bob")


def test_the_owners_password_is_reset_by_the_host_alone(
    host: Actor, owner: NewUser, acting_as: Callable[[User], Actor]
) -> None:
    themselves = acting_as(owner.user)
    with pytest.raises(InvalidParameter):
        user_reset_password(actor=themselves, name=owner.user.name)
    with pytest.raises(InvalidParameter):
        user_set_console(actor=themselves, name=owner.user.name, console=False)
    assert user_reset_password(actor=host, name=owner.user.name).password != owner.password


def test_passwords_of_others_need_a_policy(
    host: Actor, alice: User, acting_as: Callable[[User], Actor]
) -> None:
    user_create(actor=host, name="bob", console=True)
    with pytest.raises(NoPermission):
        user_reset_password(actor=acting_as(alice), name="bob")
    with pytest.raises(NoPermission):
        user_set_console(actor=acting_as(alice), name="bob", console=False)
