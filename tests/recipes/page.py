"""The commands and the program of docs/asymmetric.md, as the page has them."""

from collections.abc import Callable

from tests.readme.pages import blocks, section
from tests.serving import ROOT

PAGE = ROOT / "docs" / "asymmetric.md"

DIGEST, VERIFY = (block.text for block in blocks(section(PAGE, "Digests and signatures")))
_PROGRAM, DECRYPT = (block.text for block in blocks(section(PAGE, "Ciphertexts")))
(CHECK_VALUE,) = (block.text for block in blocks(section(PAGE, "Material to import")))


def der_of(raw: bytes) -> bytes:
    """What the page's function of this name returns."""
    names: dict[str, Callable[[bytes], bytes]] = {}
    exec(_PROGRAM, names)  # noqa: S102  # our own page
    return names["der_of"](raw)
