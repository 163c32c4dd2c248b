"""The specs' table says what exists, and what this server serves of it."""

from hsm.domain.specs import AES_256, SPECS, Kind, served_by


def test_the_table_knows_every_spec_of_the_api() -> None:
    assert set(SPECS) == {
        "Aliyun_AES_256",
        "Aliyun_SM4",
        "RSA_2048",
        "RSA_3072",
        "EC_P256",
        "EC_P256K",
        "EC_SM2",
    }


def test_symmetric_keys_have_a_fixed_length_and_others_have_none() -> None:
    for spec in SPECS.values():
        assert (spec.key_bytes is not None) == (spec.kind is Kind.SYMMETRIC)


def test_the_software_module_serves_aes_256_alone() -> None:
    assert served_by("software") == {AES_256}


def test_an_unknown_module_serves_nothing() -> None:
    assert served_by("hardware") == frozenset()
