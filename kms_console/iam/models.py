"""Accounts (tenants), the people and programs in them, their access keys and their policies."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from kms_console.core.sealing import Purpose, sealer


class Account(models.Model):
    """A tenant. `clock_offset` is in seconds and moves the clock of training accounts alone."""

    id = models.CharField(primary_key=True, max_length=16)
    name = models.CharField(max_length=64)
    is_training = models.BooleanField(default=False)
    clock_offset = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="iam_account_real_clock",
                condition=Q(is_training=True) | Q(clock_offset=0),
            ),
        ]


class UserManager(BaseUserManager["User"]):
    """Django asks for this interface; `services.users` is how the product makes users."""

    def create_user(self, login: str, password: str | None = None, **fields: Any) -> "User":
        """Insert a user; without a password the user cannot log in."""
        user = self.model(login=login, **fields)
        user.set_password(password)
        user.save(force_insert=True, using=self._db)
        return user


class User(AbstractBaseUser):
    """An account's owner, one of its RAM users, or an operator, who has no account.

    `login`: the account's name for an owner, `name@account` for a RAM user, the name for an
    operator. Operators alone may enter the operators' screens, and may do everything there.
    """

    id = models.CharField(primary_key=True, max_length=18)
    login = models.CharField(max_length=81, unique=True)
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="users")
    name = models.CharField(max_length=64)
    is_owner = models.BooleanField(default=False)
    is_operator = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    console_access = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    objects = UserManager()

    USERNAME_FIELD = "login"

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="iam_user_name", fields=["account", "name"]),
            models.UniqueConstraint(
                name="iam_user_one_owner", fields=["account"], condition=Q(is_owner=True)
            ),
            models.CheckConstraint(
                name="iam_user_operator_has_no_account",
                condition=Q(is_operator=True, is_owner=False, account__isnull=True)
                | Q(is_operator=False, account__isnull=False),
            ),
        ]

    @property
    def is_staff(self) -> bool:
        """What Django's admin asks for."""
        return self.is_operator

    def get_session_auth_hash(self) -> str:
        """Sessions end with the password they began with, on every process and host."""
        message = f"kms session of user {self.pk}\n{self.password}"
        return sealer().mac(Purpose.SESSION, message.encode()).hex()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The root's keys do not change, so no older one has to be tried."""
        return iter(())

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_operator and self.is_active

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_operator and self.is_active


class AccessKeyStatus(models.TextChoices):
    ACTIVE = "Active"
    INACTIVE = "Inactive"


class AccessKey(models.Model):
    """A name and a secret that a program signs with. The secret is sealed and shown once."""

    id = models.CharField(primary_key=True, max_length=24)
    user = models.ForeignKey(User, models.PROTECT, related_name="access_keys")
    sealed_secret = models.BinaryField()
    status = models.CharField(max_length=8, choices=AccessKeyStatus)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="iam_accesskey_status", condition=Q(status__in=AccessKeyStatus.values)
            ),
        ]


class Policy(models.Model):
    """A policy document. Without an account it is a system policy, the same for everybody."""

    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="policies")
    name = models.CharField(max_length=128)
    document = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="iam_policy_name", fields=["account", "name"]),
            models.UniqueConstraint(
                name="iam_policy_system_name", fields=["name"], condition=Q(account__isnull=True)
            ),
        ]


class PolicyAttachment(models.Model):
    """A policy of a RAM user: it may do what its policies and those of its groups allow."""

    user = models.ForeignKey(User, models.CASCADE, related_name="attachments")
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="attachments")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="iam_policyattachment_once", fields=["user", "policy"]),
        ]


class Group(models.Model):
    """RAM users of one account who share policies."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="groups", db_index=False)
    name = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="iam_group_name", fields=["account", "name"]),
        ]


class GroupMembership(models.Model):
    """A RAM user in a group; an owner, who may do everything, is in none."""

    group = models.ForeignKey(Group, models.PROTECT, related_name="memberships", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="iam_groupmembership_once", fields=["group", "user"]),
        ]


class GroupPolicyAttachment(models.Model):
    """A policy that all users of a group have."""

    group = models.ForeignKey(Group, models.PROTECT, related_name="attachments", db_index=False)
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="group_attachments")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                name="iam_grouppolicyattachment_once", fields=["group", "policy"]
            ),
        ]


class SecondFactor(models.Model):
    """The secret that a user's authenticator makes codes from (RFC 6238), sealed.

    `last_step` is the time step of the newest code that was taken: none is taken twice. `failures`
    counts wrong codes in a row; while `blocked_until` is ahead no code is taken at all.
    """

    user = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="second_factor"
    )
    sealed_secret = models.BinaryField()
    last_step = models.BigIntegerField()
    failures = models.PositiveSmallIntegerField(default=0)
    blocked_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()


class RecoveryCode(models.Model):
    """A code for once, in place of the authenticator's. `digest` is a keyed hash of it."""

    factor = models.ForeignKey(
        SecondFactor, models.CASCADE, related_name="recovery_codes", db_index=False
    )
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="iam_recoverycode_once", fields=["factor", "digest"]),
        ]
