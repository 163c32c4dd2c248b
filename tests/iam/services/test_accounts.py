from collections.abc import Callable
from dataclasses import replace

import pytest

from kms_console.audit.models import AuditEvent
from kms_console.core.actor import Actor, Decision
from kms_console.core.errors import InvalidParameter, NoPermission, UserAlreadyExists
from kms_console.iam.actors import host_actor
from kms_console.iam.models import Account, User
from kms_console.iam.services.accounts import account_create
from kms_console.iam.services.users import NewUser, operator_create
from tests.iam.conftest import last_event

pytestmark = pytest.mark.django_db


def test_an_account_has_an_id_of_16_digits_and_an_owner_with_its_name(owner: NewUser) -> None:
    account = Account.objects.get()
    assert len(account.id) == 16
    assert account.id.isdecimal()
    assert (account.is_training, account.clock_offset) == (False, 0)
    user = User.objects.get(account=account)
    assert (user.login, user.name, user.is_owner) == ("acme", "acme", True)
    assert len(user.id) == 18
    assert user.id.isdecimal()


def test_the_owner_logs_in_with_the_password_that_is_shown_once(owner: NewUser) -> None:
    user = User.objects.get(login="acme")
    assert owner.password is not None
    assert user.check_password(owner.password.reveal().decode())
    assert len(owner.password.reveal()) == 20
    assert (user.must_change_password, user.console_access) == (True, True)


def test_an_account_and_its_owner_have_audit_events_in_their_own_trail(owner: NewUser) -> None:
    events = AuditEvent.objects.filter(account_id=owner.user.account_id)
    assert set(events.values_list("action", "subject", "outcome")) == {
        ("CreateAccount", f"account/{owner.user.account_id}", "OK"),
        ("CreateOwner", f"user/{owner.user.id}", "OK"),
    }


def test_a_taken_login_opens_no_account(owner: NewUser) -> None:
    with pytest.raises(UserAlreadyExists) as refused:
        account_create(actor=host_actor(), name="acme")
    assert "acme" in refused.value.message
    assert refused.value.audited
    assert Account.objects.count() == 1
    assert last_event().outcome == "EntityAlreadyExists.User"


def test_an_operators_login_is_not_an_accounts_name() -> None:
    operator_create(actor=host_actor(), name="root")
    with pytest.raises(UserAlreadyExists):
        account_create(actor=host_actor(), name="root")
    assert not Account.objects.exists()


@pytest.mark.parametrize("name", ["", "a b", "名", "x" * 65, "a@b", "a\n", "a\0", "a/b"])
def test_a_name_is_letters_digits_and_a_few_signs(name: str) -> None:
    with pytest.raises(InvalidParameter):
        account_create(actor=host_actor(), name=name)


def test_no_tenant_opens_accounts_or_makes_operators(
    owner: NewUser, acting_as: Callable[[User], Actor]
) -> None:
    tenants = acting_as(owner.user)
    for create in (account_create, operator_create):
        with pytest.raises(NoPermission):
            create(actor=tenants, name="other")
        with pytest.raises(NoPermission):
            create(actor=replace(tenants, account_id="", authority=_Nothing()), name="other")
    assert User.objects.count() == 1


class _Nothing:
    def decide(self, action: str, resource: str, facts: object) -> Decision:
        return Decision.SILENT
