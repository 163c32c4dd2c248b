"""Addresses of signing in, of a user's own settings and of access control, below `/console/`."""

from django.urls import URLPattern, URLResolver, include, path

from kms_console.access.console import code, factor, own, passwords, preferences, proof, signing
from kms_console.access.console.ram import (
    access_keys,
    attaching,
    groups,
    policies,
    user,
    users,
)

app_name = "access"

_Patterns = list[URLPattern | URLResolver]

_USER: _Patterns = [
    path("", user.user_page, name="user"),
    path("active/", user.set_active, name="user-active"),
    path("console/", user.set_console, name="user-console"),
    path("password/", user.reset_password, name="user-password"),
    path("second-factor/", user.reset_factor, name="user-factor"),
    path("attach/", attaching.attach_to_user, name="user-attach"),
    path("detach/<str:policy>/", attaching.detach_from_user, name="user-detach"),
    path("join/", groups.join_group, name="user-join"),
    path("access-keys/create/", access_keys.create_access_key, name="create-access-key"),
    path("access-keys/<str:key>/status/", access_keys.set_status, name="access-key-status"),
    path("access-keys/<str:key>/delete/", access_keys.delete, name="access-key-delete"),
]

_GROUP: _Patterns = [
    path("", groups.group_page, name="group"),
    path("delete/", groups.delete_group, name="group-delete"),
    path("add-user/", groups.add_user, name="group-add-user"),
    path("remove/<str:user>/", groups.remove_user, name="group-remove-user"),
    path("attach/", attaching.attach_to_group, name="group-attach"),
    path("detach/<str:policy>/", attaching.detach_from_group, name="group-detach"),
]

_ACCESS: _Patterns = [
    path("", users.to_users, name="access"),
    path("users/", users.user_list_page, name="users"),
    path("create-user/", users.create_user, name="create-user"),
    path("users/<str:name>/", include(_USER)),
    path("groups/", groups.group_list_page, name="groups"),
    path("create-group/", groups.create_group, name="create-group"),
    path("groups/<str:name>/", include(_GROUP)),
    path("policies/", policies.policy_list_page, name="policies"),
    path("create-policy/", policies.create_policy, name="create-policy"),
    path("policies/<str:name>/", policies.policy_page, name="policy"),
    path("policies/<str:name>/delete/", policies.delete_policy, name="policy-delete"),
    path("simulator/", policies.simulator_page, name="simulator"),
]

urlpatterns = [
    path("login/", signing.sign_in, name="login"),
    path("login/code/", code.enter_code, name="code"),
    path("logout/", signing.sign_out, name="logout"),
    path("password/", passwords.change_password, name="password"),
    path("preferences/", preferences.set_preferences, name="preferences"),
    path("prove/", proof.ask_for_proof, name="prove"),
    path("settings/", own.settings_page, name="settings"),
    path("settings/second-factor/", factor.set_up, name="factor"),
    path("settings/second-factor/off/", factor.take_off, name="factor-off"),
    path("settings/recovery-codes/", factor.renew_codes, name="recovery-codes"),
    path("settings/sessions/end-others/", own.end_other_sessions, name="end-others"),
    path("settings/sessions/<slug:row>/end/", own.end_session, name="end-session"),
    path("access/", include(_ACCESS)),
]
