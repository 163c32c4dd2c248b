"""An installation under attack: who calls it, what it said, and what it must not have lost."""

import hashlib
import http.client
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kms_console.core.clock import utc_now
from kms_console.rpc.nonces import NonceStore
from kms_console.rpc.signature import WINDOW
from tests.serving import Server
from tests.signing import AccessKey, Answer, SignedRequest, send, sign_rpc

REQUEST_ID = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}")
UNKNOWN_KEY = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Members:
    """Five access keys of two accounts; `inactive` is switched off, `nobody` does not exist."""

    owner: AccessKey
    stranger: AccessKey
    powerless: AccessKey
    inactive: AccessKey
    nobody: AccessKey


@dataclass(slots=True)
class House:
    """A running server, every caller's own connection, and the list of what the trail owes.

    `ask` holds each answer against the promises that no request may break.
    """

    server: Server
    members: Members
    accounts: tuple[str, str]
    canaries: set[bytes] = field(default_factory=set)
    owed: dict[str, str] = field(default_factory=dict)
    key_id: str = ""
    disabled_id: str = ""
    pending_id: str = ""
    foreign_id: str = ""
    beginning: str = ""

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server.port}"

    @property
    def account_id(self) -> str:
        return self.accounts[0]

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.address, timeout=30)

    def ask(
        self, request: SignedRequest, connection: http.client.HTTPConnection | None = None
    ) -> Answer:
        """Send a request as it is, over `connection` or one of its own."""
        used = connection or self.connect()
        try:
            answer = send(used, request)
        finally:
            if connection is None:
                used.close()
        check(answer)
        return answer

    def call(
        self,
        action: str,
        parameters: Mapping[str, str] | None = None,
        *,
        by: AccessKey | None = None,
    ) -> dict[str, Any]:
        """The members of a success."""
        answer = self.ask(sign_rpc(by or self.members.owner, action, parameters or {}))
        assert answer.status == 200, answer.body
        return answer.json

    def refuse(
        self,
        request: SignedRequest,
        code: str,
        status: int,
        *,
        known: bool = True,
        connection: http.client.HTTPConnection | None = None,
    ) -> Answer:
        """The request is refused with `code`; of a caller who is `known`, the trail tells."""
        answer = self.ask(request, connection)
        assert (answer.json.get("Code"), answer.status) == (code, status), answer.body
        assert answer.json["HttpStatus"] == status
        if known:
            self.owed[answer.json["RequestId"]] = code
        return answer

    def refuse_call(
        self,
        action: str,
        parameters: Mapping[str, str],
        code: str,
        status: int,
        *,
        by: AccessKey | None = None,
    ) -> Answer:
        """As `refuse`, for a request that is signed as it should be."""
        return self.refuse(sign_rpc(by or self.members.owner, action, parameters), code, status)

    def canary(self) -> str:
        """A new secret text that must never be found where the server writes."""
        text = f"canary{secrets.token_hex(12)}"
        self.canaries.add(text.encode())
        return text

    def state(self) -> str:
        """A digest of everything that the API tells about both accounts' keys and aliases."""
        connection = self.connect()
        digest = hashlib.sha256()
        try:
            for member in (self.members.owner, self.members.stranger):
                for answer in self._described(member, connection):
                    digest.update(without_request_id(answer))
        finally:
            connection.close()
        return digest.hexdigest()

    def _described(self, member: AccessKey, connection: http.client.HTTPConnection) -> list[Answer]:
        listed = self.ask(sign_rpc(member, "ListKeys", {"PageSize": "100"}), connection)
        ids = [key["KeyId"] for key in listed.json["Keys"]["Key"]]
        assert listed.json["TotalCount"] == len(ids)
        aliases = self.ask(sign_rpc(member, "ListAliases", {"PageSize": "100"}), connection)
        assert aliases.json["TotalCount"] == len(aliases.json["Aliases"]["Alias"])
        return [
            listed,
            aliases,
            *(self.ask(sign_rpc(member, "DescribeKey", {"KeyId": i}), connection) for i in ids),
        ]


def check(answer: Answer) -> None:
    """What holds of every answer: no fault of ours, a RequestId, nothing about our insides."""
    assert answer.status not in {500, 502}, answer.body
    assert b"Traceback" not in answer.body
    assert b'File \\"' not in answer.body
    if answer.headers["content-type"].startswith("application/json"):
        found = json.loads(answer.body)
        assert REQUEST_ID.fullmatch(found["RequestId"]), answer.body
        if answer.status != 200:
            assert set(found) == {"RequestId", "HostId", "Code", "Message", "HttpStatus"}


def without_request_id(answer: Answer) -> bytes:
    """The answer's bytes but for the one member that differs by nature."""
    return answer.body.replace(answer.json["RequestId"].encode(), b"")


def open_house(folder: Path) -> House:
    """Start a server with two accounts, a RAM user without a policy, and four keys."""
    server = Server(folder, workers=2)
    # Requests from before a boot's first start are refused; this installation began earlier.
    NonceStore(folder / "var" / "nonces", now=utc_now() - 2 * WINDOW).close()
    server.start()
    members, accounts = _members(server)
    house = House(server, members, accounts)
    known = (members.owner, members.stranger, members.powerless, members.inactive)
    house.canaries.update(member.secret.encode() for member in known)
    for name, member in (("key_id", members.owner), ("foreign_id", members.stranger)):
        setattr(house, name, house.call("CreateKey", by=member)["KeyMetadata"]["KeyId"])
    house.disabled_id = house.call("CreateKey")["KeyMetadata"]["KeyId"]
    house.call("DisableKey", {"KeyId": house.disabled_id})
    house.pending_id = house.call("CreateKey")["KeyMetadata"]["KeyId"]
    house.call("ScheduleKeyDeletion", {"KeyId": house.pending_id, "PendingWindowInDays": "30"})
    house.beginning = house.state()
    return house


def _members(server: Server) -> tuple[Members, tuple[str, str]]:
    first = server.credentials
    second = server.manage_json("account", "create", "--name", "second")
    account = ("--account", first["account_id"])
    server.manage("user", "create", *account, "--name", "powerless")
    made = [
        server.manage_json("access_key", "create", *account, "--user", "powerless")
        for _ in range(2)
    ]
    server.manage("access_key", "disable", *account, "--id", made[1]["AccessKeyId"])
    owner, stranger = (
        AccessKey(found["access_key_id"], found["access_key_secret"]) for found in (first, second)
    )
    powerless, inactive = (
        AccessKey(found["AccessKeyId"], found["AccessKeySecret"]) for found in made
    )
    nobody = replace(owner, id="LTAI5tNobodyHasThisKey00")
    return (
        Members(owner, stranger, powerless, inactive, nobody),
        (first["account_id"], second["account_id"]),
    )
