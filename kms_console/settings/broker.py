"""What Celery is told about its broker: how a lost one is noticed, and what it may hold."""

import ssl
from typing import Any

from celery import Celery
from kombu import Exchange, Queue
from kombu.common import Broadcast

from kms_console.settings.env import Environment

EMBEDDED = "memory://localhost//"
"""A broker inside of one process."""

SOFT_LIMIT, HARD_LIMIT = 30, 40
"""Seconds of a task. A sweep takes turns after eight (`keys.tasks`), others are shorter."""

_HEARTBEAT = 10
_HOSTS, _SWEEPS = "kms.hosts", "kms.sweeps"
# Bounds of RabbitMQ's queues: what lies longer has expired, and a host that is gone needs none.
_SECONDS, _MESSAGES = 300, 1000


def connect(app: Celery, environment: Environment) -> None:
    """Point the app at its broker. Without one it keeps everything in this process."""
    url = environment.broker_url
    app.conf.update(broker_url=url or EMBEDDED)
    if url is not None:
        app.conf.update(
            broker_heartbeat=_HEARTBEAT,
            broker_connection_timeout=5,
            broker_channel_error_retry=True,
            broker_transport_options=_transport_options(url),
            broker_use_ssl=_tls(url),
        )


def route(app: Celery, host_chores: list[str]) -> None:
    """One queue for sweeps, whoever takes them, and a copy of each chore for every worker.

    Chores that look after a host's data folder run on every host; so each worker gets them.
    """
    hosts = Exchange(_HOSTS, type="fanout")
    limits: dict[str, Any] = {"message_ttl": _SECONDS, "max_length": _MESSAGES}
    sweeps = Exchange(_SWEEPS, type="direct")
    app.conf.update(
        task_default_queue=_SWEEPS,
        task_queues=[
            Queue(_SWEEPS, sweeps, _SWEEPS, **limits),
            Broadcast(_HOSTS, exchange=hosts, expires=_SECONDS, **limits),
        ],
        # Beat may be there before any worker, and RabbitMQ before both: it makes the exchange.
        task_routes={name: {"queue": _HOSTS, "declare": [hosts]} for name in host_chores},
    )


def _transport_options(url: str) -> dict[str, Any]:
    if url.startswith("amqp"):
        # Beat's sign of life is a knock that the broker has confirmed.
        return {"confirm_publish": True}
    return {
        # What a worker did not finish comes back after this: longer than a task may take.
        "visibility_timeout": HARD_LIMIT + 20,
        "health_check_interval": _HEARTBEAT,
        "socket_connect_timeout": 5,
        "socket_timeout": 2 * _HEARTBEAT,
        "socket_keepalive": True,
    }


def _tls(url: str) -> dict[str, Any] | None:
    """Certificate and name are checked, against the system's CAs or SSL_CERT_FILE."""
    if url.startswith("amqps:"):
        return {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": None}  # the URL's host name
    if url.startswith("rediss:"):
        return {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}
    return None
