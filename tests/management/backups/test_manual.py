"""The drill in docs/backup.md, word for word, beside an installation."""

import subprocess
import sys
from pathlib import Path

from tests.management.backups.conftest import Installation
from tests.readme.pages import blocks, section
from tests.serving import ROOT

_MANUAL = ROOT / "docs" / "backup.md"


def test_the_drill_restores_what_it_backs_up(origin: Installation) -> None:
    drill, clean_up = (block.text for block in blocks(section(_MANUAL, "The drill")))
    environment = {**origin.server.environment, "KMS_DATA_DIR": str(origin.data_dir)}
    done = _bash(drill, origin.server.folder, environment)
    assert done.count("Everything holds.") == 2, done
    assert (origin.server.folder / "drill" / "kms.sqlite3").exists()
    _bash(clean_up, origin.server.folder, environment)
    assert not (origin.server.folder / "drill").exists()


def _bash(text: str, folder: Path, environment: dict[str, str]) -> str:
    command = f"{sys.executable} {ROOT / 'manage.py'}"
    return subprocess.run(
        ["bash", "-eu", "-c", text.replace(".venv/bin/python manage.py", command)],
        cwd=folder,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
