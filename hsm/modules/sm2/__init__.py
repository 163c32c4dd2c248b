"""SM2 (GB/T 32918) on the recommended curve: signatures and encryption, by one of two engines.

Both read and write the same forms, refuse the same inputs, and are proved before they serve.
"""

from hsm.modules.sm2.choice import engine
from hsm.modules.sm2.engine import LARGEST_PLAINTEXT, Sm2Engine, Sm2PrivateKey, Sm2PublicKey
from hsm.modules.sm2.hashing import DEFAULT_ID, sm3, z_value

__all__ = [
    "DEFAULT_ID",
    "LARGEST_PLAINTEXT",
    "Sm2Engine",
    "Sm2PrivateKey",
    "Sm2PublicKey",
    "engine",
    "sm3",
    "z_value",
]
