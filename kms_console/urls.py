"""Where Django's pages are mounted. The Aliyun door at `/` is in front of them (`server`)."""

from django.urls import include, path, register_converter

from kms_console.access.console.signing import home
from kms_console.console.places import RegionConverter
from kms_console.server import health, scrape, tls

register_converter(RegionConverter, "region")

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", scrape.metrics),
    path("tls/ca.pem", tls.authority),
    path("console/", home, name="home"),
    path("console/", include("kms_console.access.console.urls")),
    path("console/<region:region>/", include("kms_console.overview.urls")),
    path("console/<region:region>/audit/", include("kms_console.access.console.trail.urls")),
    path("console/<region:region>/playground/", include("keys.console.playground.urls")),
    path("console/<region:region>/", include("aliases.console.urls")),
    path("console/<region:region>/keys/", include("keys.console.urls")),
]
