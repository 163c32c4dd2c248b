"""Real brokers of a test's own: started, killed, wiped and started again on the same port."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, Protocol

import kombu
import redis

from tests.requirements import missing
from tests.serving import free_port

SWEEPS = "kms.sweeps"
PASSWORD = "canary-of-the-broker"
_START_SECONDS = 60.0
_ERLANG = "+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}"
_RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # Debian's wrapper would switch users


class Broker(Protocol):
    """What tests do to a broker. It listens once `start` returns."""

    url: str

    def start(self) -> None: ...

    def kill(self) -> None: ...

    def wipe(self) -> None: ...

    def waiting(self) -> int:
        """How many sweeps wait for a worker."""
        ...


class Redis:
    """redis-server with a password, and nothing kept on disk."""

    def __init__(self, folder: Path) -> None:
        self._binary = shutil.which("redis-server") or missing("redis-server is not installed")
        self._folder = folder
        self._port = free_port()
        self.url = f"redis://:{PASSWORD}@127.0.0.1:{self._port}/0"

    def start(self) -> None:
        options = f"--port {self._port} --bind 127.0.0.1 --requirepass {PASSWORD} --save ''"
        command = [self._binary, *options.replace("''", "").split(), "", "--dir", str(self._folder)]
        self._process = _spawn(command, self._folder, dict(os.environ))
        listening(self._port, self._process)

    def kill(self) -> None:
        _kill(self._process)

    def wipe(self) -> None:
        """It keeps nothing anyway."""

    def waiting(self) -> int:
        with redis.Redis.from_url(self.url) as client:
            return int(client.llen(SWEEPS)) + int(client.hlen("unacked"))


class RabbitMQ:
    """rabbitmq-server as whoever runs the tests, with ports, a node name and an epmd of its own."""

    def __init__(self, folder: Path) -> None:
        if not _RABBITMQ.exists():
            missing("rabbitmq-server is not installed")
        self._folder = folder
        self._port, self._epmd_port, self._distribution = free_port(), free_port(), free_port()
        self.url = f"amqp://kms:{PASSWORD}@127.0.0.1:{self._port}//"
        self._configure()

    def start(self) -> None:
        # Otherwise the server starts one that outlives it.
        epmd = ["epmd", "-port", str(self._epmd_port), "-address", "127.0.0.1"]
        self._epmd = _spawn(epmd, self._folder, self._environment())
        listening(self._epmd_port, self._epmd)
        self._process = _spawn([str(_RABBITMQ)], self._folder, self._environment())
        listening(self._port, self._process)

    def kill(self) -> None:
        for process in (self._process, self._epmd):
            _kill(process)

    def wipe(self) -> None:
        shutil.rmtree(self._folder / "mnesia")

    def waiting(self) -> int:
        with kombu.Connection(self.url) as connection:
            channel: Any = connection.default_channel
            return int(channel.queue_declare(SWEEPS, passive=True).message_count)

    def _configure(self) -> None:
        lines = [
            f"listeners.tcp.1 = 127.0.0.1:{self._port}",
            "default_user = kms",
            f"default_pass = {PASSWORD}",
            "log.console = true",
            "log.console.level = warning",
            "log.file = false",
        ]
        (self._folder / "rabbitmq.conf").write_text("\n".join(lines) + "\n")
        (self._folder / "enabled_plugins").write_text("[].\n")

    def _environment(self) -> dict[str, str]:
        own = {
            "NODENAME": f"kms-{self._port}@localhost",
            "MNESIA_BASE": "mnesia",
            "LOG_BASE": "log",
            "LOGS": "-",
            "CONFIG_FILE": "rabbitmq.conf",
            "ENABLED_PLUGINS_FILE": "enabled_plugins",
            "GENERATED_CONFIG_DIR": "config",
            "PID_FILE": "pid",
        }
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(self._folder),
            **{f"RABBITMQ_{name}": str(self._folder / value) for name, value in own.items()},
            "RABBITMQ_NODENAME": own["NODENAME"],
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _ERLANG,
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }


def _spawn(
    command: list[str], folder: Path, environment: dict[str, str]
) -> "subprocess.Popen[bytes]":
    with (folder / "broker.log").open("ab") as log:
        return subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill -9 of the process and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def listening(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the process takes connections."""
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert time.monotonic() < deadline, "nobody listens"
        time.sleep(0.05)
    raise AssertionError(f"it ended with {process.returncode}")
