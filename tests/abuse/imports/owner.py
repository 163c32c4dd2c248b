"""What the owner of material does at home: wraps it, and computes what the server should tell.

By `cryptography` alone; only SM2 is encrypted by the server's own engine.
"""

from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import load_der_public_key

from hsm.modules import sm2

AES, SM4 = "Aliyun_AES_256", "Aliyun_SM4"
SIZES = {AES: 32, SM4: 16}

SHA_256, SHA_1 = "RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1"
PKCS1, SM2 = "RSAES_PKCS1_V1_5", "SM2PKE"


def rsa_key(public_der: bytes) -> RSAPublicKey:
    key = load_der_public_key(public_der)
    assert isinstance(key, RSAPublicKey)
    assert key.key_size == 2048
    return key


def oaep(
    public_der: bytes,
    material: bytes,
    *,
    digest: type[hashes.HashAlgorithm] = hashes.SHA256,
    mgf: type[hashes.HashAlgorithm] | None = None,
    label: bytes | None = None,
) -> bytes:
    """RSA-OAEP; MGF1 takes the same digest unless `mgf` is another."""
    chosen = padding.OAEP(padding.MGF1((mgf or digest)()), digest(), label)
    return rsa_key(public_der).encrypt(material, chosen)


def pkcs1(public_der: bytes, material: bytes) -> bytes:
    return rsa_key(public_der).encrypt(material, padding.PKCS1v15())


def power(public_der: bytes, number: int) -> bytes:
    """RSA with no padding: what encrypts a block of one's own making."""
    numbers = rsa_key(public_der).public_numbers()
    return pow(number, numbers.e, numbers.n).to_bytes(256, "big")


def _sm2(public_der: bytes, material: bytes) -> bytes:
    engine = sm2.engine()
    assert engine is not None
    return engine.load_public(public_der).encrypt(material)


_WRAP: Mapping[str, Callable[[bytes, bytes], bytes]] = {
    SHA_256: oaep,
    SHA_1: lambda public_der, material: oaep(public_der, material, digest=hashes.SHA1),
    PKCS1: pkcs1,
    SM2: _sm2,
}


def wrap(algorithm: str, public_der: bytes, material: bytes) -> bytes:
    """As the algorithm that was asked for wants it."""
    return _WRAP[algorithm](public_der, material)


def check_value(spec: str, material: bytes) -> str:
    """The first 3 bytes of CMAC over one block of zeros, from its definition (SP 800-38B §6).

    The block is complete, so K1 is added to it, and what remains is to encrypt K1.
    """
    cipher = algorithms.AES(material) if spec == AES else algorithms.SM4(material)
    encryptor = Cipher(cipher, modes.ECB()).encryptor()  # noqa: S305  # one block at a time
    doubled = int.from_bytes(encryptor.update(bytes(16)), "big") << 1
    key_1 = (doubled % 2**128) ^ (0x87 if doubled >= 2**128 else 0)
    return encryptor.update(key_1.to_bytes(16, "big"))[:3].hex().upper()


def wrong_check_value(spec: str, material: bytes) -> str:
    """What the check value of `material` is not."""
    return f"{int(check_value(spec, material), 16) ^ 1:06X}"
