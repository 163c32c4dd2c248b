"""The words that people read for what the API spells in its own (seed chapters 2 and 3)."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keys.domain.rotation import RotationStatus
from keys.domain.specs import KeySpec, KeyUsage, Origin, ProtectionLevel
from keys.domain.states import KeyState

Words = str | Promise

STATES: Mapping[KeyState, Words] = {
    KeyState.ENABLED: _("Enabled"),
    KeyState.DISABLED: _("Disabled"),
    KeyState.PENDING_IMPORT: _("Pending import"),
    KeyState.PENDING_DELETION: _("Pending deletion"),
}
STATE_CLASSES: Mapping[KeyState, str] = {
    KeyState.ENABLED: "st-ok",
    KeyState.DISABLED: "st-off",
    KeyState.PENDING_IMPORT: "st-warn",
    KeyState.PENDING_DELETION: "st-bad",
}
"""A shape and a colour: never the colour alone."""

USAGES: Mapping[KeyUsage, str] = {
    KeyUsage.ENCRYPT_DECRYPT: "Encrypt/Decrypt",
    KeyUsage.SIGN_VERIFY: "Sign/Verify",
}
LEVELS: Mapping[ProtectionLevel, str] = {
    ProtectionLevel.SOFTWARE: "Software",
    ProtectionLevel.HSM: "HSM",
}
ORIGINS: Mapping[Origin, Words] = {
    Origin.ALIYUN_KMS: _("KMS"),
    Origin.EXTERNAL: _("External"),
}
ROTATIONS: Mapping[RotationStatus, Words] = {
    RotationStatus.DISABLED: _("Off"),
    RotationStatus.ENABLED: _("On"),
    RotationStatus.SUSPENDED: _("Suspended"),
}
SYMMETRIC = (KeySpec.ALIYUN_AES_256, KeySpec.ALIYUN_SM4)
ASYMMETRIC = (
    KeySpec.RSA_2048,
    KeySpec.RSA_3072,
    KeySpec.EC_P256,
    KeySpec.EC_P256K,
    KeySpec.EC_SM2,
)
