"""Which operations there are. Apps register theirs when their `rpc` rooms are imported."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from kms_console.audit.record import Json
from kms_console.core.actor import Actor
from kms_console.core.errors import InvalidParameter
from kms_console.rpc import dryrun
from kms_console.rpc.binding import Binding, bind, compile_bindings
from kms_console.rpc.errors import ActionNotFound

KMS_VERSION = "2016-01-20"

Handler = Callable[..., Mapping[str, Any]]
H = TypeVar("H", bound=Handler)


class Kind(StrEnum):
    """How an operation is run and recorded.

    CRYPTO works on warm snapshots and runs on the event loop; READ and CHANGE need the database
    and run in a thread. The service of a CHANGE writes its own audit row with the change.
    """

    CRYPTO = "crypto"
    READ = "read"
    CHANGE = "change"


class Noted(dict[str, Any]):
    """A result of whose call the trail tells more than the key: `detail`, which holds no secret."""

    def __init__(self, result: Mapping[str, Any], detail: Mapping[str, Json]) -> None:
        super().__init__(result)
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Action:
    """One operation. `handler(actor, **arguments)` returns its result by wire names.

    `refused` are documented parameters that are not supported, each with the values (lower-case)
    that change nothing and may therefore be sent.
    """

    name: str
    kind: Kind
    handler: Handler
    bindings: tuple[Binding, ...]
    refused: tuple[tuple[str, frozenset[str]], ...]

    @property
    def names_key(self) -> bool:
        """Whether `KeyId` means anything to it; what an operation ignores says nothing of it."""
        return any(binding.wire_name == "KeyId" for binding in self.bindings)

    def prepare(self, actor: Actor, params: Mapping[str, str]) -> Callable[[], Mapping[str, Any]]:
        """The call, ready to run; of an operation on key material it may be a dry run.

        Raises InvalidParameter or MissingParameter, which a dry run keeps for its verdict.
        """
        if self.kind is Kind.CRYPTO and dryrun.is_asked_for(params):
            return partial(dryrun.rehearse, partial(self._run, actor, params))
        return self._bound(actor, params)

    def _run(self, actor: Actor, params: Mapping[str, str]) -> Mapping[str, Any]:
        return self._bound(actor, params)()

    def _bound(self, actor: Actor, params: Mapping[str, str]) -> Callable[[], Mapping[str, Any]]:
        if not actor.region:
            raise InvalidParameter(name="RegionId")
        return partial(self.handler, actor, **self.bind(params))

    def bind(self, params: Mapping[str, str]) -> dict[str, Any]:
        """The handler's keyword arguments. Raises InvalidParameter or MissingParameter."""
        for name, harmless in self.refused:
            if name in params and params[name].lower() not in harmless:
                raise InvalidParameter(name=name)
        return bind(self.bindings, params)


class Registry:
    """Operations by API version and name."""

    def __init__(self) -> None:
        self._actions: dict[tuple[str, str], Action] = {}
        self._versions: set[str] = set()

    def action(
        self,
        name: str,
        *,
        kind: Kind,
        refuses: Iterable[str | tuple[str, ...]] = (),
        version: str = KMS_VERSION,
    ) -> Callable[[H], H]:
        """Register the decorated handler as operation `name`.

        `refuses` lists documented parameters that are not supported: `"Recipient"`, or
        `("EnableAutomaticRotation", "false")` with values that mean the same as leaving it out.
        """

        def register(handler: H) -> H:
            if (version, name) in self._actions:
                raise ValueError(f"{name} of {version} is registered twice.")
            refused = tuple(_refused(entry) for entry in refuses)
            bindings = compile_bindings(handler)
            self._actions[version, name] = Action(name, kind, handler, bindings, refused)
            self._versions.add(version)
            return handler

        return register

    def find(self, version: str, name: str) -> Action:
        """The operation. Raises InvalidParameter (Version) or ActionNotFound."""
        found = self._actions.get((version, name))
        if found is not None:
            return found
        if version not in self._versions:
            raise InvalidParameter(name="Version")
        raise ActionNotFound()

    def names(self, version: str = KMS_VERSION) -> list[str]:
        """All operations of a version, sorted."""
        return sorted(name for its_version, name in self._actions if its_version == version)


def _refused(entry: str | tuple[str, ...]) -> tuple[str, frozenset[str]]:
    name, *harmless = (entry,) if isinstance(entry, str) else entry
    return name, frozenset(["", *(value.lower() for value in harmless)])


ACTIONS = Registry()
"""The registry of the running server."""

action = ACTIONS.action
