"""Words for everything, in both languages."""

from functools import partial

import pytest

from kms_console.notices.config import LANGUAGES
from kms_console.notices.kinds import Kind
from kms_console.notices.rendering import mail_html, mail_text, markdown
from kms_console.notices.texts import sections, title
from tests.notices.samples import ACCOUNT, letter


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_words_in_every_language(kind: Kind, language: str) -> None:
    (section,) = sections(letter(kind=kind), (language,))
    assert section.title
    assert ACCOUNT in section.sentence
    assert "{" not in section.title + section.sentence
    is_chinese = any("\u4e00" <= sign <= "\u9fff" for sign in section.title)
    assert is_chinese == (language == "zh_Hans")


def test_a_day_is_not_days() -> None:
    assert title(letter(days=1), ("en",)) == "Keys to be deleted within 1 day: 1"


def test_a_channel_gets_the_languages_it_asked_for_in_its_order() -> None:
    for write in (mail_text, mail_html, partial(markdown, largest=4000)):
        both = write(letter(), ("en", "zh_Hans"))
        assert both.index("to be deleted") < both.index("被删除")
        assert "被删除" not in write(letter(), ("en",))
