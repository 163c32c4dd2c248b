"""The file of channels: what it may say, and that each mistake is named and no value quoted."""

from pathlib import Path

import pytest

from kms_console.core.secret import Secret
from kms_console.notices.config import DingTalk, Mail, Webhook, WeCom
from kms_console.notices.kinds import Kind
from kms_console.notices.reading import NoticesInvalid, is_loopback, read_notices
from kms_console.settings.env import read_environment
from kms_console.settings.listeners import EnvironmentInvalid
from tests.notices.receivers import Tls
from tests.notices.samples import SIGNING, WHSEC

SECRET = "canary-secret-of-the-file"
GOOD = f"""
key_page = "https://kms.example.com/keys/{{key_id}}"

[smtp]
host = "mail.example.com"
from = "kms@example.com"
user = "kms"
password_file = "PASSWORD"
ca_file = "CA"

[[channel]]
name = "ops-hook"
kind = "webhook"
url = "https://ops.example.com/in?token={SECRET}"
secret = "{WHSEC}"
kinds = ["rotation.late", "clock.held"]
ca_file = "CA"

[[channel]]
name = "ops-ding"
kind = "dingtalk"
url = "https://oapi.dingtalk.com/robot/send?access_token={SECRET}"
secret = "SEC{SECRET}"
languages = ["zh_Hans"]

[[channel]]
name = "ops-wecom"
kind = "wecom"
url = "http://127.0.0.1:8080/cgi-bin/webhook/send?key={SECRET}"

[[channel]]
name = "mail"
kind = "email"
to = ["ann@example.com", "bo@example.com"]
accounts = ["1234567890123456"]
"""


@pytest.fixture
def write(tmp_path: Path) -> "Writer":
    return Writer(tmp_path)


