"""Where the sealed secrets of this room live, and how they are opened again."""

from kms_console.core.sealing import Place, Purpose, sealer
from kms_console.core.secret import Secret
from kms_console.iam.models import AccessKey, SecondFactor, User


def access_key_place(access_key_id: str, account_id: str) -> Place:
    """The secret is bound to its row and its account: copied elsewhere it does not open."""
    return Place(column="iam_accesskey.sealed_secret", row=access_key_id, account=account_id)


def access_key_secret(access_key: AccessKey) -> Secret:
    """The secret of an access key read with its user. Raises SealBroken, Sealed."""
    place = access_key_place(access_key.id, access_key.user.account_id or "")
    return Secret(sealer().open(Purpose.ACCESS_KEY, bytes(access_key.sealed_secret), place))


def second_factor_place(user: User) -> Place:
    """The secret of codes is bound to its user and the user's account, as access keys are."""
    return Place(
        column="iam_secondfactor.sealed_secret", row=user.id, account=user.account_id or ""
    )


def second_factor_secret(factor: SecondFactor) -> Secret:
    """The secret of a factor read with its user. Raises SealBroken, Sealed."""
    place = second_factor_place(factor.user)
    return Secret(sealer().open(Purpose.SECOND_FACTOR, bytes(factor.sealed_secret), place))
