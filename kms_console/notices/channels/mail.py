"""E-mail, in text and HTML, by SMTP with verified TLS."""

import logging
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from kms_console.notices.channels import SendFailed
from kms_console.notices.config import Mail, Smtp
from kms_console.notices.letters import Letter
from kms_console.notices.rendering import mail_html, mail_text
from kms_console.notices.texts import title

_SECONDS = 4.0

_logger = logging.getLogger(__name__)


def send(channel: Mail, letter: Letter, now: datetime) -> None:
    """Send one mail to all addresses. Raises SendFailed unless the server takes it for one."""
    message = _message(channel, letter, now)
    try:
        with _connected(channel.smtp) as server:
            refused = server.send_message(message)
    except smtplib.SMTPResponseException as failed:
        raise SendFailed(f"smtp {failed.smtp_code}") from None
    except (smtplib.SMTPException, OSError, ssl.SSLError) as failed:
        # The exception's own words may quote addresses and the server.
        raise SendFailed(type(failed).__name__) from None
    if refused:
        _logger.warning(
            "Channel %s: the mail server refuses %d of its %d addresses.",
            channel.name,
            len(refused),
            len(channel.to),
        )


@contextmanager
def _connected(smtp: Smtp) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context(cafile=str(smtp.ca_file) if smtp.ca_file else None)
    if smtp.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            smtp.host, smtp.port, timeout=_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(smtp.host, smtp.port, timeout=_SECONDS)
    with server:
        if smtp.security == "starttls":
            server.starttls(context=context)
        if smtp.password is not None:
            server.login(smtp.user, smtp.password.reveal().decode())
        yield server


def _message(channel: Mail, letter: Letter, now: datetime) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = title(letter, channel.languages)
    message["From"] = channel.smtp.sender
    message["To"] = ", ".join(channel.to)
    message["Date"] = format_datetime(now)
    # The same however often it is sent: mail programs drop what they have already.
    message["Message-ID"] = f"<{letter.id}@{channel.smtp.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answers by absentees' programs
    message.set_content(mail_text(letter, channel.languages))
    message.add_alternative(mail_html(letter, channel.languages), subtype="html")
    return message
