"""Pages by number, as people leaf through them."""

from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import HttpRequest

_NEAR = 2


class Pager:
    """The links below a list, and what is shown of it."""

    def __init__(
        self, request: HttpRequest, *, number: int, size: int, total: int, is_more: bool = False
    ) -> None:
        self._kept = {name: value for name, value in request.GET.items() if name != "page"}
        self.number = number
        self.total = total
        self.is_more = is_more
        self.last = max(1, -(-total // size))
        self.first_shown = min((number - 1) * size + 1, total)
        self.last_shown = min(number * size, total)

    @property
    def pages(self) -> list[tuple[int | None, str]]:
        """Numbers with their queries: both ends, and those around the page; None is a gap."""
        near = range(self.number - _NEAR, self.number + _NEAR + 1)
        shown = sorted({1, self.last, *(n for n in near if 1 <= n <= self.last)})
        pages: list[tuple[int | None, str]] = []
        for number in shown:
            if pages and number - (pages[-1][0] or 0) > 1:
                pages.append((None, ""))
            pages.append((number, self.query(number)))
        return pages

    @property
    def previous_query(self) -> str:
        return self.query(self.number - 1) if self.number > 1 else ""

    @property
    def next_query(self) -> str:
        return self.query(self.number + 1) if self.number < self.last else ""

    def query(self, number: int) -> str:
        """The query of a page of this list."""
        return urlencode({**self._kept, "page": number})


def page_number(request: HttpRequest) -> int:
    """The page that the address asks for, from 1. Raises BadRequest for what is no number."""
    text = request.GET.get("page", "1")
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < 1:
        raise BadRequest
    return int(text)
