"""RAM users with policies, made quickly in a running installation."""

import secrets
from pathlib import Path

from tests.commanding import CommandLine
from tests.signing import AccessKey


class RamUsers:
    """Makes users of one account, each with an access key and some policies of its own."""

    def __init__(self, commands: CommandLine, account_id: str, folder: Path) -> None:
        self._commands = commands
        self._account = ("--account", account_id)
        self._folder = folder

    def make(self, *documents: str) -> AccessKey:
        """A new user's access key; `documents` are attached to the user."""
        return self._make(_name("user"), *documents)

    def make_in_group(self, of_user: str, of_group: str) -> AccessKey:
        """A new user's access key, with one policy of its own and one of its group."""
        user, group = _name("user"), _name("group")
        key = self._make(user, of_user)
        self._commands.run("group", "create", *self._account, "--name", group)
        self._commands.run("group", "add-user", *self._account, "--group", group, "--user", user)
        self.attach(of_group, "--group", group)
        return key

    def attach(self, document: str, whose: str, name: str) -> None:
        """Write the document as a policy and attach it to `--user` or `--group` NAME."""
        path = self._folder / f"{_name('policy')}.json"
        path.write_text(document)
        self._commands.run("policy", "attach", *self._account, whose, name, "--policy", str(path))

    def _make(self, name: str, *documents: str) -> AccessKey:
        self._commands.run("user", "create", *self._account, "--name", name)
        for document in documents:
            self.attach(document, "--user", name)
        made = self._commands.json("access_key", "create", *self._account, "--user", name)
        return AccessKey(made["AccessKeyId"], made["AccessKeySecret"])


def _name(kind: str) -> str:
    return f"{kind}-{secrets.token_hex(6)}"
