"""Commands with sub-commands: one way to declare them, to print, and to fail.

Exit codes: 0 done, 1 refused (the reason is on stderr), 2 wrong usage.
"""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kms_console.core.errors import KmsError
from kms_console.management.backups.marks import (
    RestoreUnfinished,
    is_folder_marked,
    require_restored,
)

Value = str | int | bool | list[str] | None
Row = Mapping[str, Value]
Result = Row | Sequence[Row]


@dataclass(frozen=True, slots=True)
class Argument:
    """One option: `--name VALUE`, or `--name` alone for a flag.

    Options are required unless `is_optional`, which makes them None when they are left out.
    """

    name: str
    help: str
    is_flag: bool = False
    is_optional: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def add_to(self, parser: ArgumentParser) -> None:
        if self.is_flag:
            parser.add_argument(f"--{self.name}", help=self.help, action="store_true")
        else:
            required = not self.is_optional
            parser.add_argument(f"--{self.name}", help=self.help, required=required)


@dataclass(frozen=True, slots=True)
class OneOf:
    """Alternatives: exactly one of these options is given, and the others are None."""

    arguments: tuple[Argument, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(argument.name for argument in self.arguments)

    def add_to(self, parser: ArgumentParser) -> None:
        alternatives = parser.add_mutually_exclusive_group(required=True)
        for argument in self.arguments:
            alternatives.add_argument(f"--{argument.name}", help=argument.help)


@dataclass(frozen=True, slots=True)
class SubCommand:
    """A sub-command: `run` gets the arguments by name and returns what to print."""

    name: str
    help: str
    run: Callable[..., Result]
    arguments: tuple[Argument | OneOf, ...] = ()


ACCOUNT = Argument("account", "the account's id, 16 digits")
USER = Argument("user", "the user's name in the account")
GROUP = Argument("group", "the group's name in the account")


class Printing(BaseCommand):
    """Base of commands that print a result, as text or as JSON."""

    def result(self, options: Mapping[str, Any]) -> Result:
        """Do the work. A KmsError becomes the command's refusal."""
        raise NotImplementedError

    def handle(self, *args: object, **options: Any) -> None:
        try:
            if is_folder_marked(settings.KMS.data_dir):  # some commands need no database
                require_restored(settings.KMS.data_dir)
            result = self.result(options)
        except RestoreUnfinished as refused:
            raise CommandError(str(refused)) from None
        except KmsError as refused:
            raise CommandError(f"{refused.code}: {refused.message}") from None
        self.stdout.write(as_json(result) if options["format"] == "json" else as_text(result))


class SubCommands(Printing):
    """Base of commands that consist of sub-commands."""

    sub_commands: ClassVar[tuple[SubCommand, ...]]

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="sub_command", metavar="ACTION", required=True)
        for sub_command in self.sub_commands:
            action = actions.add_parser(
                sub_command.name, help=sub_command.help, description=sub_command.help
            )
            add_format(action)
            for argument in sub_command.arguments:
                argument.add_to(action)

    def result(self, options: Mapping[str, Any]) -> Result:
        sub_command = next(s for s in self.sub_commands if s.name == options["sub_command"])
        names = (name for argument in sub_command.arguments for name in argument.names)
        return sub_command.run(**{name: options[name] for name in names})


def add_format(parser: ArgumentParser) -> None:
    """The option that every printing command has."""
    parser.add_argument("--format", choices=["text", "json"], default="text")


def as_json(result: Result) -> str:
    return json.dumps(result, indent=2, ensure_ascii=False)


def as_text(result: Result) -> str:
    """`name: value` lines; the rows of a list are parted by empty lines."""
    rows = [result] if isinstance(result, Mapping) else result
    return "\n\n".join("\n".join(_line(*member) for member in row.items()) for row in rows)


def _line(name: str, value: Value) -> str:
    if isinstance(value, bool):
        return f"{name}: {'yes' if value else 'no'}"
    if isinstance(value, list):
        return f"{name}: {', '.join(value) or '-'}"
    return f"{name}: {'-' if value in {None, ''} else value}"
