"""What a caller's name for a key can mean."""

from uuid import UUID

import pytest

from keys.domain.refs import LONGEST, KeyRef
from kms_console.core.errors import UnsupportedAlias

ID = "1234abcd-12ab-34cd-56ef-12345678abcd"
ACCOUNT, REGION = "1234567890123456", "cn-hangzhou"
ARN = f"acs:kms:{REGION}:{ACCOUNT}:key/{ID}"


def test_an_id_names_a_key_in_any_account_and_region() -> None:
    ref = KeyRef.parse(ID)
    assert ref.within(ACCOUNT, REGION) == UUID(ID)
    assert ref.within("6543210987654321", "cn-beijing") == UUID(ID)
    assert ref.without_alias() is ref


def test_a_ref_of_an_id_is_what_parsing_it_gives() -> None:
    assert KeyRef.of(UUID(ID)) == KeyRef.parse(ID)


def test_an_arn_names_a_key_at_home_alone() -> None:
    ref = KeyRef.parse(ARN)
    assert ref.within(ACCOUNT, REGION) == UUID(ID)
    assert ref.within(ACCOUNT, "cn-beijing") == ""
    assert ref.within("6543210987654321", REGION) == ""
    assert ref.without_alias() is ref


def test_an_alias_is_no_id() -> None:
    ref = KeyRef.parse("alias/某个/名字")
    assert ref.alias == "alias/某个/名字"
    assert ref.within(ACCOUNT, REGION) == "alias/某个/名字"
    with pytest.raises(UnsupportedAlias) as refused:
        ref.without_alias()
    assert refused.value.subject == "alias/某个/名字"


def test_an_alias_has_an_arn_as_well() -> None:
    ref = KeyRef.parse(f"acs:kms:{REGION}:{ACCOUNT}:alias/x")
    assert ref.within(ACCOUNT, REGION) == "alias/x"
    assert ref.within(ACCOUNT, "cn-beijing") == ""
    with pytest.raises(UnsupportedAlias):
        ref.without_alias()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "Alias/x",
        ID.upper(),
        ID.replace("-", ""),
        f"{{{ID}}}",
        f"urn:uuid:{ID}",
        ID + "0",
        ID[:-1],
        ID.translate({ord(digit): chr(0xFF10 + int(digit)) for digit in "0123456789"}),
        f"acs:kms:{REGION}:{ACCOUNT}:key/",
        f"acs:kms:{REGION}:{ACCOUNT}:key/{ID.upper()}",
        f"acs:kms:{REGION}:{ACCOUNT}:key/{ID}/..",
        f"acs:kms:*:{ACCOUNT}:key/{ID}",
        f"acs:kms::{ACCOUNT}:key/{ID}",
        f"acs:oss:{REGION}:{ACCOUNT}:key/{ID}",
        "' OR 1=1 --",
    ],
)
def test_other_text_names_nothing(text: str) -> None:
    ref = KeyRef.parse(text)
    assert ref == KeyRef(text)
    assert ref.within(ACCOUNT, REGION) == ""


@pytest.mark.parametrize("text", [ID + "\n", "\0", "a\x1bb", "\ud800", "x" * (LONGEST + 1)])
def test_what_cannot_be_written_down_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        KeyRef.parse(text)
