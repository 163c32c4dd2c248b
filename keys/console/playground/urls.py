"""Addresses of the playground, below `/console/<region>/playground/`."""

from django.urls import path, re_path

from keys.console.playground import comparing, pages

app_name = "playground"

_SNIPPET = r"^(?P<name>encrypt|decrypt|data-key|re-encrypt|sign|verify)/snippet/$"

urlpatterns = [
    path("", pages.play_page, {"name": "encrypt"}, name="encrypt"),
    *(
        path(f"{play.name}/", pages.play_page, {"name": play.name}, name=play.name)
        for play in pages.PLAYS[1:]
    ),
    re_path(_SNIPPET, pages.snippet_part, name="snippet"),
    re_path(r"^compare/(?P<pair>symmetric|asymmetric)/$", comparing.compare_page, name="compare"),
]
