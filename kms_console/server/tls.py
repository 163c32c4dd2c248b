"""The local CA for download: `GET /tls/ca.pem`, over http and https."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

_TEXT = "text/plain; charset=utf-8"


@require_safe
def authority(request: HttpRequest) -> HttpResponse:
    """The CA's certificate as a file; 404 where the listener shows another or does not exist."""
    tls = settings.KMS.tls
    if tls is None or tls.own is not None:
        return _missing("This server uses no local CA.")
    try:
        content = (settings.KMS.data_dir / "tls" / "ca.pem").read_bytes()
    except OSError:
        return _missing("The local CA cannot be read; the server's log says why.")
    disposition = 'attachment; filename="kms-ca.pem"'
    return HttpResponse(
        content,
        content_type="application/x-pem-file",
        headers={"Content-Disposition": disposition},
    )


def _missing(text: str) -> HttpResponse:
    return HttpResponse(f"{text}\n", content_type=_TEXT, status=404)
