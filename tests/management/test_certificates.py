"""The files of the https listener: made once, healed, renewed in time, and never guessed at."""

import os
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from hsm.x509 import Authority, Certificate, CertificateUnusable, Issued, Life
from kms_console.core.regions import REGIONS
from kms_console.management.certificates import Watch, certificate_source
from kms_console.management.certificates.local import LocalCertificate
from kms_console.management.certificates.own import GivenCertificate
from kms_console.settings.listeners import OwnCertificate, Tls
from tests.handshake import shake_hands

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
NAMES = ("kms.example.com", "192.0.2.7")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def tls(data: Path) -> Path:
    """The folder, as a first start leaves it."""
    LocalCertificate(data, NAMES).refresh(NOW)
    return data / "tls"


def refresh(data: Path, now: datetime = NOW, names: tuple[str, ...] = NAMES) -> bool:
    """What a start does."""
    return LocalCertificate(data, names).refresh(now)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def changed(before: dict[str, bytes], folder: Path) -> set[str]:
    after = contents(folder)
    assert before.keys() == after.keys()
    return {name for name in after if after[name] != before[name]}


def test_a_first_start_makes_a_ca_and_a_certificate_for_all_names(tls: Path) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tls.iterdir()}
    assert stat.S_IMODE(tls.stat().st_mode) == 0o700
    assert modes == {
        "ca.pem": 0o644, "ca.key": 0o600, "server.pem": 0o644, "server.key": 0o600
    }  # fmt: skip
    hosts = ["localhost", "127.0.0.1", "::1", *NAMES]
    for host in [*hosts, *(f"kms.{region}.aliyuncs.com" for region in REGIONS)]:
        shake_hands(tls / "ca.pem", tls / "server.pem", tls / "server.key", host)


def test_later_starts_change_nothing(data: Path, tls: Path) -> None:
    before = contents(tls)
    refresh(data, NOW + 59 * DAY)
    assert changed(before, tls) == set()


def test_a_certificate_with_less_than_a_third_of_its_life_left_is_renewed(
    data: Path, tls: Path
) -> None:
    before = contents(tls)
    source = LocalCertificate(data, NAMES)
    assert source.refresh(NOW)
    assert not source.refresh(NOW + 59 * DAY)
    assert source.refresh(NOW + 61 * DAY)
    assert changed(before, tls) == {"server.pem"}
    assert not source.refresh(NOW + 61 * DAY)
    renewed = Certificate((tls / "server.pem").read_bytes())
    assert renewed.ends > NOW + 150 * DAY
    assert renewed.is_signed_by(Certificate(before["ca.pem"]))


def test_a_certificate_from_the_future_is_replaced(data: Path, tls: Path) -> None:
    before = contents(tls)
    refresh(data, NOW - DAY)
    assert changed(before, tls) == {"server.pem"}


def test_other_names_bring_another_certificate_under_the_same_ca(data: Path, tls: Path) -> None:
    before = contents(tls)
    refresh(data, names=("below.kms.example.com",))
    assert changed(before, tls) == {"server.pem"}


@pytest.mark.parametrize("name", ["other.example.com", "192.0.2.8"])
def test_a_name_beyond_the_ca_stops_the_start_and_says_what_to_do(
    data: Path, tls: Path, name: str
) -> None:
    before = contents(tls)
    with pytest.raises(CertificateUnusable, match=f"may not sign for {name}.*remove .*/tls"):
        refresh(data, names=(*NAMES, name))
    assert changed(before, tls) == set()


@pytest.mark.parametrize("name", ["server.pem", "server.key"])
@pytest.mark.parametrize("content", [None, b"", b"half a fi", "another"])
def test_a_lost_or_damaged_certificate_is_issued_again(
    data: Path, tls: Path, tmp_path: Path, name: str, content: bytes | str | None
) -> None:
    authority = (tls / "ca.pem").read_bytes()
    path = tls / name
    path.unlink()
    if content == "another":
        (tmp_path / "elsewhere").mkdir()
        refresh(tmp_path / "elsewhere")
        path.write_bytes((tmp_path / "elsewhere" / "tls" / name).read_bytes())
        path.chmod(0o600)
    elif isinstance(content, bytes):
        path.write_bytes(content)
        path.chmod(0o600)
    refresh(data)
    assert (tls / "ca.pem").read_bytes() == authority
    shake_hands(tls / "ca.pem", tls / "server.pem", tls / "server.key", "localhost")


