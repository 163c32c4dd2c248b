"""What a browser finds at `/console/` in a version without the console."""

from django.http import HttpRequest, HttpResponse

_TEXT = """\
密钥管理服务正在运行。/ 提供阿里云 KMS API(2016-01-20);本版本尚不含控制台。
The key management service is running. / speaks the Alibaba Cloud KMS API (2016-01-20);
this version has no console yet.

/healthz  /readyz
"""


def landing(request: HttpRequest) -> HttpResponse:
    """A plain text page: where the API is, and that there is nothing to click."""
    return HttpResponse(_TEXT, content_type="text/plain; charset=utf-8")
