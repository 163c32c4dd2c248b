from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django_otp.oath import TOTP

from kms_console.core.actor import Actor
from kms_console.core.errors import (
    NoPermission,
    SecondFactorBlocked,
    SecondFactorExists,
    SecondFactorNotFound,
    SecondFactorRefused,
)
from kms_console.core.sealing import SealBroken
from kms_console.core.secret import Secret
from kms_console.iam.models import SecondFactor, User
from kms_console.iam.sealed import second_factor_secret
from kms_console.iam.services.policies import policy_attach
from kms_console.iam.services.second_factor import (
    BLOCKED_FOR,
    recovery_codes_renew,
    second_factor_disable,
    second_factor_enable,
    second_factor_prove,
    second_factor_reset,
)
from kms_console.iam.services.users import NewUser, user_create
from kms_console.iam.verification import facts_of, sealed_problems
from tests.iam.conftest import last_event

pytestmark = pytest.mark.django_db

SECRET = Secret(b"twenty bytes secret!")
START = datetime(2026, 11, 25, 9, 0, 7, tzinfo=UTC)
STEP = timedelta(seconds=30)
Act = Callable[[User], Actor]


def code(moment: datetime, secret: Secret = SECRET) -> str:
    totp = TOTP(secret.reveal())
    totp.time = moment.timestamp()
    return f"{totp.token():06d}"


@pytest.fixture
def hers(alice: User, acting_as: Act) -> Actor:
    """Alice, acting for herself."""
    return acting_as(alice)


@pytest.fixture
def codes(hers: Actor) -> list[str]:
    """The recovery codes of the second factor that alice has from the start on."""
    return second_factor_enable(actor=hers, secret=SECRET, code=code(START), moment=START)


def test_it_is_switched_on_by_a_code_of_its_secret_alone(hers: Actor) -> None:
    with pytest.raises(SecondFactorRefused):
        second_factor_enable(actor=hers, secret=SECRET, code="000000", moment=START)
    assert not SecondFactor.objects.exists()
    second_factor_enable(actor=hers, secret=SECRET, code=code(START), moment=START)
    assert second_factor_secret(SecondFactor.objects.select_related("user").get()) == SECRET


def test_a_user_has_one_at_most(hers: Actor, codes: list[str]) -> None:
    with pytest.raises(SecondFactorExists):
        second_factor_enable(actor=hers, secret=SECRET, code=code(START), moment=START)


@pytest.mark.parametrize("late", [-1, 0, 1])
def test_clocks_may_differ_by_one_step(hers: Actor, codes: list[str], late: int) -> None:
    moment = START + 4 * STEP
    second_factor_prove(actor=hers, code=code(moment + late * STEP), moment=moment)


@pytest.mark.parametrize("late", [-2, 2])
def test_clocks_may_not_differ_by_more(hers: Actor, codes: list[str], late: int) -> None:
    moment = START + 4 * STEP
    with pytest.raises(SecondFactorRefused):
        second_factor_prove(actor=hers, code=code(moment + late * STEP), moment=moment)


def test_no_code_is_taken_after_one_of_a_later_step(hers: Actor, codes: list[str]) -> None:
    moment = START + 4 * STEP
    second_factor_prove(actor=hers, code=code(moment + STEP), moment=moment)
    for step in (STEP, timedelta(), -STEP):
        with pytest.raises(SecondFactorRefused):
            second_factor_prove(actor=hers, code=code(moment + step), moment=moment)


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12a456", "１２３４５６", "-12345"])
def test_what_is_no_code_is_refused(hers: Actor, codes: list[str], text: str) -> None:
    with pytest.raises(SecondFactorRefused):
        second_factor_prove(actor=hers, code=text, moment=START + STEP)


def test_five_wrong_codes_in_a_row_block_right_ones_and_recovery_codes(
    hers: Actor, codes: list[str]
) -> None:
    moment = START + 4 * STEP
    for _ in range(5):
        with pytest.raises(SecondFactorRefused):
            second_factor_prove(actor=hers, code="12345", moment=moment)
    for right in (code(moment), codes[0]):
        with pytest.raises(SecondFactorBlocked):
            second_factor_prove(actor=hers, code=right, moment=moment)
    later = moment + BLOCKED_FOR
    second_factor_prove(actor=hers, code=code(later), moment=later)


