"""A real nginx with deploy/nginx.conf, with paths, ports and the server's address of a test."""

import contextlib
import http.client
import os
import shutil
import signal
import ssl
import subprocess
from pathlib import Path

from tests.production.brokers import listening
from tests.requirements import missing
from tests.serving import ROOT, free_port

_CERTIFICATE = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    " -subj /CN=kms.example.com -addext subjectAltName=DNS:kms.example.com"
    " -keyout tls_key -out tls_certificate"
)


class Nginx:
    """Listens on loopback, in front of a server on `upstream`."""

    def __init__(self, folder: Path, upstream: int) -> None:
        # Debian keeps it where only root's PATH leads.
        found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        self._binary = found or missing("nginx is not installed")
        if shutil.which("openssl") is None:
            missing("openssl is not installed")
        self._folder = folder
        self.port = free_port()
        command = _CERTIFICATE.split()
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        (folder / "nginx.conf").write_text(self._configuration(upstream))

    @property
    def log(self) -> str:
        """All that nginx wrote, whatever it is about."""
        return "".join((self._folder / name).read_text() for name in ("access.log", "error.log"))

    def check(self) -> "subprocess.CompletedProcess[str]":
        """`nginx -t`."""
        return subprocess.run([*self._command, "-t"], capture_output=True, text=True, check=False)

    def start(self) -> None:
        command = [*self._command, "-g", f"daemon off; {self._user}"]
        self._process = subprocess.Popen(command, cwd=self._folder, start_new_session=True)
        listening(self.port, self._process)

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGQUIT)
        self._process.wait(10)

    def connect(self, source: str = "127.0.0.1") -> http.client.HTTPSConnection:
        context = ssl.create_default_context(cafile=self._folder / "tls_certificate")
        context.check_hostname = False  # it is not at home under its name
        address = ("127.0.0.1", self.port)
        return http.client.HTTPSConnection(
            *address, timeout=30, context=context, source_address=(source, 0)
        )

    @property
    def _command(self) -> list[str]:
        return [self._binary, "-p", str(self._folder), "-c", str(self._folder / "nginx.conf")]

    @property
    def _user(self) -> str:
        # Its workers would become `nobody`, who may not enter the test's folder.
        return "user root;" if os.geteuid() == 0 else ""

    def _configuration(self, upstream: int) -> str:
        text = (ROOT / "deploy" / "nginx.conf").read_text()
        for place, here in {
            "/tmp/": f"{self._folder}/",  # noqa: S108
            "/run/secrets/": f"{self._folder}/",
            "/dev/stdout": f"{self._folder}/access.log",
            "/dev/stderr": f"{self._folder}/error.log",
            "server web:8000;": f"server 127.0.0.1:{upstream};",
            "listen 8443 ssl;": f"listen 127.0.0.1:{self.port} ssl;",
            "listen 127.0.0.1:8081;": f"listen 127.0.0.1:{free_port()};",
        }.items():
            assert place in text, place
            text = text.replace(place, here)
        return text
