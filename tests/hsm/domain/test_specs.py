"""The specs' table says what exists and what it can do."""

from hsm.domain.specs import EC_SM2, RSA_2048, SPECS, UNWRAPPING, Algorithm, Kind


def test_the_table_knows_every_spec_of_the_api() -> None:
    assert {name: spec.kind.value for name, spec in SPECS.items()} == {
        "Aliyun_AES_256": "symmetric",
        "Aliyun_SM4": "symmetric",
        "RSA_2048": "asymmetric",
        "RSA_3072": "asymmetric",
        "EC_P256": "asymmetric",
        "EC_P256K": "asymmetric",
        "EC_SM2": "asymmetric",
    }
    assert all(spec.name == name for name, spec in SPECS.items())


def test_symmetric_keys_have_a_fixed_length_and_others_have_none() -> None:
    assert {spec.name: spec.key_bytes for spec in SPECS.values() if spec.key_bytes} == {
        "Aliyun_AES_256": 32,
        "Aliyun_SM4": 16,
    }
    for spec in SPECS.values():
        assert (spec.key_bytes is not None) == (spec.kind is Kind.SYMMETRIC)


def test_each_spec_has_the_algorithms_of_the_guide() -> None:
    rsa = {
        "RSAES_OAEP_SHA_256",
        "RSAES_OAEP_SHA_1",
        "RSA_PSS_SHA_256",
        "RSA_PKCS1_SHA_256",
    }
    assert {name: set(spec.algorithms) for name, spec in SPECS.items()} == {
        "Aliyun_AES_256": {"AES_256_GCM"},
        "Aliyun_SM4": {"SM4_GCM"},
        "RSA_2048": rsa,
        "RSA_3072": rsa,
        "EC_P256": {"ECDSA_SHA_256"},
        "EC_P256K": {"ECDSA_SHA_256"},
        "EC_SM2": {"SM2PKE", "SM2DSA"},
    }


def test_no_key_does_what_only_unwraps() -> None:
    assert not any(Algorithm.RSAES_PKCS1_V1_5 in spec.algorithms for spec in SPECS.values())


def test_material_is_unwrapped_as_the_guide_says() -> None:
    assert {name: set(those) for name, those in UNWRAPPING.items()} == {
        RSA_2048: {"RSAES_PKCS1_V1_5", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"},
        EC_SM2: {"SM2PKE"},
    }
