"""What Celery is told about its broker."""

import ssl
from typing import Any

import pytest
from celery import Celery

from kms_console.celery import HOST_CHORES
from kms_console.settings import broker
from kms_console.settings.env import read_environment


def _app(url: str = "") -> Celery:
    app = Celery("tests", set_as_current=False)
    broker.connect(app, read_environment({"CELERY_BROKER_URL": url}))
    return app


def _route(app: Celery, name: str) -> dict[str, Any]:
    route: dict[str, Any] = app.amqp.router.route({}, name)
    return route


def test_without_a_broker_everything_stays_in_the_process() -> None:
    assert _app().conf.broker_url == "memory://localhost//"


@pytest.mark.parametrize("url", ["amqp://broker//", "redis://broker/0"])
def test_the_broker_is_the_one_of_the_environment(url: str) -> None:
    assert _app(url).conf.broker_url == url


def test_chores_of_a_host_go_to_every_worker_and_sweeps_to_one() -> None:
    app = _app("redis://broker/0")
    broker.route(app, [f"kms_console.celery.{name}" for name in HOST_CHORES])
    for name in HOST_CHORES:
        queue = _route(app, f"kms_console.celery.{name}")["queue"]
        assert queue.exchange.type == "fanout"
        assert queue.name.startswith("bcast.")
    assert app.conf.task_default_queue == "kms.sweeps"
    assert "queue" not in _route(app, "kms_console.celery.rotate_keys") or (
        _route(app, "kms_console.celery.rotate_keys")["queue"].name == "kms.sweeps"
    )


def test_redis_gives_a_task_back_only_after_it_must_have_ended() -> None:
    options = _app("redis://broker/0").conf.broker_transport_options
    assert broker.SOFT_LIMIT < broker.HARD_LIMIT < options["visibility_timeout"] <= 60


def test_a_lost_connection_is_noticed_soon() -> None:
    assert _app("amqp://broker//").conf.broker_heartbeat <= 10
    options = _app("redis://broker/0").conf.broker_transport_options
    assert options["health_check_interval"] <= 10
    assert options["socket_keepalive"] is True


@pytest.mark.parametrize(
    ("url", "setting"), [("amqps://broker//", "cert_reqs"), ("rediss://broker/0", "ssl_cert_reqs")]
)
def test_over_tls_the_broker_must_prove_who_it_is(url: str, setting: str) -> None:
    assert _app(url).conf.broker_use_ssl[setting] == ssl.CERT_REQUIRED


@pytest.mark.parametrize("url", ["amqp://broker//", "redis://broker/0"])
def test_without_tls_nothing_is_said_about_it(url: str) -> None:
    assert not _app(url).conf.broker_use_ssl
