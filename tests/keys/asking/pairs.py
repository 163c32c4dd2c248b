"""Requests to key pairs, and to other keys as if they were pairs."""

import base64

from tests.keys.asking.choices import About, Params, pick
from tests.keys.forging import spoiled
from tests.keys.model.pairs import ALGORITHMS as OF_KEYS
from tests.keys.model.pairs import DIGEST_SIZE
from tests.keys.model.records import PairUse
from tests.keys.model.versions import BETWEEN, MOST_VERSIONS, is_rested
from tests.keys.parameters import NO_VERSION

_JUNK = base64.b64encode(bytes(97)).decode()
_DIGESTS = tuple(base64.b64encode(bytes([first] * DIGEST_SIZE)).decode() for first in (1, 2))


def encrypt(about: About) -> Params:
    text = base64.b64encode(b"x" * int(about.choice.size)).decode()
    return {**_use(about), "Plaintext": text}


def decrypt(about: About) -> Params:
    """What the key encrypted, with the version and algorithm that did."""
    use, wire = _ciphertext(about)
    return {**about.named, "KeyVersionId": use.version, "Algorithm": use.algorithm, **wire}


def source(about: About) -> Params:
    """The same in the words of ReEncrypt."""
    use, wire = _ciphertext(about)
    return {
        **wire,
        "SourceKeyId": about.ref(),
        "SourceKeyVersionId": use.version,
        "SourceEncryptionAlgorithm": use.algorithm,
    }


def sign(about: About) -> Params:
    """A digest is of the right size if the choice's is."""
    digest = base64.b64encode(b"y" * int(about.choice.size)).decode()
    return {**_use(about), "Digest": digest}


def verify(about: About) -> Params:
    """What the key signed; spoiled, with another digest or with another byte."""
    own = [wire for wire, (use, _) in about.model.signatures.items() if use.key_id == about.key_id]
    wire = pick(own, about.choice.number)
    use, digest = about.model.signatures.get(wire, (_usual(about), _DIGESTS[0]))
    if about.choice.spoils == "context":
        digest = _DIGESTS[1]
    value = spoiled(wire or _JUNK) if about.choice.spoils == "byte" else wire or _JUNK
    named = {**about.named, "KeyVersionId": use.version, "Algorithm": use.algorithm}
    return {**named, "Digest": digest, "Value": value}


def version(about: About) -> Params:
    """One of the key's own; for odd numbers one of another key."""
    number, own = about.choice.number, about.key.version_ids
    of_other = about.model.keys[about.another()].version_ids if number % 2 else []
    its_id = pick(of_other or own[::-1], number // 2) or NO_VERSION
    return {**about.named, "KeyVersionId": its_id}


def next_version(about: About) -> Params:
    """After a week, if the choice is to wait for it and the key can have another one."""
    key, twins = about.key, about.twins
    can_be_added = key.state == "Enabled" and len(key.versions) in range(2, MOST_VERSIONS)
    if about.choice.waits and can_be_added and not is_rested(key, twins.model.now):
        assert key.last_rotation is not None
        twins.wait(key.last_rotation + BETWEEN - twins.model.now)
    return about.named


def _use(about: About) -> Params:
    use = _usual(about)
    return {**about.named, "KeyVersionId": use.version, "Algorithm": use.algorithm}


def _usual(about: About) -> PairUse:
    """The newest version, or from 1 on another one, with the algorithm that was chosen or fits."""
    ids = about.key.version_ids[::-1]
    fitting = OF_KEYS.get((about.key.spec, about.key.usage), ("SM2PKE",))
    algorithm = about.choice.algorithm or fitting[0]
    return PairUse(about.key_id, pick(ids, about.choice.number) or NO_VERSION, algorithm)


def _ciphertext(about: About) -> tuple[PairUse, Params]:
    """Spoiled, it is asked for with another version or algorithm, or with another byte."""
    known = about.model.ciphertexts
    own = [wire for wire, (use, _) in known.items() if use.key_id == about.key_id]
    wire = pick(own, about.choice.number)
    use = known[wire][0] if wire else _usual(about)
    if about.choice.spoils == "context":
        use = _usual(about)
    text = spoiled(wire or _JUNK) if about.choice.spoils == "byte" else wire or _JUNK
    return use, {"CiphertextBlob": text}
