"""Pages as the API counts them: from 1, with a size between 1 and 100."""

from dataclasses import dataclass

from kms_console.core.errors import InvalidParameter

DEFAULT_SIZE = 10
LARGEST_SIZE = 100
LARGEST_NUMBER = 10**9


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page by number (from 1) and size (1–100). Raises InvalidParameter outside of that."""

    number: int = 1
    size: int = DEFAULT_SIZE

    def __post_init__(self) -> None:
        if not 1 <= self.number <= LARGEST_NUMBER:
            raise InvalidParameter(name="PageNumber")
        if not 1 <= self.size <= LARGEST_SIZE:
            raise InvalidParameter(name="PageSize")

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size
