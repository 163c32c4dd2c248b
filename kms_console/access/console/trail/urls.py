"""Addresses of the pages about the trail, below `/console/<region>/audit/`."""

from django.urls import path

from kms_console.access.console.trail import checking, exporting, listing

app_name = "audit"

urlpatterns = [
    path("", listing.trail_page, name="trail"),
    path("export/", exporting.export, name="export"),
    path("check/", checking.check, name="check"),
]
