"""docker-compose.yml and the image: true to the specification, and closed as far as can be."""

import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands

from tests.production import compose
from tests.serving import ROOT

SERVICES = {"web", "worker", "beat-1", "beat-2", "postgres", "rabbitmq", "proxy"}


@pytest.fixture(params=sorted(SERVICES))
def service(request: pytest.FixtureRequest) -> dict[str, Any]:
    return compose.services()[request.param]


def test_the_file_is_valid_by_the_compose_specification() -> None:
    # check-jsonschema carries the specification's own schema.
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    checked = subprocess.run([*command, str(compose.FILE)], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_the_services_are_those_of_the_manual() -> None:
    assert set(compose.services()) == SERVICES


def test_no_service_is_root_or_may_become_it(service: dict[str, Any]) -> None:
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_no_service_writes_outside_its_volumes_and_memory(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["tmpfs"]


def test_every_service_tells_whether_it_is_well_and_comes_back(service: dict[str, Any]) -> None:
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    assert [name for name, s in compose.services().items() if "ports" in s] == ["proxy"]
    assert compose.project()["networks"]["back"]["internal"] is True


def test_secrets_are_files_that_are_never_committed() -> None:
    for secret in compose.project()["secrets"].values():
        path = secret["file"]
        ignored = subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, check=False)
        assert ignored.returncode == 0, path


def test_no_value_in_the_file_is_a_secret() -> None:
    for service in compose.services().values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|ROOT_KEY|DATABASE_URL|BROKER_URL", name):
                assert name.endswith("_FILE")
                assert value.startswith("/run/secrets/")


def test_a_service_gets_the_secrets_that_it_reads_and_no_others() -> None:
    for name in compose.OURS:
        service = compose.services()[name]
        read = {Path(v).name for v in service["environment"].values() if "/secrets/" in v}
        assert set(service["secrets"]) == read


def test_beats_know_neither_the_root_key_nor_the_data_folder() -> None:
    for name in ("beat-1", "beat-2"):
        assert "root_key" not in compose.services()[name]["secrets"]
        assert "volumes" not in compose.services()[name]


def test_each_of_our_services_runs_a_command_there_is() -> None:
    assert {compose.services()[n]["command"][0] for n in compose.OURS} == {"web", "worker", "beat"}
    assert {"web", "worker", "beat"} <= set(get_commands())


def test_services_wait_for_what_they_need_to_be_healthy() -> None:
    for service in compose.services().values():
        for condition in service.get("depends_on", {}).values():
            assert condition == {"condition": "service_healthy"}


def test_images_have_names_and_no_registry() -> None:
    images = [s["image"] for s in compose.services().values()]
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert all(re.fullmatch(r"[a-z-]+(:[\w.-]+)?", image) for image in images)


def test_the_image_is_not_root_and_has_no_dependencies_of_tests() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER")] == ["USER 10001:10001"]
    assert "requirements-dev" not in "".join(lines)
    assert any(line.startswith("HEALTHCHECK") for line in lines)


def test_all_that_the_image_copies_is_there_and_reaches_the_build() -> None:
    let_in = [
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    for source in " ".join(copied).split():
        assert (ROOT / source).exists()
        assert any(fnmatch(source, pattern) for pattern in let_in), source


def test_the_image_has_every_package_of_ours() -> None:
    copied = set(re.findall(r"^COPY (\w+) \w+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    packages = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert packages <= copied


def test_secrets_are_made_once_and_for_their_readers_alone(tmp_path: Path) -> None:
    script = ["sh", str(ROOT / "deploy" / "secrets.sh"), str(tmp_path / "secrets")]
    subprocess.run(script, check=True, capture_output=True)
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()}
    assert modes == {0o400}
    again = subprocess.run(script, check=True, capture_output=True, text=True).stdout
    assert "made /" not in again
    assert {p.name: p.read_text() for p in (tmp_path / "secrets").iterdir()} == made
    assert made["postgres_password"].strip() in made["database_url"]
    assert made["broker_url"].split(":")[2].split("@")[0] in made["rabbitmq.conf"]
