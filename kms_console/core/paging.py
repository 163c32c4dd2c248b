"""Pages as the API counts them: from 1, with a size between 1 and 100."""

from dataclasses import InitVar, dataclass

from kms_console.core.errors import InvalidParameter

DEFAULT_SIZE = 10
LARGEST_SIZE = 100
LARGEST_NUMBER = 10**9


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page by number (from 1) and size (1–100). Raises InvalidParameter outside of that.

    A list that may be asked for nothing but its total has a `smallest_size` of 0.
    """

    number: int = 1
    size: int = DEFAULT_SIZE
    smallest_size: InitVar[int] = 1

    def __post_init__(self, smallest_size: int) -> None:
        if not 1 <= self.number <= LARGEST_NUMBER:
            raise InvalidParameter(name="PageNumber")
        if not smallest_size <= self.size <= LARGEST_SIZE:
            raise InvalidParameter(name="PageSize")

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size
