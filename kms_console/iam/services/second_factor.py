"""The second factor: codes of an authenticator (RFC 6238), and recovery codes for when it is lost.

Codes go by the real time of this server, also in training accounts: phones know no other.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django_otp.oath import TOTP

from kms_console.audit.trail import audited
from kms_console.core.actor import Actor
from kms_console.core.errors import (
    SecondFactorBlocked,
    SecondFactorExists,
    SecondFactorNotFound,
    SecondFactorRefused,
)
from kms_console.core.sealing import Purpose, sealer
from kms_console.core.secret import Secret
from kms_console.iam.facts import second_factor_facts, second_factor_subject
from kms_console.iam.models import SecondFactor, User
from kms_console.iam.sealed import second_factor_place, second_factor_secret
from kms_console.iam.selectors import user_get
from kms_console.iam.services.recovery import is_recovery_code, recovery_codes_replace, use_code
from kms_console.iam.services.users import require_over_user

DIGITS = 6
STEP = 30
"""Seconds that a code lives; one step before and after is taken as well (RFC 6238, 5.2)."""

MOST_FAILURES = 5
BLOCKED_FOR = timedelta(minutes=15)

_TOLERANCE = 1
_BEFORE_ALL = 0


def second_factor_enable(*, actor: Actor, secret: Secret, code: str, moment: datetime) -> list[str]:
    """Give the actor's user a second factor, once `code` shows that an authenticator has it.

    `moment` is the real time. Returns recovery codes, to be shown this once. Raises
    SecondFactorRefused for a code that the secret does not make, SecondFactorExists.
    """
    with audited(actor, "BindMFADevice", second_factor_subject(actor.user_id)) as entry:
        user = User.objects.select_for_update().get(pk=actor.user_id)
        if SecondFactor.objects.filter(pk=user.pk).exists():
            raise SecondFactorExists
        step = _step_of(secret, code, moment, _BEFORE_ALL)
        if step is None:
            raise SecondFactorRefused
        place = second_factor_place(user)
        factor = SecondFactor.objects.create(
            user=user,
            sealed_secret=sealer().seal(Purpose.SECOND_FACTOR, secret.reveal(), place),
            last_step=step,
            created_at=moment,
        )
        codes = recovery_codes_replace(factor)
        entry.after(second_factor_facts(factor))
    return codes


def second_factor_prove(*, actor: Actor, code: str, moment: datetime) -> None:
    """Take one code of the actor's user: the authenticator's, or a recovery code, each once.

    Raises SecondFactorRefused, SecondFactorBlocked after five wrong ones in a row, and
    SecondFactorNotFound. Refusals are in the trail; the count of them outlives the refusal.
    """
    if is_recovery_code(code):
        is_right = _recover(actor, code, moment)
    else:
        is_right = _take(actor.user_id, code, moment)
    if not is_right:
        with audited(actor, "VerifyMFACode", second_factor_subject(actor.user_id)):
            raise SecondFactorRefused


def second_factor_disable(*, actor: Actor) -> None:
    """Remove the actor's own second factor, its recovery codes with it. The caller has asked for
    a proof just before. Raises SecondFactorNotFound.
    """
    with audited(actor, "UnbindMFADevice", second_factor_subject(actor.user_id)) as entry:
        _locked(actor.user_id).delete()
        entry.after({"status": "Deleted"})


def second_factor_reset(*, actor: Actor, user_name: str) -> None:
    """Remove a user's second factor, whose authenticator is lost.

    Raises UserNotFound, NoPermission, SecondFactorNotFound.
    """
    with audited(actor, "UnbindMFADevice", user_name) as entry:
        user = user_get(actor.account_id, user_name, lock=True)
        entry.about(second_factor_subject(user.id))
        require_over_user(actor, "ram:UnbindMFADevice", user)
        _locked(user.id).delete()
        entry.after({"status": "Deleted"})


def recovery_codes_renew(*, actor: Actor) -> list[str]:
    """Replace all recovery codes of the actor's user. Raises SecondFactorNotFound."""
    with audited(actor, "RenewRecoveryCodes", second_factor_subject(actor.user_id)) as entry:
        factor = _locked(actor.user_id)
        codes = recovery_codes_replace(factor)
        entry.after(second_factor_facts(factor))
    return codes


def _take(user_id: str, code: str, moment: datetime) -> bool:
    """Compare a code and remember what came of it, in a transaction of its own."""
    with transaction.atomic():
        factor = _unblocked(user_id, moment)
        step = _step_of(second_factor_secret(factor), code, moment, factor.last_step + 1)
        if step is None:
            _count_failure(factor, moment)
        else:
            factor.last_step, factor.failures = step, 0
            factor.save(update_fields=["last_step", "failures"])
    return step is not None


def _recover(actor: Actor, code: str, moment: datetime) -> bool:
    """Use up a recovery code, or count a failure: both outlive the call."""
    with audited(actor, "UseRecoveryCode", second_factor_subject(actor.user_id)) as entry:
        factor = _unblocked(actor.user_id, moment)
        is_right = use_code(factor, code, moment)
        if is_right:
            entry.after(second_factor_facts(factor))
        else:
            entry.did_nothing()
            _count_failure(factor, moment)
    return is_right


def _unblocked(user_id: str, moment: datetime) -> SecondFactor:
    """The locked factor. Raises SecondFactorBlocked while it takes no codes."""
    factor = _locked(user_id)
    if factor.blocked_until is not None and moment < factor.blocked_until:
        raise SecondFactorBlocked(minutes=int(BLOCKED_FOR.total_seconds()) // 60)
    return factor


def _locked(user_id: str) -> SecondFactor:
    factors = SecondFactor.objects.select_related("user").select_for_update(of=("self",))
    factor = factors.filter(pk=user_id).first()
    if factor is None:
        raise SecondFactorNotFound
    return factor


def _count_failure(factor: SecondFactor, moment: datetime) -> None:
    factor.failures += 1
    if factor.failures >= MOST_FAILURES:
        factor.failures, factor.blocked_until = 0, moment + BLOCKED_FOR
    factor.save(update_fields=["failures", "blocked_until"])


def _step_of(secret: Secret, code: str, moment: datetime, first_step: int) -> int | None:
    """The time step whose code this is, None for a wrong code or one before `first_step`."""
    if len(code) != DIGITS or not code.isascii() or not code.isdigit():
        return None
    totp = TOTP(secret.reveal(), step=STEP, digits=DIGITS)
    totp.time = moment.timestamp()
    is_right = totp.verify(int(code), tolerance=_TOLERANCE, min_t=first_step)
    return int(totp.t()) if is_right else None
