"""A new account ready for use, and the first one of an empty database with its operator."""

from kms_console.core.secret import Secret
from kms_console.iam.actors import host_actor
from kms_console.iam.services.access_keys import access_key_create
from kms_console.iam.services.accounts import account_create
from kms_console.iam.services.policies import system_policies_install
from kms_console.iam.services.users import NewUser, operator_create

OPERATOR_NAME = "operator"


def first_account(*, account_name: str, region: str, endpoint: str) -> dict[str, str]:
    """Fill an empty database: system policies, an account, its owner and access key, an operator.

    `endpoint` is the server's URL without a path. Returns what `initial-credentials.json` holds;
    nobody can ask for the secrets in it again.
    """
    actor = host_actor()
    system_policies_install(actor=actor)
    credentials = open_account(account_name=account_name, region=region, endpoint=endpoint)
    operator = operator_create(actor=actor, name=OPERATOR_NAME)
    return {
        **credentials,
        "operator_login": operator.user.login,
        "operator_password": _password(operator),
    }


def open_account(*, account_name: str, region: str, endpoint: str) -> dict[str, str]:
    """Open an account with its owner's first access key. Raises what `account_create` does."""
    owner = account_create(actor=host_actor(), name=account_name)
    account_id = owner.user.account_id or ""
    access_key = access_key_create(actor=host_actor(account_id), user_name=owner.user.name)
    return {
        "account_id": account_id,
        "login": owner.user.login,
        "password": _password(owner),
        "access_key_id": access_key.access_key_id,
        "access_key_secret": _text(access_key.secret),
        "region": region,
        "endpoint": endpoint,
        "console_url": f"{endpoint}/console/",
    }


def _password(user: NewUser) -> str:
    return _text(user.password) if user.password else ""


def _text(secret: Secret) -> str:
    return secret.reveal().decode()
