import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from keys.domain.subjects import subject_of


def test_names_and_values_stand_in_their_order() -> None:
    pairs = [("CN", "www.example.com"), ("O", "Example"), ("C", "CN")]
    assert subject_of(pairs) == "CN=www.example.com,O=Example,C=CN"


@pytest.mark.parametrize(
    "value",
    [
        "Example, Inc.",
        'a "b" + c; <d> = e \\ f',
        "#1",
        " both ",
        " ",
        "\\",
        "a\\2cb",
        "x,O=Other",
        "王敏",
    ],
)
def test_a_parser_reads_back_what_was_written(value: str) -> None:
    name = x509.Name.from_rfc4514_string(subject_of([("CN", value)]))
    assert [(one.oid, one.value) for one in name] == [(NameOID.COMMON_NAME, value)]
