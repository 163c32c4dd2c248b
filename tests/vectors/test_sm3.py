"""SM3, as SM2 uses it: the examples of GB/T 32905-2016, and more of the same."""

from hsm.modules.sm2.hashing import sm3
from tests.vectors.reading import cavp


def test_the_published_digests_are_made() -> None:
    cases = cavp("hashes/SM3/oscca.txt", "MD")
    assert len(cases) == 6
    for case in cases:
        message = bytes.fromhex(case["Msg"])[: int(case["Len"]) // 8]
        assert sm3(message) == bytes.fromhex(case["MD"])
        assert sm3(message[:1], message[1:]) == sm3(message)
