"""Requests for keys, lists, texts, tags, aliases, and moves between states."""

import itertools
import json

from tests.keys.asking.choices import About, Params
from tests.keys.calls import REGION
from tests.keys.sorts import VARIETIES

_new_names = (f"alias/n{number}" for number in itertools.count())

_FILTERS = (
    ("Enabled", "PendingDeletion"),
    ("PendingImport",),
    ("Disabled", "PendingImport"),
)


def nothing(about: About) -> Params:
    return {}


def named(about: About) -> Params:
    return about.named


def creation(about: About) -> Params:
    return dict(VARIETIES[about.choice.number % len(VARIETIES)])


def page(about: About) -> Params:
    """Of all keys, or for odd numbers of those in some states."""
    number = about.choice.number
    state = {"Key": "KeyState", "Values": _FILTERS[number // 2 % len(_FILTERS)]}
    return {"PageSize": "100", **({"Filters": json.dumps([state])} if number % 2 else {})}


def pages(about: About) -> Params:
    return {"PageSize": "100"}


def named_pages(about: About) -> Params:
    return {**about.named, "PageSize": "100"}


def description(about: About) -> Params:
    return {**about.named, "Description": about.choice.text}


def policy(about: About) -> Params:
    """What a policy says does not matter here: a key's owner may always use it."""
    statement = {
        "Effect": ("Allow", "Deny")[about.choice.number % 2],
        "Principal": {"RAM": [f"acs:ram::{about.account}:*"]},
        "Action": "kms:*",
        "Resource": "*",
    }
    return {**about.named, "Policy": json.dumps({"Version": "1", "Statement": [statement]})}


def protection(about: About) -> Params:
    return {
        "ProtectedResourceArn": about.ref(),
        "EnableDeletionProtection": json.dumps(about.choice.protects),
        "DeletionProtectionDescription": about.choice.text,
    }


def window(about: About) -> Params:
    return {**about.named, "PendingWindowInDays": about.choice.window}


def rotation(about: About) -> Params:
    interval = ("7d", "730d", "6d", "731d")[about.choice.number % 4]
    is_on = json.dumps(not about.choice.protects)
    return {**about.named, "EnableAutomaticRotation": is_on, "RotationInterval": interval}


def tags(about: About) -> Params:
    members = [{"TagKey": name, "TagValue": about.choice.size} for name in about.choice.tags]
    return {**about.named, "Tags": json.dumps(members)}


def tag_names(about: About) -> Params:
    return {**about.named, "TagKeys": json.dumps(list(about.choice.tags))}


def resources(about: About) -> Params:
    second = {"ResourceId.2": about.another()} if about.choice.number else {}
    only = {"RegionId": REGION, "ResourceType": "key", "ResourceId.1": about.ref()}
    return only | second


def resources_and_tags(about: About) -> Params:
    params = resources(about)
    for number, name in enumerate(about.choice.tags, start=1):
        params |= {f"Tag.{number}.Key": name, f"Tag.{number}.Value": about.choice.size}
    return params


def resources_and_names(about: About) -> Params:
    if about.choice.protects:
        return {**resources(about), "All": "true"}
    names = {f"TagKey.{n}": name for n, name in enumerate(about.choice.tags, start=1)}
    return resources(about) | names


def new_alias(about: About) -> Params:
    return {**about.named, "AliasName": about.choice.name or next(_new_names)}


def alias(about: About) -> Params:
    """The chosen name, or one of the key's own, or of another key."""
    key_id = about.another() if about.choice.number else about.key_id
    return {"AliasName": about.choice.name or next(iter(about.aliases(key_id)), "alias/none")}


def moved_alias(about: About) -> Params:
    return {**about.named, **alias(about)}
