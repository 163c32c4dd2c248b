"""Addresses of the pages about keys, below `/console/<region>/keys/`."""

from django.urls import path, re_path

from keys.console import (
    bulk,
    describing,
    detail,
    importing,
    listing,
    pairs,
    policies,
    rotating,
    states,
    tagging,
)

app_name = "keys"

_KEY = "<uuid:key_id>/"
_VERSION = f"{_KEY}versions/<uuid:version_id>/"

urlpatterns = [
    path("", listing.key_list_page, name="list"),
    re_path(r"^bulk/(?P<name>disable|schedule-deletion|cancel-deletion)/$", bulk.bulk, name="bulk"),
    path(_KEY, detail.key_page, name="detail"),
    path(f"{_KEY}disable/", states.disable, name="disable"),
    path(f"{_KEY}enable/", states.enable, name="enable"),
    path(f"{_KEY}schedule-deletion/", states.schedule_deletion, name="schedule-deletion"),
    path(f"{_KEY}cancel-deletion/", states.cancel_deletion, name="cancel-deletion"),
    path(f"{_KEY}rotation/", rotating.rotation_policy, name="rotation"),
    path(f"{_KEY}manual-rotation/", rotating.manual_rotation, name="manual-rotation"),
    path(f"{_KEY}import-parameters/", importing.import_parameters, name="import-parameters"),
    path(f"{_KEY}import-material/", importing.import_material, name="import-material"),
    path(f"{_KEY}delete-material/", importing.delete_material, name="delete-material"),
    path(f"{_KEY}description/", describing.description, name="description"),
    path(f"{_KEY}protection/", describing.protection, name="protection"),
    path(f"{_KEY}policy/", policies.policy, name="policy"),
    path(f"{_KEY}tags/add/", tagging.add_tag, name="add-tag"),
    path(f"{_KEY}tags/edit/", tagging.edit_tag, name="edit-tag"),
    path(f"{_KEY}tags/remove/", tagging.remove_tag, name="remove-tag"),
    path(f"{_KEY}create-version/", pairs.create_version, name="create-version"),
    path(f"{_VERSION}public-key/", pairs.public_key, name="public-key"),
    path(f"{_VERSION}certificate-request/", pairs.certificate_request, name="certificate-request"),
]
