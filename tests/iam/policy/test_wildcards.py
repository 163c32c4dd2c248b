import time

import pytest

from kms_console.iam.policy.wildcards import Wildcards


@pytest.mark.parametrize(
    ("pattern", "text", "covered"),
    [
        ("*", "", True),
        ("*", "a\nb", True),
        ("**", "anything", True),
        ("?", "", False),
        ("?", "a", True),
        ("?", "ab", False),
        ("?*", "", False),
        ("*?", "x", True),
        ("*?*", "", False),
        ("abc", "abc", True),
        ("abc", "abcd", False),
        ("abc", "ABC", False),
        ("a*c", "ac", True),
        ("a*c", "abcbc", True),
        ("a*c", "abcb", False),
        ("a*b*c", "aXbYbZc", True),
        ("a*b*c", "acb", False),
        ("*aba", "ababa", True),
        ("ab*ba", "aba", False),
        ("a?c*", "abcdef", True),
        ("key/*/../", "key/x/../", True),
        ("key/*/../", "key/x", False),
        ("a.c", "abc", False),
        ("[a]", "a", False),
        ("a+", "aa", False),
        ("密?*", "密钥", True),
        ("a\n*", "a\nb", True),
    ],
)
def test_a_star_is_any_run_and_a_question_mark_is_one_character(
    pattern: str, text: str, covered: bool
) -> None:
    assert Wildcards([pattern]).match(text) is covered


def test_any_pattern_of_a_set_may_cover() -> None:
    patterns = Wildcards(["abc", "d*", "?x"])
    assert [patterns.match(text) for text in ("abc", "dog", "yx", "cat")] == [
        True,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    "pattern",
    [
        "*" + "a*" * 5000 + "b",
        "a" * 5000 + "*" + "a" * 5000 + "b",
        "*?" * 5000 + "b",
        "*" + "?" * 5000 + "a" * 5000 + "*b",
    ],
)
def test_no_pattern_makes_matching_explode(pattern: str) -> None:
    patterns = Wildcards([pattern])
    started = time.process_time()
    assert not patterns.match("a" * 20_000)
    # Backtracking would take longer than anybody waits; the bound is for slow machines.
    assert time.process_time() - started < 10
