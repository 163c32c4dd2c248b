"""Where a reader goes after a question: to the page that was asked for, if it is one of ours."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

OURS = "/console/"


def wanted_page(request: HttpRequest) -> str:
    """The address in `next`, of the form or the query; empty for one that leads elsewhere."""
    return page_of_ours(request.POST.get("next") or request.GET.get("next") or "")


def page_of_ours(address: str) -> str:
    """The address if it is a path below `/console/` of this server, else empty."""
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if is_ours and address.startswith(OURS) else ""
