"""The operator's own certificate: read, checked, and never written."""

from datetime import datetime, timedelta

from hsm.x509 import Certificate
from kms_console.management.certificates.pair import Pair, digest
from kms_console.settings.listeners import OwnCertificate

_NOTICE = timedelta(days=14)


class GivenCertificate:
    """`KMS_TLS_CERT` and `KMS_TLS_KEY`; see watch.CertificateSource."""

    def __init__(self, own: OwnCertificate) -> None:
        self.pair = Pair(own.certificate, own.key)
        self._seen = b""

    def refresh(self, now: datetime) -> bool:
        """Notice files that were replaced. Raises CertificateUnusable when they do not fit."""
        found = digest(self.pair.read())
        changed, self._seen = found != self._seen, found
        return changed

    def warning(self, now: datetime) -> str | None:
        ends = Certificate(self.pair.read().certificate).ends
        if now + _NOTICE < ends:
            return None
        return f"The certificate {self.pair.certificate} ends on {ends:%Y-%m-%d}."

    def greeting(self) -> list[str]:
        return [f"Its certificate is {self.pair.certificate}."]
