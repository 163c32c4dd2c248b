"""One server on one data folder."""

import os
from pathlib import Path

import pytest

from kms_console.management.single_server import SecondServer, lock_folder


def test_a_second_server_on_the_folder_is_refused_until_the_first_ends(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    first = lock_folder(tmp_path)
    with pytest.raises(SecondServer, match="data folder"):
        lock_folder(tmp_path)
    os.close(first)
    os.close(lock_folder(tmp_path))
