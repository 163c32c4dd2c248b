"""The local CA and the server's certificate under it, in `tls/` of the data folder.

A CA is made once, together with the first certificate, and never replaced: whoever trusts it would
have to trust another. The certificate is renewed in time, under the key that it has.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

from hsm.x509 import (
    Authority,
    Certificate,
    CertificateUnusable,
    Life,
    Limits,
    Names,
    create_authority,
)
from kms_console.core.regions import REGIONS
from kms_console.management.certificates.files import write_folder, write_whole
from kms_console.management.certificates.pair import Pair, digest

AUTHORITY_LIFE = timedelta(days=3652)
SERVER_LIFE = timedelta(days=90)
_NOTICE = timedelta(days=365)

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ALWAYS = Limits(("localhost", "aliyuncs.com"), (ip_network("127.0.0.0/8"), ip_network("::1/128")))
"""What any installation may be called: the CA must not be good for the rest of the web."""


class LocalCertificate:
    """The data folder's CA at work for a server with `names` of its own; see watch."""

    def __init__(self, data_dir: Path, names: Iterable[str]) -> None:
        self._folder = data_dir / "tls"
        self._own_names = Names.of(names)
        apis = (f"kms.{region}.aliyuncs.com" for region in REGIONS)
        self._names = Names.of([*_LOOPBACK, *apis, *names])
        self._authority = Pair(self._folder / "ca.pem", self._folder / "ca.key")
        self.pair = Pair(self._folder / "server.pem", self._folder / "server.key")
        self._seen = b""

    def refresh(self, now: datetime) -> bool:
        """Make what is missing, renew what is due. Raises CertificateUnusable."""
        if not self._folder.exists() or not any(self._folder.iterdir()):
            self._create(now)
        authority = self._open_authority(now)
        if not self._is_good(authority, now):
            self._renew(authority, now)
        found = digest(self.pair.read())
        changed, self._seen = found != self._seen, found
        return changed

    def warning(self, now: datetime) -> str | None:
        ends = self._read_authority().certificate.ends
        if now + _NOTICE < ends:
            return None
        return f"The local CA ends on {ends:%Y-%m-%d}. {self._how_to_replace()}"

    def greeting(self) -> list[str]:
        fingerprint = self._read_authority().certificate.fingerprint
        return [f"Its CA is {self._authority.certificate}, SHA-256 {fingerprint}."]

    def _create(self, now: datetime) -> None:
        limits = _limits(self._own_names)
        made = create_authority(limits, Life.of(AUTHORITY_LIFE, now=now))
        server = Authority(made).issue(self._names, Life.of(SERVER_LIFE, now=now))
        contents = {"ca.pem": made.certificate, "ca.key": made.key}
        contents |= {"server.pem": server.certificate, "server.key": server.key}
        write_folder(self._folder, contents)

    def _open_authority(self, now: datetime) -> Authority:
        """The CA, able to sign what is needed."""
        authority = self._read_authority()
        if outside := authority.certificate.limits.outside(self._names):
            raise CertificateUnusable(
                f"The local CA may not sign for {', '.join(outside)}. {self._how_to_replace()}"
            )
        if authority.certificate.ends <= now:
            raise CertificateUnusable(f"The local CA has expired. {self._how_to_replace()}")
        return authority

    def _read_authority(self) -> Authority:
        try:
            return Authority(self._authority.read())
        except CertificateUnusable as refused:
            raise CertificateUnusable(
                f"{refused} Put the right file back. {self._how_to_replace()}"
            ) from None

    def _how_to_replace(self) -> str:
        return (
            f"For a new CA, which all clients must then trust in its place, remove {self._folder} "
            "and start the server again."
        )

    def _is_good(self, authority: Authority, now: datetime) -> bool:
        try:
            found = Certificate(self.pair.read().certificate)
        except CertificateUnusable:
            return False
        is_ours = found.is_signed_by(authority.certificate) and found.names == self._names
        # Towards the CA's own end nothing longer can be had.
        is_fresh = 3 * (found.ends - now) >= found.ends - found.begins
        lasts = is_fresh or found.ends >= authority.certificate.ends
        return is_ours and found.begins <= now < found.ends and lasts

    def _renew(self, authority: Authority, now: datetime) -> None:
        issued = authority.issue(self._names, Life.of(SERVER_LIFE, now=now), self._kept_key())
        if issued.key != self._kept_key():
            write_whole(self.pair.key, issued.key)
        write_whole(self.pair.certificate, issued.certificate)

    def _kept_key(self) -> bytes | None:
        """The key that is there: with it a renewal changes one file and so happens at once."""
        with suppress(CertificateUnusable):
            return self.pair.read().key
        return None


def _limits(names: Names) -> Limits:
    """For this installation: `_ALWAYS`, and of `names` what is not in it."""
    added = Names.of(_ALWAYS.outside(names))
    networks = map(ip_network, sorted(map(str, added.addresses)))
    return Limits((*_ALWAYS.hosts, *sorted(added.hosts)), (*_ALWAYS.networks, *networks))
