"""Cases 1 and 2: what was signed once counts once, with a nonce and without."""

import threading

import pytest

from tests.abuse.house import House
from tests.signing import AccessKey, SignedRequest, sign_acs3, sign_rpc

COPIES = 50


def _protocols(house: House, key: AccessKey) -> dict[str, SignedRequest]:
    plain = {"KeyId": house.key_id, "Plaintext": house.canary()}
    return {
        "RPC": sign_rpc(key, "Encrypt", plain),
        "RPC without a nonce": sign_rpc(key, "Encrypt", plain, common={"SignatureNonce": None}),
        "ACS3": sign_acs3(key, "Encrypt", plain, host=house.address),
    }


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("protocol", ["RPC", "RPC without a nonce", "ACS3"])
def test_of_fifty_copies_at_once_one_is_answered(
    house: House, owner: AccessKey, protocol: str
) -> None:
    request = _protocols(house, owner)[protocol]
    barrier = threading.Barrier(COPIES)
    outcomes: list[str] = []

    def replay() -> None:
        connection = house.connect()
        connection.connect()
        barrier.wait(20)
        answer = house.ask(request, connection)
        connection.close()
        outcomes.append(answer.json.get("Code", "OK"))

    threads = [threading.Thread(target=replay) for _ in range(COPIES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["OK"] + ["SignatureNonceUsed"] * (COPIES - 1)


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("protocol", ["RPC", "RPC without a nonce", "ACS3"])
def test_a_later_copy_is_refused_on_every_connection(
    house: House, owner: AccessKey, protocol: str
) -> None:
    request = _protocols(house, owner)[protocol]
    assert house.ask(request).status == 200
    for _ in range(8):
        house.refuse(request, "SignatureNonceUsed", 400, known=False)


def test_a_nonce_is_each_access_keys_own(house: House) -> None:
    shared = {"SignatureNonce": house.canary()}
    for member in (house.members.owner, house.members.stranger):
        request = sign_rpc(member, "DescribeRegions", {}, common=shared)
        assert house.ask(request).status == 200


def test_a_used_nonce_is_refused_under_new_parameters_and_times(
    house: House, owner: AccessKey
) -> None:
    shared = {"SignatureNonce": house.canary()}
    assert house.ask(sign_rpc(owner, "DescribeRegions", {}, common=shared)).status == 200
    again = sign_rpc(owner, "ListKeys", {"PageSize": "7"}, common=shared)
    house.refuse(again, "SignatureNonceUsed", 400, known=False)
    other_protocol = sign_acs3(
        owner,
        "ListKeys",
        {},
        host=house.address,
        headers={"x-acs-signature-nonce": shared["SignatureNonce"]},
    )
    house.refuse(other_protocol, "SignatureNonceUsed", 400, known=False)
