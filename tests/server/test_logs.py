"""What a log line may hold."""

import json
import logging

import pytest
import structlog
from django.test import Client

from kms_console.server import logs


@pytest.fixture(autouse=True)
def _configured() -> None:
    logs.configure()


def _line(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().err.strip().splitlines()[-1])
    return found


def test_an_event_is_one_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    structlog.get_logger("kms.test").info("hello", request_id="R-1")
    line = _line(capsys)
    assert (line["event"], line["request_id"], line["level"]) == ("hello", "R-1", "info")


@pytest.mark.parametrize("name", ["plaintext", "AccessKeySecret", "password", "query_string"])
def test_a_field_with_a_telling_name_loses_its_value(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure()
    structlog.get_logger("kms.test").info("careless", **{name: "canary-4711"})
    assert "canary-4711" not in json.dumps(_line(capsys))


def test_a_traceback_carries_no_local_variables(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    hidden = "canary-" + "4712"
    try:
        int(hidden[:6])
    except ValueError:
        logging.getLogger("kms.test").exception("failed")
    text = json.dumps(_line(capsys))
    assert "ValueError" in text
    assert hidden not in text


def test_a_stranger_with_a_wrong_host_writes_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    answer = Client(headers={"host": "elsewhere.example"}).get("/healthz")
    assert answer.status_code == 400
    assert capsys.readouterr().err == ""
