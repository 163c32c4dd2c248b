"""PostgreSQL crashes under load: callers hear 503 for a moment, and nothing answered is lost."""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.calling import Caller, Refused
from tests.faults.conftest import FULL
from tests.faults.test_kills import unrecorded
from tests.postgres import Postgres
from tests.serving import Server

RESTARTS = 10 if FULL else 2
CALLERS, EACH = 8, 12
PATIENCE = 60.0
BACK_WITHIN = 3.0
"""Seconds from the moment at which the database answers again."""

UNAVAILABLE = (503, "ServiceUnavailableTemporary")

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(
        os.environ.get("KMS_TEST_DATABASE") != "postgresql",
        reason="SQLite has no server that could crash",
    ),
]


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    """A cluster of its own, which keeps what it has committed."""
    postgres = Postgres(durable=True)
    yield postgres
    postgres.stop()


@pytest.fixture(scope="module")
def server(database: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("restarts")
    server = Server(folder, workers=2, DATABASE_URL=database.url).start()
    yield server
    server.stop()


class Work:
    """One caller who does a bit of everything to a key of its own, and keeps what was answered.

    `is_in_doubt`: the last change of the description was refused, and may have happened.
    """

    def __init__(self, server: Server, number: int) -> None:
        self._caller = Caller.owner(server)
        self._number = number
        self.key_id = self._caller.call("CreateKey")["KeyMetadata"]["KeyId"]
        self.blobs: list[str] = []
        self.keys: list[str] = []
        self.aliases: list[str] = []
        self.request_ids: list[str] = []
        self.refusals: Counter[tuple[int, str]] = Counter()
        self.nameless = 0
        self.lost: list[str] = []
        self.description, self.is_in_doubt = "", False
        self.last_refusal = 0.0
        self.thread = threading.Thread(target=self._run)
        self._is_over = False

    def stop(self) -> None:
        self._is_over = True
        self.thread.join(PATIENCE)

    def _run(self) -> None:
        steps = [self._encrypt, self._create, self._describe, self._change, self._name, self._list]
        count = 0
        while not self._is_over:
            try:
                steps[count % len(steps)](f"{self._number}-{count}")
            except Refused as refused:
                self._note(refused)
            except OSError as lost:
                self.lost.append(repr(lost.__cause__))
            count += 1

    def _note(self, refused: Refused) -> None:
        self.refusals[refused.status, refused.code] += 1
        self.nameless += not refused.request_id
        self.last_refusal = time.monotonic()

    def _call(self, action: str, **parameters: str) -> dict[str, object]:
        answer = self._caller.call(action, **parameters)
        self.request_ids.append(answer["RequestId"])
        return answer

    def _encrypt(self, text: str) -> None:
        blob = self._caller.call("Encrypt", KeyId=self.key_id, Plaintext=text)["CiphertextBlob"]
        self.blobs.append(blob)
        assert self._caller.call("Decrypt", CiphertextBlob=blob)["Plaintext"] == text

    def _create(self, _: str) -> None:
        answer = self._caller.call("CreateKey")
        self.keys.append(answer["KeyMetadata"]["KeyId"])
        self.request_ids.append(answer["RequestId"])

    def _describe(self, _: str) -> None:
        found = self._caller.call("DescribeKey", KeyId=self.key_id)["KeyMetadata"]
        assert self.is_in_doubt or found["Description"] == self.description

    def _change(self, text: str) -> None:
        self.is_in_doubt = True
        self._call("UpdateKeyDescription", KeyId=self.key_id, Description=text)
        self.description, self.is_in_doubt = text, False

    def _name(self, text: str) -> None:
        self._call("CreateAlias", AliasName=f"alias/{text}", KeyId=self.key_id)
        self.aliases.append(f"alias/{text}")

    def _list(self, _: str) -> None:
        self._call("ListKeys", PageSize="5")


@pytest.fixture
def load(server: Server) -> Iterator[list[Work]]:
    works = [Work(server, number) for number in range(CALLERS)]
    for work in works:
        work.thread.start()
    yield works
    for work in works:
        work.stop()


def _answered(load: list[Work]) -> list[int]:
    return [len(work.request_ids) for work in load]


def _until_all_go_on(load: list[Work]) -> None:
    """Each caller had EACH changes and lists answered from now on."""
    before = _answered(load)
    deadline = time.monotonic() + PATIENCE
    while any(now < then + EACH for now, then in zip(_answered(load), before, strict=True)):
        assert time.monotonic() < deadline, "somebody is not served any more"
        time.sleep(0.01)


def test_after_a_crash_of_the_database_all_goes_on_and_nothing_answered_is_lost(
    server: Server,
    database: Postgres,
    load: list[Work],
    record_property: Callable[[str, object], None],
) -> None:
    dice = random.Random(20210114)  # noqa: S311  # a test's dice
    slowest = 0.0
    for number in range(RESTARTS):
        _until_all_go_on(load)
        database.crash()
        time.sleep(dice.uniform(0.0, 3.0) if number % 2 else 0.0)
        database.start()
        back = time.monotonic()
        _until_all_go_on(load)
        slowest = max(slowest, *(work.last_refusal - back for work in load))
    for work in load:
        work.stop()
    refusals = sum((work.refusals for work in load), Counter[tuple[int, str]]())
    assert set(refusals) == {UNAVAILABLE}
    assert [work.lost for work in load] == [[]] * CALLERS
    assert sum(work.nameless for work in load) == 0
    assert slowest < BACK_WITHIN
    server.wait_for("/readyz")
    for work in load:
        _assert_kept(server, work)
    assert unrecorded(server, [rid for work in load for rid in work.request_ids]) == set()
    found = server.manage_json("verify", check=False)
    assert found["clean"], found
    record_property("restarts", RESTARTS)
    record_property("answers", sum(_answered(load)))
    record_property("answers of 503", refusals[UNAVAILABLE])
    record_property("other failures", 0)
    record_property("answered changes lost", 0)
    record_property("s from the database's return to the last 503", max(0.0, slowest))


def _assert_kept(server: Server, work: Work) -> None:
    owner = Caller.owner(server)
    assert work.keys
    assert work.aliases
    for key_id in work.keys:
        assert owner.call("DescribeKey", KeyId=key_id)["KeyMetadata"]["KeyState"] == "Enabled"
    for blob in work.blobs:
        owner.call("Decrypt", CiphertextBlob=blob)
    for alias in work.aliases:
        found = owner.call("DescribeKey", KeyId=alias)["KeyMetadata"]
        assert found["KeyId"] == work.key_id
        assert work.is_in_doubt or found["Description"] == work.description