def test_a_key_that_others_could_read_is_replaced(data: Path, tls: Path) -> None:
    before = contents(tls)
    (tls / "server.key").chmod(0o644)
    refresh(data)
    assert changed(before, tls) == {"server.key", "server.pem"}
    assert stat.S_IMODE((tls / "server.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["ca.pem", "ca.key"])
@pytest.mark.parametrize("content", [None, b"", b"half a fi"])
def test_a_lost_or_damaged_ca_is_never_replaced(
    data: Path, tls: Path, name: str, content: bytes | None
) -> None:
    (tls / name).unlink()
    if content is not None:
        (tls / name).write_bytes(content)
        (tls / name).chmod(0o600)
    before = contents(tls)
    with pytest.raises(CertificateUnusable, match=f"{name}.*right file back"):
        refresh(data)
    assert changed(before, tls) == set()


def test_a_ca_whose_key_is_open_to_others_is_not_used(data: Path, tls: Path) -> None:
    (tls / "ca.key").chmod(0o640)
    with pytest.raises(CertificateUnusable, match=r"ca\.key is open to others"):
        refresh(data)


class Cut(BaseException):
    """Stands for kill -9: nothing of ours catches it."""


@pytest.fixture
def cut_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Ends the process at the n-th sync, where a file or folder is half done."""
    with monkeypatch.context() as patched:

        def arm(number: int) -> None:
            left = iter(range(number))

            def sync(descriptor: int) -> None:
                if next(left, None) is None:
                    raise Cut

            patched.setattr(os, "fsync", sync)

        yield arm


@pytest.mark.parametrize("number", range(6))
def test_a_first_start_that_was_cut_off_is_made_good(
    data: Path, cut_at: Callable[[int], None], number: int
) -> None:
    cut_at(number)
    with pytest.raises(Cut):
        refresh(data)
    was_there = (data / "tls" / "ca.pem").exists()
    kept = contents(data / "tls") if was_there else {}
    cut_at(1000)
    refresh(data)
    assert not kept or changed(kept, data / "tls") == set()
    assert {path.name for path in data.iterdir()} == {"tls"}
    shake_hands(
        data / "tls" / "ca.pem", data / "tls" / "server.pem", data / "tls" / "server.key", "::1"
    )


@pytest.mark.parametrize("number", range(4))
def test_a_renewal_that_was_cut_off_is_made_good(
    data: Path, tls: Path, cut_at: Callable[[int], None], number: int
) -> None:
    authority = (tls / "ca.pem").read_bytes()
    (tls / "server.key").unlink()
    cut_at(number)
    with pytest.raises(Cut):
        refresh(data)
    cut_at(1000)
    refresh(data)
    assert (tls / "ca.pem").read_bytes() == authority
    assert len(contents(tls)) == 4
    shake_hands(tls / "ca.pem", tls / "server.pem", tls / "server.key", "localhost")


def test_the_end_of_the_ca_is_announced_and_then_stops_the_start(data: Path, tls: Path) -> None:
    source = LocalCertificate(data, NAMES)
    assert source.warning(NOW) is None
    ends = Certificate((tls / "ca.pem").read_bytes()).ends
    assert "remove" in str(source.warning(ends - 364 * DAY))
    assert source.refresh(ends - 3 * DAY)
    assert not source.refresh(ends - timedelta(minutes=1))
    with pytest.raises(CertificateUnusable, match="has expired"):
        source.refresh(ends)


@pytest.fixture
def own(tmp_path: Path, tls: Path) -> OwnCertificate:
    """An operator's own files, under names of their own."""
    (tls / "server.pem").rename(tmp_path / "chain.pem")
    (tls / "server.key").rename(tmp_path / "private.pem")
    return OwnCertificate(tmp_path / "chain.pem", tmp_path / "private.pem")


def reissue(tls: Path, own: OwnCertificate, *, life: timedelta = 90 * DAY) -> Issued:
    """Another certificate and key, not yet in place."""
    authority = Authority(Issued((tls / "ca.pem").read_bytes(), (tls / "ca.key").read_bytes()))
    names = Certificate(own.certificate.read_bytes()).names
    return authority.issue(names, Life.of(life, now=NOW))


def test_an_own_certificate_is_used_and_no_ca_is_made(tmp_path: Path, own: OwnCertificate) -> None:
    source = certificate_source(Tls("127.0.0.1:1", (), own), tmp_path / "empty")
    assert isinstance(source, GivenCertificate)
    assert source.refresh(NOW)
    assert not source.refresh(NOW)
    assert not (tmp_path / "empty").exists()
    assert str(own.certificate) in source.greeting()[0]


def test_replaced_files_are_noticed_once_both_fit(tls: Path, own: OwnCertificate) -> None:
    source = GivenCertificate(own)
    source.refresh(NOW)
    fresh = reissue(tls, own)
    own.certificate.write_bytes(fresh.certificate)
    with pytest.raises(CertificateUnusable, match=r"private\.pem: it belongs to another"):
        source.refresh(NOW)
    own.key.write_bytes(fresh.key)
    assert source.refresh(NOW)


def test_an_own_certificate_that_ends_soon_is_announced(tls: Path, own: OwnCertificate) -> None:
    assert GivenCertificate(own).warning(NOW) is None
    assert "ends on" in str(GivenCertificate(own).warning(NOW + 80 * DAY))


@pytest.mark.parametrize("which", ["certificate", "key"])
def test_own_files_that_are_missing_or_no_files_are_named(own: OwnCertificate, which: str) -> None:
    path: Path = getattr(own, which)
    path.unlink()
    with pytest.raises(CertificateUnusable, match=f"{path.name} does not exist"):
        GivenCertificate(own).refresh(NOW)
    os.mkfifo(path, 0o600)
    with pytest.raises(CertificateUnusable, match=f"{path.name} is not a regular file"):
        GivenCertificate(own).refresh(NOW)


def test_an_own_key_that_others_could_read_is_refused(own: OwnCertificate) -> None:
    own.key.chmod(0o644)
    with pytest.raises(CertificateUnusable, match="open to others"):
        GivenCertificate(own).refresh(NOW)


def test_the_watch_reloads_after_a_change_and_survives_what_is_wrong(
    tls: Path, own: OwnCertificate
) -> None:
    reloads: list[int] = []
    source = GivenCertificate(own)
    source.refresh(NOW)
    moment = [0.0]
    watch = Watch(source, lambda: reloads.append(1), lambda: moment[0])

    def later() -> int:
        moment[0] += 11
        watch()
        return len(reloads)

    assert later() == 0
    fresh = reissue(tls, own)
    own.certificate.write_bytes(fresh.certificate)
    with capture_logs() as lines:
        assert [later(), later()] == [0, 0]
    assert ["belongs to another" in line["reason"] for line in lines] == [True]
    own.key.write_bytes(fresh.key)
    watch()
    assert reloads == []
    assert [later(), later()] == [1, 1]
