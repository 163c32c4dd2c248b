"""`/metrics` of a running server: what its workers counted, and nothing about anybody."""

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.calling import Caller, Refused
from tests.serving import ROOT, Server

TOKEN = "a token of the operator"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("metrics"), workers=2).start()
    yield server
    server.stop()


def _scrape(server: Server, token: str = "") -> str:
    request = urllib.request.Request(f"{server.url}/metrics")  # noqa: S310  # ours, on loopback
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        text: str = answer.read().decode()
    return text


def _value(text: str, sample: str) -> float:
    found = re.search(rf"^{re.escape(sample)} (\S+)$", text, re.M)
    assert found, f"{sample} is not in\n{text}"
    return float(found[1])


def test_answers_of_all_workers_are_counted_by_operation_and_code(server: Server) -> None:
    callers = [Caller.owner(server) for _ in range(4)]
    made = callers[0].call("CreateKey")["KeyMetadata"]
    for caller in callers:
        caller.call("Encrypt", KeyId=made["KeyId"], Plaintext="eA==")
        with pytest.raises(Refused):
            caller.call("Encrypt", KeyId="nobody", Plaintext="eA==")
    text = _scrape(server)
    assert _value(text, 'kms_answers_total{action="Encrypt",code="OK"}') == 4
    assert _value(text, 'kms_answers_total{action="Encrypt",code="Forbidden.KeyNotFound"}') == 4
    assert _value(text, 'kms_answer_seconds_count{action="Encrypt"}') == 8
    assert made["KeyId"] not in text
    assert callers[0].key.id not in text
    assert server.credentials["account_id"] not in text


def test_who_is_nobody_is_counted_by_code_alone(server: Server) -> None:
    url = f"{server.url}/?Action=NoSuchOperation&AccessKeyId=stranger&Version=2016-01-20"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url, timeout=10)  # noqa: S310
    refused.value.close()
    text = _scrape(server)
    assert re.search(r'^kms_turned_away_total\{code="[A-Za-z.]+"\} 1\.0$', text, re.M)
    assert "NoSuchOperation" not in text


def test_it_says_how_things_stand(server: Server) -> None:
    text = _scrape(server)
    for name in ("late_rotations", "late_deletions", "late_expiries", "clock_held", "sealed"):
        assert _value(text, f"kms_{name}") == 0
    assert _value(text, "kms_timers_silent_seconds") < 60
    assert _value(text, "kms_journal_bytes") >= 0
    assert _value(text, "kms_notices_waiting") == 0


def test_with_a_token_nobody_else_may_ask(tmp_path: Path) -> None:
    server = Server(tmp_path, workers=1, KMS_METRICS_TOKEN=TOKEN).start()
    try:
        for wrong in ("", "another token"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                _scrape(server, wrong)
            assert refused.value.code == 403
            refused.value.close()
        assert _value(_scrape(server, TOKEN), "kms_sealed") == 0
    finally:
        server.stop()


def test_alerts_ask_for_metrics_that_are_there(server: Server) -> None:
    page = (ROOT / "docs" / "alerts.yml").read_text()
    asked = set(re.findall(r"kms_[a-z_]+", page))
    shown = set(re.findall(r"^# TYPE (kms_[a-z_]+) ", _scrape(server), re.M))
    counters = {"kms_answers_total", "kms_turned_away_total"}
    assert asked <= shown | counters
    assert len(asked) >= 7
