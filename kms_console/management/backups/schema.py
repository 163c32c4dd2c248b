"""Which migrations a database has had: a backup is loaded into tables of its own time."""

from collections.abc import Mapping

from django.apps.registry import Apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from kms_console.management.backups.archive import BackupUnusable
from kms_console.management.backups.rows import our_labels

State = Mapping[str, list[str]]
"""The names of the migrations that were applied, by the label of our apps."""

_Node = tuple[str, str]


def state() -> State:
    """The state of this database."""
    applied = sorted(MigrationRecorder(connection).applied_migrations())
    labels = our_labels()
    return {label: [name for app, name in applied if app == label] for label in labels}


def require_newest() -> None:
    """Raise BackupUnusable for a database that this version has not migrated yet."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise BackupUnusable(
            "The database is of an older version. Back it up with that, or start this one first."
        )


def require_known(wanted: State) -> None:
    """Raise BackupUnusable for a state that this version has never been in."""
    known = MigrationLoader(None).disk_migrations or {}
    for label, names in wanted.items():
        for name in names:
            if (label, name) not in known:
                raise BackupUnusable(
                    f"The backup was made by a newer version: it has the migration {label} {name}."
                )


def migrate_to(wanted: State) -> None:
    """Bring an empty database to a state, from wherever it is."""
    executor = MigrationExecutor(connection)
    executor.migrate([*_leaves(executor.loader, wanted), *_leaves_of_others(executor.loader)])


def migrate_to_newest() -> None:
    """Bring the database to this version's state."""
    call_command("migrate", interactive=False, verbosity=0)


def models_at(wanted: State) -> Apps:
    """The models as they were at a state."""
    loader = MigrationLoader(connection)
    return loader.project_state(_leaves(loader, wanted)).apps


def _leaves(loader: MigrationLoader, wanted: State) -> list[_Node]:
    """Of each app, the migrations after which it had had no other."""
    nodes = {(label, name) for label, names in wanted.items() for name in names}
    return sorted(node for node in nodes if not _children(loader, node) & nodes)


def _children(loader: MigrationLoader, node: _Node) -> set[_Node]:
    children = {child.key for child in loader.graph.node_map[node].children}
    return {child for child in children if child[0] == node[0]}


def _leaves_of_others(loader: MigrationLoader) -> list[_Node]:
    ours = our_labels()
    return [node for node in loader.graph.leaf_nodes() if node[0] not in ours]
