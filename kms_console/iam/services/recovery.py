"""Recovery codes: random, kept as keyed hashes, each of use once."""

import re
import secrets
from datetime import datetime

from kms_console.core.sealing import Purpose, sealer
from kms_console.iam.models import RecoveryCode, SecondFactor

COUNT = 10

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""31 signs that are not taken for one another: a code of 16 has 79 bits."""

_CODE = re.compile(rf"[{_ALPHABET}]{{4}}(-[{_ALPHABET}]{{4}}){{3}}")


def is_recovery_code(text: str) -> bool:
    """Tell whether the text has the shape of a recovery code, which no other code has."""
    return _CODE.fullmatch(text) is not None


def recovery_codes_replace(factor: SecondFactor) -> list[str]:
    """Make the codes anew; those from before are worth nothing any more."""
    factor.recovery_codes.all().delete()
    codes = [_new_code() for _ in range(COUNT)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, digest=_digest(factor, code)) for code in codes
    )
    return codes


def use_code(factor: SecondFactor, code: str, moment: datetime) -> bool:
    """Use up the code; False where there is none such left."""
    left = factor.recovery_codes.filter(digest=_digest(factor, code), used_at=None)
    return left.update(used_at=moment) == 1


def _new_code() -> str:
    signs = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return "-".join(signs[at : at + 4] for at in range(0, 16, 4))


def _digest(factor: SecondFactor, code: str) -> str:
    """Only a holder of the root key can try codes against the table."""
    message = f"recovery code of user {factor.pk}\n{code}"
    return sealer().mac(Purpose.SECOND_FACTOR, message.encode()).hex()
