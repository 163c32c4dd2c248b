"""The catalogues of both languages: complete, compiled, and of all that the pages say."""

import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

from kms_console.console.refusals import SENTENCES
from kms_console.core.errors import KmsError
from tests.requirements import missing
from tests.serving import ROOT

LANGUAGES = ("zh_Hans", "en")
_SAYING = ("aliases", "hsm", "keys", "kms_console", "templates")

Words = tuple[str | None, str]


def _catalogue(language: str, form: str = "po", root: Path = ROOT) -> polib.POFile | polib.MOFile:
    path = str(root / "locale" / language / "LC_MESSAGES" / f"django.{form}")
    found: polib.POFile | polib.MOFile = (polib.pofile if form == "po" else polib.mofile)(path)
    return found


def _all(catalogue: polib.POFile | polib.MOFile) -> dict[Words, object]:
    return {
        (entry.msgctxt, entry.msgid): entry.msgstr_plural or entry.msgstr for entry in catalogue
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated_and_none_is_a_guess(language: str) -> None:
    for entry in _catalogue(language):
        assert entry.translated(), entry.msgid
        assert not entry.obsolete, entry.msgid
        assert "fuzzy" not in entry.flags, entry.msgid


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    assert _all(_catalogue(language, "mo")) == _all(_catalogue(language))


def test_both_languages_have_the_same_sentences() -> None:
    assert _all(_catalogue("zh_Hans")).keys() == _all(_catalogue("en")).keys()


def test_english_is_what_the_code_says() -> None:
    for entry in _catalogue("en"):
        said = entry.msgstr_plural or {0: entry.msgstr}
        assert said[0] == entry.msgid


def test_no_sentence_of_code_or_templates_is_missing(tmp_path: Path) -> None:
    if shutil.which("xgettext") is None:
        missing("GNU gettext is not installed.")
    for folder in _SAYING:
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "locale").mkdir()
    collect = ["-m", "django", "makemessages", "-l", "zh_Hans", "--no-location"]
    subprocess.run([sys.executable, *collect], cwd=tmp_path, check=True, capture_output=True)
    wanted = _all(_catalogue("zh_Hans", root=tmp_path)).keys()
    assert wanted == _all(_catalogue("zh_Hans")).keys()


def test_every_refusal_has_its_sentence_in_the_catalogue() -> None:
    ours = {
        error.template
        for error in KmsError.__subclasses__()
        if error.__module__ == "kms_console.core.errors"
    }
    assert ours <= set(SENTENCES)
