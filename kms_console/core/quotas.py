"""How many keys and aliases an account may have, if the operator said so (decision 0023)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """The most rows of an account in one region; None: as many as it likes."""

    keys: int | None = None
    aliases: int | None = None


NO_QUOTAS = Quotas()

_installed = NO_QUOTAS


def install(quotas: Quotas) -> None:
    """Called once by the roof when the process starts."""
    global _installed  # noqa: PLW0603  # one set a process, set at start and never again
    _installed = quotas


def current() -> Quotas:
    """The quotas in force; none unless the operator set them."""
    return _installed