def test_a_right_code_forgets_the_wrong_ones(hers: Actor, codes: list[str]) -> None:
    for number in range(1, 4):
        moment = START + number * STEP * 2
        for _ in range(4):
            with pytest.raises(SecondFactorRefused):
                second_factor_prove(actor=hers, code="12345", moment=moment)
        second_factor_prove(actor=hers, code=code(moment), moment=moment)


def test_a_wrong_code_is_in_the_trail_without_the_code(hers: Actor, codes: list[str]) -> None:
    with pytest.raises(SecondFactorRefused):
        second_factor_prove(actor=hers, code="123456", moment=START + STEP)
    event = last_event()
    assert (event.action, event.outcome) == ("VerifyMFACode", "InvalidMFACode")
    assert "123456" not in str(event.detail)


def test_a_recovery_code_is_of_use_once(hers: Actor, codes: list[str]) -> None:
    second_factor_prove(actor=hers, code=codes[3], moment=START)
    with pytest.raises(SecondFactorRefused):
        second_factor_prove(actor=hers, code=codes[3], moment=START)
    second_factor_prove(actor=hers, code=codes[4], moment=START)


def test_recovery_codes_of_one_user_are_nothing_to_another(
    host: Actor, acting_as: Act, codes: list[str]
) -> None:
    bob = acting_as(user_create(actor=host, name="bob").user)
    second_factor_enable(actor=bob, secret=SECRET, code=code(START), moment=START)
    with pytest.raises(SecondFactorRefused):
        second_factor_prove(actor=bob, code=codes[0], moment=START)


def test_renewed_recovery_codes_replace_the_old_ones(hers: Actor, codes: list[str]) -> None:
    new = recovery_codes_renew(actor=hers)
    assert not set(new) & set(codes)
    with pytest.raises(SecondFactorRefused):
        second_factor_prove(actor=hers, code=codes[0], moment=START)
    second_factor_prove(actor=hers, code=new[0], moment=START)


def test_a_sealed_secret_copied_to_another_user_does_not_open(
    host: Actor, acting_as: Act, alice: User, codes: list[str]
) -> None:
    bob = user_create(actor=host, name="bob").user
    second_factor_enable(actor=acting_as(bob), secret=SECRET, code=code(START), moment=START)
    copied = SecondFactor.objects.get(pk=alice.pk).sealed_secret
    SecondFactor.objects.filter(pk=bob.pk).update(sealed_secret=copied)
    with pytest.raises(SealBroken):
        second_factor_secret(SecondFactor.objects.select_related("user").get(pk=bob.pk))
    assert list(sealed_problems()) == [f"second-factor/{bob.pk}: the sealed secret does not open"]


def test_the_trail_knows_what_is_left(hers: Actor, alice: User, codes: list[str]) -> None:
    second_factor_prove(actor=hers, code=codes[0], moment=START)
    assert last_event().action == "UseRecoveryCode"
    assert last_event().detail["after"] == facts_of(f"second-factor/{alice.pk}")
    second_factor_disable(actor=hers)
    assert last_event().detail["after"] == {"status": "Deleted"}
    assert facts_of(f"second-factor/{alice.pk}") is None
    with pytest.raises(SecondFactorNotFound):
        second_factor_disable(actor=hers)


def test_only_who_may_removes_anothers(
    host: Actor, acting_as: Act, alice: User, owner: NewUser, codes: list[str]
) -> None:
    bob = user_create(actor=host, name="bob").user
    with pytest.raises(NoPermission):
        second_factor_reset(actor=acting_as(bob), user_name="alice")
    policy_attach(actor=host, user_name="bob", policy_name="AdministratorAccess")
    second_factor_reset(actor=acting_as(bob), user_name="alice")
    assert not SecondFactor.objects.exists()
    with pytest.raises(NoPermission):
        second_factor_reset(actor=acting_as(bob), user_name=owner.user.name)
