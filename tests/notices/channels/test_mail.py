"""E-mail over a real SMTP server: its parts, its addresses, and whom it trusts."""

from pathlib import Path

import pytest

from kms_console.notices.channels import SendFailed, mail
from tests.notices import samples
from tests.notices.receivers import Mailbox, Tls
from tests.notices.samples import KEY, NOW, SIGNING
from tests.serving import free_port


def test_a_mail_has_text_and_html_in_both_languages() -> None:
    with Mailbox() as box:
        mail.send(samples.mail(box.port), samples.letter(2), NOW)
        (message,) = box.got
    assert box.recipients == [["ann@example.com", "bo@example.com"]]
    assert message["Subject"] == "2 个密钥将在 7 天内被删除 / Keys to be deleted within 7 days: 2"
    assert message["From"] == "kms@example.com"
    assert message["Message-ID"] == "<00000000-0000-0000-0000-000000000007@example.com>"
    text, html = (part.get_content() for part in message.iter_parts())
    for content in (text, html):
        assert content.count(KEY) == 2
        assert "CancelKeyDeletion keeps them" in content
        assert "将永远无法恢复" in content
        assert "2026-11-30 08:30:15" in content
    assert '<a href="https://kms.example.com/k">' in html


def test_what_is_not_ours_is_escaped_in_html() -> None:
    with Mailbox() as box:
        mail.send(samples.mail(box.port), samples.letter(link='https://x/"><script>'), NOW)
        (message,) = box.got
    _, html = (part.get_content() for part in message.iter_parts())
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_password_travels_over_tls_alone(tmp_path: Path, security: str) -> None:
    tls = Tls.make(tmp_path)
    with Mailbox(security, tls) as box:
        mail.send(samples.mail(box.port, security, tls), samples.letter(), NOW)
    assert box.logins == [(b"kms", SIGNING)]
    assert len(box.got) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_nobody_vouches_for_gets_no_password(tmp_path: Path, security: str) -> None:
    (tmp_path / "other").mkdir()
    tls, other = Tls.make(tmp_path), Tls.make(tmp_path / "other")
    with Mailbox(security, tls) as box:
        channel = samples.mail(box.port, security, other)
        with pytest.raises(SendFailed, match=r"^SSLCertVerificationError$"):
            mail.send(channel, samples.letter(), NOW)
    assert (box.logins, box.got) == ([], [])


def test_a_server_without_starttls_gets_no_password(tmp_path: Path) -> None:
    with Mailbox() as box:
        channel = samples.mail(box.port, "starttls", Tls.make(tmp_path))
        with pytest.raises(SendFailed, match=r"^SMTPNotSupportedError$"):
            mail.send(channel, samples.letter(), NOW)
    assert box.got == []


def test_an_address_that_is_refused_does_not_stop_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Mailbox() as box:
        box.refuses = {"ann@example.com"}
        mail.send(samples.mail(box.port), samples.letter(), NOW)
        assert box.recipients == [["bo@example.com"]]
        assert "refuses 1 of its 2 addresses" in caplog.text
        assert "ann@" not in caplog.text
        box.refuses = {"ann@example.com", "bo@example.com"}
        with pytest.raises(SendFailed, match=r"^SMTPRecipientsRefused$"):
            mail.send(samples.mail(box.port), samples.letter(), NOW)


def test_nobody_listening_is_a_failure() -> None:
    with pytest.raises(SendFailed, match=r"^ConnectionRefusedError$"):
        mail.send(samples.mail(free_port()), samples.letter(), NOW)
