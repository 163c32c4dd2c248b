"""A second region of the house, where tests make keys: what the house looks at stays as it was."""

import http.client
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from tests.abuse.aftermath import spellings_of
from tests.abuse.house import House, check, without_request_id
from tests.signing import AccessKey, Answer, send, sign_rpc

REGION = "cn-beijing"
"""It has every spec, as the house's own region has."""

HSM = {"ProtectionLevel": "HSM"}


@dataclass(slots=True)
class Annex:
    """A member of the house in the other region, with a connection that stays open.

    No answer may show a secret that was `kept`, and nothing that the server writes.
    """

    house: House
    member: AccessKey
    connection: http.client.HTTPConnection
    _spellings: set[bytes] = field(default_factory=set, repr=False)

    def of(self, member: AccessKey) -> "Annex":
        """The same region and secrets for another member."""
        return replace(self, member=replace(member, region=REGION))

    def keep(self, secret: bytes) -> bytes:
        """Return `secret`, which from now on is one."""
        self.house.canaries.add(secret)
        self._spellings.update(spellings_of(secret))
        return secret

    def ask(self, action: str, parameters: Mapping[str, str]) -> Answer:
        """Whatever the answer is, it shows no secret."""
        answer = send(self.connection, sign_rpc(self.member, action, parameters))
        check(answer)
        assert not any(spelling in answer.body for spelling in self._spellings)
        return answer

    def call(self, action: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """The members of a success."""
        answer = self.ask(action, parameters)
        assert answer.status == 200, answer.body
        return answer.json

    def refuse(self, action: str, parameters: Mapping[str, str], code: str, status: int) -> Answer:
        """The request is refused with `code`, and the trail tells."""
        return self.refuse_alike(action, [parameters], code, status)

    def refuse_alike(
        self, action: str, requests: Iterable[Mapping[str, str]], code: str, status: int
    ) -> Answer:
        """All of them are refused with `code`, in the same words; return one of the answers."""
        answers = [self.ask(action, parameters) for parameters in requests]
        found = {(answer.json.get("Code"), answer.status) for answer in answers}
        assert found == {(code, status)}
        assert len({without_request_id(answer) for answer in answers}) == 1
        self.house.owed.update({answer.json["RequestId"]: code for answer in answers})
        return answers[0]

    def create(self, spec: str, **more: str) -> str:
        """The id of a new key."""
        made = self.call("CreateKey", {"KeySpec": spec, **more})
        key_id: str = made["KeyMetadata"]["KeyId"]
        return key_id

    def describe(self, key_id: str) -> dict[str, str]:
        found: dict[str, str] = self.call("DescribeKey", {"KeyId": key_id})["KeyMetadata"]
        return found

    def versions(self, key_id: str) -> list[str]:
        """The ids of a key's versions, oldest first."""
        listed = self.call("ListKeyVersions", {"KeyId": key_id})["KeyVersions"]["KeyVersion"]
        return [version["KeyVersionId"] for version in listed]


@contextmanager
def annex_of(house: House) -> Iterator[Annex]:
    """The owner's annex, as long as the block runs."""
    connection = house.connect()
    yield Annex(house, replace(house.members.owner, region=REGION), connection)
    connection.close()
