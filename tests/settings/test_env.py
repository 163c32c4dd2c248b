"""What the operator sets becomes typed settings, or a message that names the variable."""

import os
from ipaddress import ip_network
from pathlib import Path

import pytest

from kms_console.core.quotas import NO_QUOTAS, Quotas
from kms_console.rpc.registry import Kind
from kms_console.settings.env import NOT_SERVED, read_environment, take_environment
from kms_console.settings.listeners import EnvironmentInvalid, split_bind


def test_an_empty_environment_gives_the_documented_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = read_environment({})
    assert found.data_dir == tmp_path / "var"
    assert found.bind == "127.0.0.1:8000"
    assert found.workers == len(os.sched_getaffinity(0))
    assert found.database_url == f"sqlite:///{tmp_path}/var/kms.sqlite3"
    assert found.timers_nice == 10
    assert found.uses_sqlite
    assert found.broker_url is None
    assert found.default_region == "cn-hangzhou"
    assert found.allowed_hosts == ("127.0.0.1", "localhost", "[::1]")
    assert found.trusted_proxies == ()
    assert found.audit_fsync is False
    assert found.root_key_file == tmp_path / "var" / "root.key"
    assert found.root_key is None
    assert found.quotas == NO_QUOTAS
    assert found.limits == {}


def test_every_variable_is_taken(tmp_path: Path) -> None:
    found = read_environment(
        {
            "KMS_DATA_DIR": str(tmp_path),
            "KMS_BIND": "[::1]:9000",
            "KMS_WORKERS": "3",
            "KMS_TIMERS_NICE": "19",
            "DATABASE_URL": "postgres://kms@localhost/kms",
            "CELERY_BROKER_URL": "amqp://localhost//",
            "KMS_DEFAULT_REGION": "cn-beijing",
            "KMS_ALLOWED_HOSTS": "kms.example.com, localhost ,",
            "KMS_TRUSTED_PROXIES": "192.0.2.1, 2001:db8::/32",
            "KMS_AUDIT_FSYNC": "1",
            "KMS_ROOT_KEY_FILE": "/run/secrets/root",
            "KMS_ROOT_KEY": "text",
            "KMS_QUOTA_KEYS": "200",
            "KMS_QUOTA_ALIASES": "300",
            "KMS_LIMIT_CRYPTO": "750/second",
            "KMS_LIMIT_READ": "1000 per 5 minutes",
            "KMS_LIMIT_CHANGE": "1/day",
        }
    )
    assert (found.data_dir, found.bind, found.workers) == (tmp_path, "[::1]:9000", 3)
    assert found.timers_nice == 19
    assert not found.uses_sqlite
    assert found.broker_url == "amqp://localhost//"
    assert found.default_region == "cn-beijing"
    assert found.allowed_hosts == ("kms.example.com", "localhost")
    assert found.trusted_proxies == (ip_network("192.0.2.1/32"), ip_network("2001:db8::/32"))
    assert found.audit_fsync is True
    assert found.root_key_file == Path("/run/secrets/root")
    assert found.root_key is not None
    assert found.root_key.reveal() == b"text"
    assert found.quotas == Quotas(keys=200, aliases=300)
    assert {kind: (limit.amount, limit.get_expiry()) for kind, limit in found.limits.items()} == {
        Kind.CRYPTO: (750, 1),
        Kind.READ: (1000, 300),
        Kind.CHANGE: (1, 86_400),
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KMS_WORKERS", "0"),
        ("KMS_WORKERS", "257"),
        ("KMS_WORKERS", "-1"),
        ("KMS_WORKERS", "two"),
        ("KMS_TIMERS_NICE", "20"),
        ("KMS_TIMERS_NICE", "-1"),
        ("KMS_TIMERS_NICE", "low"),
        ("KMS_AUDIT_FSYNC", "yes"),
        ("KMS_DEFAULT_REGION", "cn-atlantis"),
        ("KMS_TRUSTED_PROXIES", "everybody"),
        ("KMS_TRUSTED_PROXIES", "192.0.2.1/24"),
        *((name, "x") for name in NOT_SERVED),
        *(("KMS_QUOTA_KEYS", text) for text in ("0", "-1", "many", "1e3", "9" * 10, "007")),
        ("KMS_QUOTA_ALIASES", "0"),
        *(
            ("KMS_LIMIT_CRYPTO", text)
            for text in (
                *("750", "0/second", "fast", "1/second; 2/minute", "1/month", "2 per 2 days"),
                *("1/0 seconds", "9" * 10 + "/second", "-1/second"),
            )
        ),
        ("KMS_LIMIT_READ", "x"),
        ("KMS_LIMIT_CHANGE", "x"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=name):
        read_environment({name: value})


@pytest.mark.parametrize("bind", ["8000", ":8000", "host", "host:", "host:http", "host:65536"])
def test_a_listener_is_a_host_and_a_port(bind: str) -> None:
    with pytest.raises(EnvironmentInvalid, match="HOST:PORT"):
        read_environment({"KMS_BIND": bind})


@pytest.mark.parametrize(
    ("bind", "parts"),
    [
        ("127.0.0.1:0", ("127.0.0.1", 0)),
        ("[::1]:8000", ("::1", 8000)),
        ("kms:65535", ("kms", 65535)),
    ],
)
def test_a_listener_is_split(bind: str, parts: tuple[str, int]) -> None:
    assert split_bind(bind) == parts


def test_an_empty_variable_is_an_unset_one() -> None:
    assert read_environment({"KMS_ROOT_KEY": "", "KMS_WORKERS": ""}) == read_environment({})


def test_the_root_key_is_taken_out_of_the_process_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KMS_ROOT_KEY", "canary")
    found = take_environment()
    assert "KMS_ROOT_KEY" not in os.environ
    assert found.root_key is not None
    assert "canary" not in repr(found)
    assert take_environment().root_key is None


def test_the_password_of_the_database_is_not_printed() -> None:
    found = read_environment({"DATABASE_URL": "postgres://kms:canary@localhost/kms"})
    assert "canary" in found.database_url
    assert "canary" not in repr(found)


def test_a_database_that_is_not_served_is_refused_without_being_quoted() -> None:
    with pytest.raises(EnvironmentInvalid, match="DATABASE_URL") as refused:
        read_environment({"DATABASE_URL": "mysql://kms:canary@localhost/kms"})
    assert "canary" not in str(refused.value)


def test_a_root_key_that_is_no_text_is_still_only_a_wrong_key() -> None:
    found = read_environment({"KMS_ROOT_KEY": "\udcff"})
    assert found.root_key is not None
    assert found.root_key.reveal() == b"\xff"
