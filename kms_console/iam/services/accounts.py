"""Opening accounts. Only the host does; tenants never reach these."""

from dataclasses import replace

from kms_console.audit.trail import audited
from kms_console.core.actor import Actor
from kms_console.iam.actors import require_host
from kms_console.iam.facts import account_facts, account_subject
from kms_console.iam.models import Account
from kms_console.iam.names import checked_name, new_account_id
from kms_console.iam.services.users import NewUser, owner_create


def account_create(*, actor: Actor, name: str) -> NewUser:
    """Open an account with its owner, whose login is the account's name.

    Both or neither come to be. Raises InvalidParameter, UserAlreadyExists when the login is
    taken, NoPermission.
    """
    checked_name(name, "AccountName")
    acting = replace(actor, account_id=new_account_id())
    with audited(acting, "CreateAccount", account_subject(acting.account_id)) as entry:
        require_host(actor)
        account = Account(id=acting.account_id, name=name, created_at=actor.now)
        account.save(force_insert=True)
        entry.after(account_facts(account))
        return owner_create(actor=acting, account=account)
