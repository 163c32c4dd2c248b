"""The rows of all tables of ours in one form, whichever database they are in.

A table is a file of JSON lines: `{"columns":[…],"model":"<app>.<model>"}`, then a list of values
for each row. Times are RFC 3339 in UTC, ids and dates text, and bytes base64.
"""

import base64
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import IO, Any
from uuid import UUID

import orjson
from django.apps import apps as installed
from django.apps.registry import Apps
from django.db import connection, models

THEIRS = frozenset(
    {"auth", "axes", "console", "contenttypes", "django_celery_beat", "hosts", "sessions"}
)
"""Apps whose tables the server fills again by itself: those of others, what hosts say, sessions."""

_BATCH = 1000

Model = type[models.Model]
Value = Any
"""What JSON knows."""


def our_labels() -> list[str]:
    """The labels of the apps whose tables a backup holds."""
    labels = {model._meta.app_label for model in installed.get_models()}  # noqa: SLF001
    return sorted(labels - THEIRS)


def our_models() -> list[Model]:
    """The models whose tables a backup holds."""
    models_of_all = sorted(installed.get_models(), key=_label)
    return [model for model in models_of_all if model._meta.app_label not in THEIRS]  # noqa: SLF001


def table_of(model: Model) -> str:
    """The name of a model's table."""
    return model._meta.db_table  # noqa: SLF001


def lines_of(model: Model) -> Iterator[bytes]:
    """The file of a table, as this connection sees it, a few rows at a time."""
    columns = [field.attname for field in _fields(model)]
    yield orjson.dumps({"columns": columns, "model": _label(model)}) + b"\n"
    rows = model._base_manager.order_by().values_list(*columns)  # noqa: SLF001
    for row in rows.iterator(_BATCH):
        yield orjson.dumps(row, default=_plain, option=orjson.OPT_UTC_Z) + b"\n"


def dicts_in(file: IO[bytes], model: Model) -> Iterator[dict[str, Any]]:
    """The rows of such a file as columns by name, in Python's types."""
    columns = orjson.loads(file.readline())["columns"]
    fields = {field.attname: field for field in _fields(model)}
    readers = [_reader(fields[column]) for column in columns]
    for line in file:
        values = zip(readers, orjson.loads(line), strict=True)
        yield dict(zip(columns, (read(value) for read, value in values), strict=True))


def model_of(file: IO[bytes], apps: Apps) -> Model:
    """The model whose rows a file holds, at the state of `apps`."""
    label = orjson.loads(file.readline())["model"]
    file.seek(0)
    return apps.get_model(label)


def load(file: IO[bytes], model: Model, progress: Callable[[int], object]) -> int:
    """Insert all rows of a file, in the caller's transaction; returns how many they are."""
    columns = orjson.loads(file.readline())["columns"]
    fields = {field.attname: field for field in _fields(model)}
    insert = _insertion(model, [fields[column] for column in columns])
    writers = [_writer(fields[column]) for column in columns]
    count = 0
    while batch := list(islice(file, _BATCH)):
        with connection.cursor() as cursor:
            cursor.executemany(insert, [_parameters(writers, line) for line in batch])
        count += len(batch)
        progress(count)
    return count


def sequences_reset(model_list: Sequence[Model]) -> None:
    """Let PostgreSQL's sequences go on after the ids that were inserted."""
    from django.core.management.color import no_style  # noqa: PLC0415

    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), model_list):
            cursor.execute(statement)


def _label(model: Model) -> str:
    return model._meta.label_lower  # noqa: SLF001


def _fields(model: Model) -> list["models.Field[Any, Any]"]:
    return list(model._meta.local_concrete_fields)  # noqa: SLF001


def _plain(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} has no form in a backup.")


def _reader(field: "models.Field[Any, Any]") -> Callable[[Value], Any]:
    """How a value becomes the field's Python type."""
    read = _READERS.get(_kind(field), _same)
    return lambda value: None if value is None else read(value)


def _writer(field: "models.Field[Any, Any]") -> Callable[[Value], Any] | None:
    """How a value becomes a parameter of this database's; None: as it is."""
    kind = _kind(field)
    if kind not in _READERS and kind != "JSONField":
        return None
    read = _reader(field)
    return lambda value: field.get_db_prep_save(read(value), connection)


def _kind(field: "models.Field[Any, Any]") -> str:
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return field.get_internal_type()


def _insertion(model: Model, fields: list["models.Field[Any, Any]"]) -> str:
    quote = connection.ops.quote_name
    names = ",".join(quote(str(field.column)) for field in fields)
    marks = ",".join(["%s"] * len(fields))
    return f"INSERT INTO {quote(table_of(model))} ({names}) VALUES ({marks})"  # noqa: S608


def _parameters(writers: list[Callable[[Value], Any] | None], line: bytes) -> list[Any]:
    values = zip(writers, orjson.loads(line), strict=True)
    return [write(value) if write else value for write, value in values]


def _same(value: Value) -> Value:
    return value


_READERS: dict[str, Callable[[Any], Any]] = {
    "BinaryField": base64.b64decode,
    "DateField": date.fromisoformat,
    "DateTimeField": datetime.fromisoformat,
    "UUIDField": UUID,
}
