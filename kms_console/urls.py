"""Where Django's pages are mounted. The Aliyun door at `/` is in front of them (`server`)."""

from django.urls import path

from kms_console.server import health, scrape, tls
from kms_console.server.landing import landing

urlpatterns = [
    path("healthz", health.healthz),
    path("console/", landing),
    path("readyz", health.readyz),
    path("metrics", scrape.metrics),
    path("tls/ca.pem", tls.authority),
]
