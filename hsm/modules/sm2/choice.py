"""Which engine serves: the first one that gives the known answers, decided once a process."""

from collections.abc import Callable, Iterable
from functools import cache

from hsm.modules.sm2 import selftest
from hsm.modules.sm2.engine import Sm2Engine
from hsm.modules.sm2.openssl import OpenSslEngine
from hsm.modules.sm2.portable import PortableEngine

Maker = Callable[[], Sm2Engine]


@cache
def engine() -> Sm2Engine | None:
    """OpenSSL where the system's has SM2, else `gmssl`; None where both fail: no SM2 is served.

    The first call takes some milliseconds, a tenth of a second with `gmssl`. A forked process
    keeps its parent's engine.
    """
    return first_proved((OpenSslEngine, PortableEngine))


def first_proved(makers: Iterable[Maker]) -> Sm2Engine | None:
    """The first engine that can be made and passes its self-test."""
    return next((made for maker in makers if (made := _proved(maker)) is not None), None)


def _proved(maker: Maker) -> Sm2Engine | None:
    try:
        made = maker()
        selftest.run(made)
    except Exception:  # whatever goes wrong with a library, it does not serve
        return None
    return made
