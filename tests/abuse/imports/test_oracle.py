"""Case 15: material under PKCS #1 v1.5 is no oracle: whatever is sent, one refusal and no reason.

The library rejects implicitly: wrong padding gives other bytes, not an error. Once in some hundred
tries these have the length of a key, and only the check value tells that they are not the owner's.
"""

import itertools
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pytest

from hsm import imports, sealer, vault
from hsm.domain.module import KeyPair
from hsm.domain.specs import Algorithm
from hsm.models import ImportPair
from hsm.modules import pairs
from keys.domain.importing import CheckValue
from keys.models import Key
from keys.services.importing import Delivery
from kms_console.core.actor import Actor
from kms_console.core.errors import InvalidKeyMaterial
from tests.abuse.annex import Annex
from tests.abuse.imports.home import asked, brought, external_key
from tests.abuse.imports.keys import External
from tests.abuse.imports.owner import (
    AES,
    PKCS1,
    SHA_1,
    SHA_256,
    SIZES,
    check_value,
    pkcs1,
    power,
    rsa_key,
    wrap,
)
from tests.faults.conftest import FULL

CRAFTED = 100_000 if FULL else 2_000
RANDOM = 30_000 if FULL else 1_000
AT_ONCE = 500

specs = pytest.mark.parametrize("spec", list(SIZES))

Craft = Callable[[bytes, int], bytes]
"""Makes an attack from the public key and the length of the key that waits."""


def _padded(head: bytes, message: bytes) -> int:
    """The number of a block that begins with `head` and is filled up with what is no zero."""
    filling = bytes(secrets.randbelow(255) + 1 for _ in range(256 - len(head) - len(message)))
    return int.from_bytes(head + filling + message, "big")


def _modulus(public: bytes) -> int:
    return rsa_key(public).public_numbers().n


def _other_length(size: int) -> int:
    """Up to the 245 bytes that there is room for."""
    return (size + 1 + secrets.randbelow(245)) % 246


def _message(size: int) -> bytes:
    return b"\0" + secrets.token_bytes(size)


_CRAFTS: Mapping[str, Craft] = {
    "random bytes": lambda _, __: secrets.token_bytes(256),
    "random below n": lambda public, _: secrets.randbelow(_modulus(public)).to_bytes(256, "big"),
    "another length": lambda public, size: pkcs1(public, secrets.token_bytes(_other_length(size))),
    "one byte less": lambda public, size: pkcs1(public, secrets.token_bytes(size - 1)),
    "one byte more": lambda public, size: pkcs1(public, secrets.token_bytes(size + 1)),
    "right length": lambda public, size: pkcs1(public, secrets.token_bytes(size)),
    "OAEP": lambda public, size: wrap(SHA_256, public, secrets.token_bytes(size)),
    "OAEP SHA-1": lambda public, size: wrap(SHA_1, public, secrets.token_bytes(size)),
    "type 1": lambda public, size: power(public, _padded(b"\0\1", _message(size))),
    "type 0": lambda public, size: power(public, _padded(b"\0\0", _message(size))),
    "no leading zero": lambda public, size: power(public, _padded(b"\1\2", _message(size))),
    "no separator": lambda public, size: power(public, _padded(b"\0\2", b"")),
    "early separator": lambda public, size: power(public, _padded(b"\0\2abcd\0", _message(size))),
    "seven of padding": lambda public, _: power(public, _padded(b"\0\2abcdefg\0", b"")),
    "material alone": lambda public, size: power(public, _padded(b"\0" * (256 - size), b"")),
    "cut": lambda public, size: pkcs1(public, secrets.token_bytes(size))[:255],
    "grown": lambda public, size: pkcs1(public, secrets.token_bytes(size)) + b"\0",
    "zero before": lambda public, size: b"\0" + pkcs1(public, secrets.token_bytes(size)),
}


def _fixed(public: bytes) -> Iterator[bytes]:
    """Numbers at the edges, and bytes that are too few or too many."""
    n = _modulus(public)
    for number in (0, 1, 2, 3, n - 2, n - 1, n, n + 1, n + 2, 2**2048 - 1):
        yield number.to_bytes(256, "big")
    for size in (1, 16, 32, 128, 255, 257, 512, 1024, 1025, 2000):
        yield bytes(size)
        yield secrets.token_bytes(size)


