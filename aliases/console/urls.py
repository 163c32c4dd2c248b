"""Addresses of the pages about aliases, below `/console/<region>/`."""

from django.urls import path

from aliases.console import creating, dialogs, listing, updating

app_name = "aliases"

urlpatterns = [
    path("keys/create/", creating.create_key, name="create-key"),
    path("keys/create/preview/", creating.create_key_preview, name="create-key-preview"),
    path("keys/<uuid:key_id>/create-alias/", dialogs.create_alias, name="create"),
    path("aliases/", listing.alias_list_page, name="list"),
    path("aliases/<path:name>/update/", updating.update_alias, name="update"),
    path("aliases/<path:name>/delete/", dialogs.delete_alias, name="delete"),
]
