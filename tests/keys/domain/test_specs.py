"""The tables of specs say what the contract's section 3 says."""

import pytest

from keys.domain.specs import ALGORITHMS, KeySpec, KeyUsage, default_usage, is_symmetric

_SYMMETRIC = [KeySpec.ALIYUN_AES_256, KeySpec.ALIYUN_SM4]
_PAIRS = [spec for spec in KeySpec if spec not in _SYMMETRIC]


def test_every_spec_has_its_usages() -> None:
    assert set(ALGORITHMS) == set(KeySpec)
    assert all(algorithms for usages in ALGORITHMS.values() for algorithms in usages.values())


@pytest.mark.parametrize("spec", _SYMMETRIC)
def test_a_symmetric_key_encrypts_and_nothing_else(spec: KeySpec) -> None:
    assert is_symmetric(spec)
    assert set(ALGORITHMS[spec]) == {KeyUsage.ENCRYPT_DECRYPT}
    assert default_usage(spec) is KeyUsage.ENCRYPT_DECRYPT


@pytest.mark.parametrize("spec", _PAIRS)
def test_a_key_pair_signs_unless_told_otherwise(spec: KeySpec) -> None:
    assert not is_symmetric(spec)
    assert default_usage(spec) is KeyUsage.SIGN_VERIFY
    assert KeyUsage.SIGN_VERIFY in ALGORITHMS[spec]


@pytest.mark.parametrize("spec", [KeySpec.EC_P256, KeySpec.EC_P256K])
def test_an_ecdsa_key_cannot_encrypt(spec: KeySpec) -> None:
    assert KeyUsage.ENCRYPT_DECRYPT not in ALGORITHMS[spec]
