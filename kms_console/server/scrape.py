"""`/metrics`: what the workers have counted, and how things stand, for Prometheus.

To be read from the host itself, or with the token that the operator has set.
"""

import hmac
from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from kms_console.core.clock import utc_now
from kms_console.notices.counts import outcomes, waiting
from kms_console.server.meter import folder_of
from kms_console.server.standing import Standing, standing

_GAUGES = {
    "late_rotations": "Keys that should have a new version by now.",
    "late_deletions": "Keys whose date of deletion has come and that are still there.",
    "late_expiries": "Keys whose imported material has expired and is still there.",
    "oldest_late_seconds": "How long the longest overdue of them has waited.",
    "clock_held": "1 while a clock is in doubt and nothing is destroyed.",
    "timers_silent_seconds": "How long ago the timers last said that they work.",
    "journal_bytes": "Bytes of the journal that are not in the database yet.",
    "sealed": "1 while the root key is missing or wrong.",
}


def metrics(request: HttpRequest) -> HttpResponse:
    """403 for whoever may not ask; else the text format of Prometheus."""
    if not _may_read(request):
        return HttpResponse(status=403)
    registry = CollectorRegistry()
    folder = str(folder_of(settings.KMS.data_dir))
    MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
    registry.register(_Standings())
    registry.register(_Notices())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Standings:
    """The gauges, read from the database when they are asked for."""

    def collect(self) -> Iterable[Metric]:
        return _gauges(standing(settings.KMS.data_dir, utc_now()))


class _Notices:
    """What became of messages, by channel as the operator named it."""

    def collect(self) -> Iterable[Metric]:
        deliveries = CounterMetricFamily(
            "kms_notice_deliveries",
            "Attempts to deliver messages and what became of them.",
            labels=["channel", "outcome"],
        )
        for channel, outcome, number in outcomes():
            deliveries.add_metric([channel, outcome], number)
        count, seconds = waiting(utc_now())
        yield deliveries
        yield GaugeMetricFamily("kms_notices_waiting", "Messages not delivered yet.", value=count)
        yield GaugeMetricFamily(
            "kms_notices_oldest_waiting_seconds", "How long the oldest waits.", value=seconds
        )


def _gauges(now: Standing) -> Iterator[Metric]:
    for name, meaning in _GAUGES.items():
        yield GaugeMetricFamily(f"kms_{name}", meaning, value=float(getattr(now, name)))


def _may_read(request: HttpRequest) -> bool:
    token = settings.KMS.metrics_token
    if token is None:
        return _is_loopback(request.META["REMOTE_ADDR"])
    given = request.headers.get("Authorization", "").encode()
    return hmac.compare_digest(given, b"Bearer " + token.reveal())


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