def _attacks(public: bytes, size: int) -> Iterator[bytes]:
    """Those that are fixed, and then the kinds by turns, without an end."""
    yield from _fixed(public)
    for craft in itertools.cycle(_CRAFTS.values()):
        yield craft(public, size)


def test_each_attack_is_what_its_name_says(annex: Annex) -> None:
    public = External.create(annex, AES, PKCS1).public_der
    lengths = {name: {len(craft(public, 32)) for _ in range(9)} for name, craft in _CRAFTS.items()}
    odd = {"cut": {255}, "grown": {257}, "zero before": {257}}
    assert lengths == {name: odd.get(name, {256}) for name in _CRAFTS}
    assert {_other_length(32) for _ in range(20_000)} == set(range(246)) - {32}
    block = _padded(b"\0\2", _message(32)).to_bytes(256, "big")
    assert (block[:2], block.index(b"\0", 2)) == (b"\0\2", 256 - 33)


@specs
@pytest.mark.usefixtures("unchanged")
def test_no_crafted_ciphertext_is_taken_and_all_are_refused_alike(annex: Annex, spec: str) -> None:
    """Half of them for each spec. The check value is that of the material that comes in the end."""
    key = External.create(annex, spec, PKCS1)
    material = key.new_material()
    expected = {"KeyCheckValue": check_value(spec, material)}
    attacks = itertools.islice(_attacks(key.public_der, SIZES[spec]), CRAFTED // 2)
    messages, sent = set(), 0
    while chunk := list(itertools.islice(attacks, AT_ONCE)):
        messages.add(key.refuse_all(chunk, **expected).json["Message"])
        sent += len(chunk)
    assert (sent, messages) == (CRAFTED // 2, {"The key material is not valid."})
    assert (key.state, key.shown_check_value) == ("PendingImport", None)
    assert key.bring(material, **expected) == check_value(spec, material)


def test_the_library_rejects_implicitly_and_never_says_that_padding_was_wrong() -> None:
    """The known fact: random bytes always "decrypt", and the same ones to the same.

    That is what makes the padding no oracle, and what makes the check value necessary.
    """
    pair = pairs.load("RSA_2048", pairs.generate("RSA_2048"))
    ciphertexts = [b"\0" + secrets.token_bytes(255) for _ in range(RANDOM)]
    opened = [pair.decrypt(Algorithm.RSAES_PKCS1_V1_5, one) for one in ciphertexts]
    assert {len(one) for one in opened} <= set(range(246))
    again = [pair.decrypt(Algorithm.RSAES_PKCS1_V1_5, one) for one in ciphertexts[:50]]
    assert again == opened[:50]
    assert len(set(opened)) > RANDOM * 0.9  # some are empty
    for size in SIZES.values():
        share = sum(len(one) == size for one in opened) / RANDOM
        print(f"\n{share:.3%} of {RANDOM} random ciphertexts came out with {size} bytes")  # noqa: T201
        assert share < 1 / 50


def _unwrapping_pair(key: Key) -> KeyPair:
    """The private half of the key's only wrapping pair."""
    row = ImportPair.objects.get(key_id=key.id)
    kek = sealer.installed().kek(row.domain_key_id)
    module = vault.module_of(kek)
    place = imports._place(row).of_row(row.id, module.name)
    return module.load_pair(kek, row.spec, bytes(row.sealed), place)


def _garbage(key: Key, size: int) -> bytes:
    """Random bytes that happen to come out with the length of a key."""
    pair = _unwrapping_pair(key)
    while True:
        tried = b"\0" + secrets.token_bytes(255)
        if len(pair.decrypt(Algorithm.RSAES_PKCS1_V1_5, tried)) == size:
            return tried


@specs
def test_only_a_check_value_keeps_garbage_from_being_bound(actor: Actor, spec: str) -> None:
    """Who states none may lose the key to bytes that were damaged on their way."""
    key = external_key(actor, spec)
    parameters = asked(actor, key, algorithm=PKCS1)
    meant = check_value(spec, secrets.token_bytes(SIZES[spec]))
    plain = Delivery(token=parameters.token, wrapped=_garbage(key, SIZES[spec]))
    with pytest.raises(InvalidKeyMaterial):
        brought(actor, key, replace(plain, check_value=CheckValue.parse(meant)))
    key.refresh_from_db()
    assert (key.state, key.material_binding) == ("PendingImport", "")
    bound = brought(actor, key, plain)
    assert (bound.state, bound.material_check_value == meant) == ("Enabled", False)
