"""Whose word counts about where a request came from."""

from ipaddress import ip_network

import pytest

from kms_console.server.proxies import Client, client_of

TRUSTED = (ip_network("10.0.0.0/8"),)


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("10.0.0.1:5000", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1:5000", "1.1.1.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        ("10.0.0.1:5000", "1.1.1.1, nonsense", "10.0.0.1"),
        ("10.0.0.1:5000", "", "10.0.0.1"),
        ("10.0.0.1:5000", "10.0.0.2", "10.0.0.2"),
        ("192.0.2.4:5000", "203.0.113.9", "192.0.2.4"),
        ("[2001:db8::1]:5000", "203.0.113.9", "2001:db8::1"),
    ],
)
def test_forwarded_addresses_count_from_a_trusted_peer_alone(
    peer: str, forwarded: str, expected: str
) -> None:
    headers = {"x-forwarded-for": forwarded}
    assert client_of(peer, "http", headers, TRUSTED) == Client(expected, "http")


def test_the_scheme_counts_from_a_trusted_peer_alone() -> None:
    headers = {"x-forwarded-proto": "https"}
    assert client_of("10.0.0.1:1", "http", headers, TRUSTED).scheme == "https"
    assert client_of("192.0.2.4:1", "http", headers, TRUSTED).scheme == "http"
    assert client_of("10.0.0.1:1", "http", headers, ()).scheme == "http"
