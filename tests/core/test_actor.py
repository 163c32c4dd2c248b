"""An actor may do what its authority allows, judged by facts that are asked for only if needed."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest

from kms_console.core.actor import UNRESTRICTED, Actor, Authority, Decision, Facts
from kms_console.core.errors import NoPermission


class Recorder:
    """An authority that answers as told and remembers what it was asked."""

    def __init__(self, answer: Decision) -> None:
        self.answer = answer
        self.asked: tuple[str, str, Facts] | None = None

    def decide(self, action: str, resource: str, facts: Facts) -> Decision:
        self.asked = (action, resource, facts)
        return self.answer


def actor(authority: Authority, secure_transport: bool = True) -> Actor:
    return Actor(
        account_id="1234567890123456",
        user_id="200000000000000001",
        user_name="alice",
        access_key_id="LTAI5t",
        region="cn-hangzhou",
        source_ip="192.0.2.1",
        secure_transport=secure_transport,
        request_id="request-1",
        now=datetime(2021, 1, 2, 3, 4, 5, tzinfo=UTC),
        authority=authority,
    )


def test_an_allowed_actor_passes() -> None:
    authority = Recorder(Decision.ALLOW)
    actor(authority).require("kms:Encrypt", "acs:kms:…")
    assert authority.asked is not None
    assert authority.asked[:2] == ("kms:Encrypt", "acs:kms:…")


@pytest.mark.parametrize("answer", [Decision.DENY, Decision.SILENT])
def test_a_denied_actor_is_refused_with_the_resource_noted_for_the_trail(answer: Decision) -> None:
    with pytest.raises(NoPermission) as refused:
        actor(Recorder(answer)).require("kms:Encrypt", "acs:kms:…:key/1")
    assert refused.value.subject == "acs:kms:…:key/1"


@pytest.mark.parametrize(("secure", "text"), [(True, "true"), (False, "false")])
def test_the_facts_are_those_of_the_request_and_the_resource(secure: bool, text: str) -> None:
    authority = Recorder(Decision.ALLOW)
    actor(authority, secure).require("kms:Encrypt", "acs:kms:…", {"kms:tag/team": "red"})
    assert authority.asked is not None
    assert authority.asked[2]() == {
        "acs:SourceIp": "192.0.2.1",
        "acs:SecureTransport": text,
        "acs:CurrentTime": "2021-01-02T03:04:05Z",
        "kms:tag/team": "red",
    }


def test_a_resource_without_attributes_adds_no_facts() -> None:
    authority = Recorder(Decision.ALLOW)
    actor(authority).require("kms:ListKeys", "acs:kms:…:key")
    assert authority.asked is not None
    assert set(authority.asked[2]()) == {"acs:SourceIp", "acs:SecureTransport", "acs:CurrentTime"}


class Says:
    """A resource's policy that answers as told and remembers what it was asked."""

    def __init__(self, answer: Decision) -> None:
        self.answer = answer
        self.asked: tuple[str, str] | None = None

    def decide(self, principal: str, action: str, facts: Facts) -> Decision:
        self.asked = (principal, action)
        return self.answer


@pytest.mark.parametrize("own", Decision)
@pytest.mark.parametrize("theirs", Decision)
def test_either_sides_allow_suffices_and_either_sides_deny_wins(
    own: Decision, theirs: Decision
) -> None:
    says = Says(theirs)
    allowed = Decision.DENY not in (own, theirs) and Decision.ALLOW in (own, theirs)
    with nullcontext() if allowed else pytest.raises(NoPermission):
        actor(Recorder(own)).require("kms:Encrypt", "acs:kms:…", resource_policy=says)
    assert says.asked == ("acs:ram::1234567890123456:user/alice", "kms:Encrypt")


def test_no_resource_is_taken_from_its_owner() -> None:
    actor(UNRESTRICTED).require("kms:Encrypt", "*", resource_policy=Says(Decision.DENY))


def test_an_unrestricted_actor_may_do_anything() -> None:
    actor(UNRESTRICTED).require("kms:Anything", "*")


@pytest.mark.parametrize("change", [lambda one: setattr(one, "account_id", "2")])
def test_an_actor_never_changes(change: Callable[[Actor], None]) -> None:
    with pytest.raises(FrozenInstanceError):
        change(actor(UNRESTRICTED))
