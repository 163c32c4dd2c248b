"""Structured logs: one JSON line an event, on standard error, with the request's id.

What is never logged: bodies, query strings, the string to sign, secrets (decision 0016). Tracebacks
carry no local variables.
"""

import logging
import logging.config
import re
from typing import Any

import structlog
from structlog.typing import EventDict

_HIDDEN = re.compile(r"secret|password|token|plaintext|signature|query|body|material", re.I)

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    structlog.processors.format_exc_info,
]


def hide_secrets(_logger: object, _method: str, event: EventDict) -> EventDict:
    """A last net under careless log calls: fields with a telling name lose their value."""
    return {
        name: "[hidden]" if name != "event" and _HIDDEN.search(name) else value
        for name, value in event.items()
    }


def configure(level: str = "INFO") -> None:
    """Send structlog's and the standard library's events through one formatter."""
    structlog.configure(
        processors=[
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": _formatter}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": {
                # Django logs a warning for each 4xx with the path; the security log does that.
                "django.request": {"level": "ERROR"},
                # An error with a traceback for each wrong Host: anybody could fill a disk.
                "django.security": {"level": "CRITICAL"},
                "django.db.backends": {"level": "WARNING"},
                "kombu": {"level": "ERROR"},
                # Its lines quote addresses, which are secrets where a robot listens.
                "urllib3": {"level": "CRITICAL"},
                "celery.beat": {"level": "WARNING"},
                "celery.worker": {"level": "WARNING"},
                "django_celery_beat": {"level": "WARNING"},
                # A line for each task done: several a second, all alike.
                "celery.app.trace": {"level": "WARNING"},
            },
        }
    )
    logging.captureWarnings(capture=True)


def _formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            hide_secrets,
            structlog.processors.JSONRenderer(),
        ],
    )
