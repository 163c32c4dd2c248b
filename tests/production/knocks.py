"""Knocks of a test's own, as any number of beats would send them."""

from celery import Celery

from kms_console.settings.broker import route
from tests.production.brokers import Broker

SWEEPS = ("rotate_keys", "destroy_keys", "expire_material")


def knock(broker: Broker, times: int, *sweeps: str) -> None:
    """Ask for each of the sweeps so many times, in turns."""
    with Celery("knocks", broker=broker.url, set_as_current=False) as app:
        route(app, [])
        for sweep in sweeps * times:
            app.send_task(f"kms_console.celery.{sweep}", expires=60)
