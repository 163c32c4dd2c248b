"""The https listener as `up` sees it: a second web server, its certificate, what to say of it."""

from collections.abc import Callable
from dataclasses import dataclass

from hsm.x509 import CertificateUnusable
from kms_console.core.clock import utc_now
from kms_console.management.certificates import CertificateSource, Watch, certificate_source
from kms_console.settings.env import Environment


@dataclass(frozen=True, slots=True)
class Https:
    """A listener whose certificate is ready to be shown."""

    bind: str
    source: CertificateSource

    @property
    def options(self) -> list[str]:
        """For `python -m kms_console.server`."""
        pair = self.source.pair
        return ["--bind", self.bind, "--cert", str(pair.certificate), "--key", str(pair.key)]

    def greeting(self) -> list[str]:
        """Where it listens, whom to trust, and what must be done soon."""
        lines = [f"Serving on https://{self.bind}", *self.source.greeting()]
        warning = self.source.warning(utc_now())
        return [*lines, f"ATTENTION: {warning}"] if warning else lines

    def watch(self, reload: Callable[[], None]) -> Watch:
        """The supervisor's chore that renews the certificate."""
        return Watch(self.source, reload)


def open_https(environment: Environment) -> Https | None:
    """Make or find the certificate. Raises CertificateUnusable; None without a listener."""
    if environment.tls is None:
        return None
    source = certificate_source(environment.tls, environment.data_dir)
    try:
        source.refresh(utc_now())
    except OSError as refused:
        reason = f"{refused.filename}: {refused.strerror}"
        raise CertificateUnusable(f"The https certificate cannot be written: {reason}.") from None
    return Https(environment.tls.bind, source)
