import pytest

from kms_console.iam.bootstrap import first_account, open_account
from kms_console.iam.credentials import credential_find
from kms_console.iam.models import Policy, User
from kms_console.iam.services.signin import PasswordBackend

pytestmark = pytest.mark.django_db


@pytest.fixture
def credentials(db: None) -> dict[str, str]:
    return first_account(account_name="root", region="cn-beijing", endpoint="http://127.0.0.1:8000")


def test_the_first_account_comes_with_everything_a_user_needs(credentials: dict[str, str]) -> None:
    assert list(credentials) == [
        "account_id",
        "login",
        "password",
        "access_key_id",
        "access_key_secret",
        "region",
        "endpoint",
        "console_url",
        "operator_login",
        "operator_password",
    ]
    assert all(credentials.values())
    assert credentials["region"] == "cn-beijing"
    assert credentials["console_url"] == "http://127.0.0.1:8000/console/"


def test_the_logins_work_and_ask_for_new_passwords(credentials: dict[str, str]) -> None:
    for kind in ("", "operator_"):
        login, password = credentials[f"{kind}login"], credentials[f"{kind}password"]
        user = PasswordBackend().authenticate(None, username=login, password=password)
        assert isinstance(user, User)
        assert user.must_change_password
        assert user.is_operator is (kind == "operator_")


def test_the_access_key_is_the_owners(credentials: dict[str, str]) -> None:
    credential = credential_find(credentials["access_key_id"])
    assert credential is not None
    assert credential.secret.reveal().decode() == credentials["access_key_secret"]
    assert credential.account_id == credentials["account_id"]
    assert credential.user_name == "root"


def test_the_system_policies_are_there(credentials: dict[str, str]) -> None:
    assert Policy.objects.filter(account=None).count() == 4


def test_a_second_account_brings_no_operator(credentials: dict[str, str]) -> None:
    second = open_account(account_name="acme", region="r", endpoint="http://e")
    assert [*second, "operator_login", "operator_password"] == list(credentials)
    assert User.objects.filter(is_operator=True).count() == 1
