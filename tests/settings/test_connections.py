"""The URLs of database and broker: from the environment or from files, and never quoted."""

import os
from pathlib import Path

import pytest
from django.db import connection

from kms_console.settings.env import read_environment
from kms_console.settings.listeners import EnvironmentInvalid

NAMES = ("DATABASE_URL", "CELERY_BROKER_URL")


@pytest.mark.parametrize("scheme", ["amqp", "amqps", "redis", "rediss"])
def test_rabbitmq_and_redis_are_served(scheme: str) -> None:
    url = f"{scheme}://kms:canary@broker/0"
    found = read_environment({"CELERY_BROKER_URL": url})
    assert found.broker_url == url
    assert "canary" not in repr(found)


@pytest.mark.parametrize("scheme", ["memory", "filesystem", "sqs", "sentinel", "redis+socket", ""])
def test_another_broker_is_refused_by_name_and_not_quoted(scheme: str) -> None:
    with pytest.raises(EnvironmentInvalid, match="CELERY_BROKER_URL") as refused:
        read_environment({"CELERY_BROKER_URL": f"{scheme}://kms:canary@broker/0"})
    assert "canary" not in str(refused.value)


def test_urls_are_read_from_files(tmp_path: Path) -> None:
    (tmp_path / "database").write_text("postgres://kms:canary@db/kms\n")
    (tmp_path / "broker").write_text("redis://:canary@broker/0\n")
    found = read_environment(
        {
            "DATABASE_URL_FILE": str(tmp_path / "database"),
            "CELERY_BROKER_URL_FILE": str(tmp_path / "broker"),
        }
    )
    assert found.database_url == "postgres://kms:canary@db/kms"
    assert found.broker_url == "redis://:canary@broker/0"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", [b"", b"\n", b"mysql://canary", b"\xff" * 9, b"x" * 5000])
def test_a_file_without_a_url_is_refused_by_name(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / "url").write_bytes(content)
    with pytest.raises(EnvironmentInvalid, match=name) as refused:
        read_environment({f"{name}_FILE": str(tmp_path / "url")})
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=f"{name}_FILE"):
        read_environment({f"{name}_FILE": str(tmp_path / "url")})


@pytest.mark.parametrize("name", NAMES)
def test_a_url_and_a_file_exclude_each_other(tmp_path: Path, name: str) -> None:
    url = "postgres://db/kms" if name == "DATABASE_URL" else "redis://broker/0"
    (tmp_path / "url").write_text(url)
    with pytest.raises(EnvironmentInvalid, match=f"{name}_FILE"):
        read_environment({name: url, f"{name}_FILE": str(tmp_path / "url")})


@pytest.mark.skipif(
    os.environ.get("KMS_TEST_DATABASE") != "postgresql", reason="SQLite is reached over no network"
)
@pytest.mark.django_db
def test_a_database_that_is_gone_is_waited_for_seconds() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name LIKE '%%timeout'", [])
        limits = dict(cursor.fetchall())
    assert (limits["lock_timeout"], limits["idle_in_transaction_session_timeout"]) == (
        "15000",
        "60000",
    )
    used = connection.connection.info.get_parameters()
    names = ("connect_timeout", "tcp_user_timeout", "keepalives_idle", "keepalives_count")
    assert [used[name] for name in names] == ["5", "10000", "10", "2"]
