"""Addresses of the pages about everything, below `/console/<region>/`."""

from django.urls import path

from kms_console.overview import hardware, home, search

app_name = "overview"

urlpatterns = [
    path("", home.home_page, name="home"),
    path("search/", search.search_page, name="search"),
    path("hsm/", hardware.hardware_page, name="hsm"),
]
