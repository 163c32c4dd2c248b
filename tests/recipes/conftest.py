"""A running server, the guide's `aliyun`, and a folder to type `openssl` commands in."""

from pathlib import Path

import pytest

from tests.contract.clients import Target
from tests.contract.conftest import owner, server
from tests.recipes.aliyun import Aliyun
from tests.recipes.terminal import Terminal

__all__ = ["owner", "server"]  # fixtures of the contract tests, for this folder as well


@pytest.fixture(scope="session")
def aliyun(owner: Target) -> Aliyun:
    return Aliyun(owner)


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)
