"""Hash chains: entry n of a writer commits to all entries before it.

    hash(0) = SHA-256("kms audit chain" || writer id)
    hash(n) = SHA-256(hash(n - 1) || canonical bytes of record n)

One chain per writer; a writer id is never used twice. SHA-256 is that of FIPS 180-4.
"""

import re
from dataclasses import dataclass
from hashlib import sha256

_SEED = b"kms audit chain"
WRITER_ID = re.compile(r"[a-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True)
class Head:
    """A chain up to and with entry `n`, or the start of a chain when `n` is 0."""

    writer: str
    n: int
    digest: bytes

    def then(self, body: bytes) -> "Head":
        """The head after one more entry with the canonical form `body`."""
        return Head(self.writer, self.n + 1, link(self.digest, body))


def start(writer: str) -> Head:
    """The head of a chain without entries."""
    return Head(writer, 0, seed(writer))


def seed(writer: str) -> bytes:
    """hash(0) of a writer."""
    return sha256(_SEED + writer.encode()).digest()


def link(previous: bytes, body: bytes) -> bytes:
    """hash(n) from hash(n - 1) and the canonical form of record n."""
    return sha256(previous + body).digest()