class Writer:
    """Writes files of channels beside the files that they name."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notices.toml"
        self._files = {"PASSWORD": folder / "password", "CA": Tls.make(folder).ca}
        self.write_private(self._files["PASSWORD"], f"{SECRET}\n")

    def write_private(self, path: Path, text: str) -> Path:
        path.write_text(text)
        path.chmod(0o600)
        return path

    def __call__(self, text: str = GOOD) -> Path:
        for name, path in self._files.items():
            text = text.replace(f'"{name}"', f'"{path}"')
        return self.write_private(self.path, text)


def _reason(path: Path) -> str:
    with pytest.raises(NoticesInvalid) as refused:
        read_notices(path)
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None
    return str(refused.value)


def test_every_kind_of_channel_is_read(write: Writer) -> None:
    found = read_notices(write())
    hook, ding, wecom, mail = found.channels
    assert found.key_page.endswith("{key_id}")
    assert isinstance(hook, Webhook)
    assert hook.secret == Secret(SIGNING)
    assert hook.kinds == {Kind.ROTATION_LATE, Kind.CLOCK_HELD}
    assert isinstance(ding, DingTalk)
    assert (ding.secret, ding.languages) == (Secret(f"SEC{SECRET}".encode()), ("zh_Hans",))
    assert isinstance(wecom, WeCom)
    assert isinstance(mail, Mail)
    assert (mail.smtp.port, mail.smtp.security) == (587, "starttls")
    assert mail.smtp.password == Secret(SECRET.encode())
    assert [channel.per_minute for channel in found.channels] == [120, 20, 20, 30]
    assert SECRET not in repr(found)


def test_a_channel_takes_the_kinds_and_accounts_it_asked_for(write: Writer) -> None:
    hook, ding, _, mail = read_notices(write()).channels
    assert hook.takes("rotation.late", "9" * 16)
    assert not hook.takes("rotation.upcoming", "9" * 16)
    assert ding.takes("clock.held", "")
    assert mail.takes("rotation.upcoming", "1234567890123456")
    assert not mail.takes("rotation.upcoming", "9" * 16)
    assert not mail.takes("clock.held", "")


@pytest.mark.parametrize(
    ("wrong", "right", "reason"),
    [
        ("[[channel]]", "[[channels]]", "has no list of 1 to 100 channels"),
        ("[[channel]]", "[[channel]]\nfoo = 1", "channel 1: foo is not known here"),
        ("key_page =", "keypage =", "the file: keypage is not known here"),
        ('name = "ops-hook"', "", "channel 1: name is missing"),
        ('name = "ops-hook"', 'name = "Ops"', "channel 1: name does not have the form"),
        ('name = "ops-hook"', 'name = "mail"', "two channels have one name"),
        ('kind = "webhook"', 'kind = "pager"', "channel 1: kind is not one of webhook, dingtalk"),
        ("https://ops", "http://ops", "channel 1: url is neither https nor of this host"),
        ("https://ops", "https://me@ops", "channel 1: url is neither https nor of this host"),
        ("https://ops.example.com/in", "https://[::1", "channel 1: url is neither https"),
        ("https://ops", "ftp://ops", "channel 1: url does not have the form"),
        (WHSEC, SECRET, "channel 1: secret is not whsec_ and 24 to 64 bytes in base64"),
        (WHSEC, "whsec_c2hvcnQ=", "channel 1: secret is not whsec_ and 24 to 64 bytes in base64"),
        (f"SEC{SECRET}", "short", "channel 2: secret does not have the form"),
        ('"rotation.late"', '"rotation.soon"', "channel 1: kinds has a member that does not"),
        ('"rotation.late"', '"test"', "channel 1: kinds has a member that does not"),
        ('["zh_Hans"]', '["de"]', "channel 2: languages has a member that does not"),
        ('["zh_Hans"]', "[]", "channel 2: languages is not a list of 1 to 100 texts"),
        ('"1234567890123456"', '"12"', "channel 4: accounts has a member that does not"),
        ('to = ["ann@', 'to = ["ann\\nBcc: x@', "channel 4: to has a member that does not"),
        ('to = ["ann@example.com", "bo@example.com"]', "", "channel 4: to names nobody"),
        ('user = "kms"', "", "smtp: user and password_file need each other"),
        ('user = "kms"', 'user = "kms"\nport = 0', "smtp: port is not a number from 1 to 65535"),
        ('user = "kms"', 'user = "kms"\nport = true', "smtp: port is not a number"),
        ('user = "kms"', 'user = "kms"\nsecurity = "none"', "smtp: security is none, which is for"),
        ('user = "kms"', 'user = "kms"\nsecurity = "ssl"', "smtp: security does not have the form"),
        ('"PASSWORD"', '"/nowhere"', "smtp: password_file names a file that does not exist"),
        ('"CA"', '"PASSWORD"', "ca_file holds no certificates"),
        ('"CA"', '"ca.pem"', "ca_file is not the full path of a file"),
        ("[smtp]", "[mail]", "channel 4: kind email needs the table [smtp]"),
        ("[smtp]", "smtp = 1\n[other]", "smtp is not a table"),
        ('url = "https', 'url = [1]\nuri = "https', "channel 1: url is not a text on one line"),
    ],
)
def test_a_mistake_is_named(write: Writer, wrong: str, right: str, reason: str) -> None:
    assert wrong in GOOD
    assert reason in _reason(write(GOOD.replace(wrong, right)))


def test_all_mistakes_are_named_at_once(write: Writer) -> None:
    text = GOOD.replace('kind = "webhook"', 'kind = "x"').replace("https://oapi", "http://oapi")
    reason = _reason(write(text))
    assert "channel 1: kind" in reason
    assert "channel 2: url" in reason


def test_a_file_that_is_no_toml_is_refused_by_its_line(write: Writer) -> None:
    assert "is not TOML: at line 3, column " in _reason(write(f'a = 1\nb = 2\nc = "{SECRET}\n'))
    assert "is not TOML: " in _reason(write(f'"{SECRET}" = 1\n"{SECRET}" = 2\n'))
    write.path.write_bytes(b"\xff")
    assert "is not UTF-8" in _reason(write.path)


def test_a_file_that_others_can_read_stops_the_start(write: Writer) -> None:
    path = write()
    path.chmod(0o640)
    with pytest.raises(EnvironmentInvalid, match=r"KMS_NOTICES_FILE: .* is open to others"):
        read_environment({"KMS_NOTICES_FILE": str(path)})


def test_without_a_file_there_are_no_channels() -> None:
    assert read_environment({}).notices.channels == ()


def test_the_environment_holds_the_channels_and_does_not_print_them(write: Writer) -> None:
    environment = read_environment({"KMS_NOTICES_FILE": str(write())})
    assert environment.notices.channel("ops-hook") is environment.notices.channels[0]
    assert environment.notices.channel("nobody") is None
    assert SECRET not in repr(environment)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_hosts_that_are_this_one(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["localhost.example.com", "128.0.0.1", "192.0.2.1", "", "::"])
def test_hosts_that_are_others(host: str) -> None:
    assert not is_loopback(host)
