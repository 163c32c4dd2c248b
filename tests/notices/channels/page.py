"""The program of docs/notices.md, executed."""

from collections.abc import Callable
from typing import Any

from tests.readme.pages import blocks
from tests.serving import ROOT

PAGE = ROOT / "docs" / "notices.md"


def _program() -> Callable[..., bool]:
    (text,) = (block.text for block in blocks(PAGE.read_text()) if block.language == "python")
    found: dict[str, Any] = {}
    exec(text, found)  # noqa: S102  # what readers are told to run
    verify: Callable[..., bool] = found["verify"]
    return verify


verify = _program()
