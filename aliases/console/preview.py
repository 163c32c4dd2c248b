"""Beside the form 创建密钥: what it would create, and the commands that do the same."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.functional import Promise

from aliases.domain.names import PREFIX
from keys.console import labels
from keys.console.rotating import CUSTOM, OFF
from keys.domain.specs import KeySpec, Origin, is_symmetric
from keys.domain.states import KeyState

_LONGEST_SHOWN = 300

Command = tuple[str, list[tuple[str, str]]]
"""An operation with its parameters, quoted for a POSIX shell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What the key will be like at first."""

    state: str | Promise
    is_external: bool
    is_symmetric: bool
    first_rotation: datetime | None
    commands: list[Command]


def preview_of(form: forms.Form, now: datetime) -> Preview:
    """Read the form as it stands, complete or not: this decides nothing."""
    values = {name: form[name].value() for name in form.fields}
    spec = _spec(values["spec"])
    is_external = values["origin"] == Origin.EXTERNAL
    days = _days(values) if is_symmetric(spec) and not is_external else None
    return Preview(
        state=labels.STATES[KeyState.PENDING_IMPORT if is_external else KeyState.ENABLED],
        is_external=is_external,
        is_symmetric=is_symmetric(spec),
        first_rotation=now + timedelta(days=days) if days else None,
        commands=_commands(values, spec, days),
    )


def _spec(text: Any) -> KeySpec:
    try:
        return KeySpec(text)
    except ValueError:
        return KeySpec.ALIYUN_AES_256


def _days(values: Mapping[str, Any]) -> int | None:
    period = values.get("period") or OFF
    text = str(values.get("days") or "") if period == CUSTOM else str(period)
    is_number = text.isascii() and text.isdigit() and len(text) <= 3
    return int(text) if is_number and 7 <= int(text) <= 730 else None


def _commands(values: Mapping[str, Any], spec: KeySpec, days: int | None) -> list[Command]:
    options = {
        "KeySpec": spec.value,
        "KeyUsage": values.get("usage"),
        "ProtectionLevel": values.get("level"),
        "Origin": values.get("origin"),
        "Description": values.get("description"),
    }
    if days:
        options |= {"EnableAutomaticRotation": "true", "RotationInterval": f"{days}d"}
    commands = [("CreateKey", _quoted(options))]
    alias = str(values.get("alias") or "").strip()
    if alias:
        name = alias if alias.startswith(PREFIX) else PREFIX + alias
        named = [*_quoted({"AliasName": name}), ("KeyId", '"$KEY_ID"')]
        commands.append(("CreateAlias", named))
    return commands


def _quoted(options: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, shlex.quote(str(value)[:_LONGEST_SHOWN])) for name, value in options.items() if value
    ]
