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
from kms_console.management.single_server import SecondServer, require_same_folder

Row = Mapping[str, str | bool | None]
Result = Row | Sequence[Row]


@dataclass(frozen=True, slots=True)
class Argument:
    """One option: `--name VALUE`, or `--name` alone for a flag. Options are required, flags not."""

    name: str
    help: str
    is_flag: bool = False

    def add_to(self, parser: ArgumentParser) -> None:
        if self.is_flag:
            parser.add_argument(f"--{self.name}", help=self.help, action="store_true")
        else:
            parser.add_argument(f"--{self.name}", help=self.help, required=True)


@dataclass(frozen=True, slots=True)
class SubCommand:
    """A sub-command: `run` gets the arguments by name and returns what to print."""

    name: str
    help: str
    run: Callable[..., Result]
    arguments: tuple[Argument, ...] = ()


ACCOUNT = Argument("account", "the account's id, 16 digits")
USER = Argument("user", "the user's name in the account")


class SubCommands(BaseCommand):
    """Base of commands that consist of sub-commands."""

    sub_commands: ClassVar[tuple[SubCommand, ...]]

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="sub_command", metavar="ACTION", required=True)
        for sub_command in self.sub_commands:
            action = actions.add_parser(
                sub_command.name, help=sub_command.help, description=sub_command.help
            )
            action.add_argument("--format", choices=["text", "json"], default="text")
            for argument in sub_command.arguments:
                argument.add_to(action)

    def handle(self, *args: object, **options: Any) -> None:
        sub_command = next(s for s in self.sub_commands if s.name == options["sub_command"])
        arguments = {argument.name: options[argument.name] for argument in sub_command.arguments}
        try:
            require_same_folder(settings.KMS.data_dir)
            result = sub_command.run(**arguments)
        except SecondServer as refused:
            raise CommandError(f"{refused} Set KMS_DATA_DIR to it.") from None
        except KmsError as refused:
            raise CommandError(f"{refused.code}: {refused.message}") from None
        self.stdout.write(as_json(result) if options["format"] == "json" else as_text(result))


def as_json(result: Result) -> str:
    return json.dumps(result, indent=2, ensure_ascii=False)


def as_text(result: Result) -> str:
    """`name: value` lines; the rows of a list are parted by empty lines."""
    rows = [result] if isinstance(result, Mapping) else result
    return "\n\n".join("\n".join(_line(*member) for member in row.items()) for row in rows)


def _line(name: str, value: str | bool | None) -> str:  # noqa: FBT001  # a value like any other
    if isinstance(value, bool):
        return f"{name}: {'yes' if value else 'no'}"
    return f"{name}: {value or '-'}"
