"""What stands beside the form of a new key: it follows the form and decides nothing."""

from django.test import Client

from tests.keys.console.reading import text_of

PREVIEW = "/console/cn-hangzhou/keys/create/preview/"
FORM = {"spec": "Aliyun_AES_256", "level": "SOFTWARE", "origin": "Aliyun_KMS", "period": "off"}


def test_the_command_has_what_the_form_says(visitor: Client) -> None:
    fields = {**FORM, "period": "90", "alias": "pay/x", "description": "it's"}
    text = text_of(visitor.post(PREVIEW, fields))
    assert "--RotationInterval 90d" in text
    assert "--Description 'it'\"'\"'s'" in text
    assert "CreateAlias \\ --AliasName alias/pay/x" in text
    assert "Initial state Enabled" in text


def test_a_key_with_external_material_waits_and_does_not_rotate(visitor: Client) -> None:
    text = text_of(visitor.post(PREVIEW, {**FORM, "origin": "EXTERNAL", "period": "90"}))
    assert "Initial state Pending import" in text
    assert "RotationInterval" not in text


def test_a_form_that_is_not_finished_is_no_error(visitor: Client) -> None:
    answer = visitor.post(PREVIEW, {"spec": "nonsense", "period": "custom", "days": "x"})
    assert answer.status_code == 200
