"""OpenSSL's judgement of a certificate: a whole handshake in memory, without a network."""

import ssl
from pathlib import Path


def shake_hands(authority: Path, certificate: Path, key: Path, host: str) -> None:
    """Raises ssl.SSLCertVerificationError when a client that trusts `authority` refuses."""
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate, key)
    client_side = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client_side.verify_flags |= ssl.VERIFY_X509_STRICT
    client_side.load_verify_locations(authority)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_side.wrap_bio(down, up, server_hostname=host)
    server = server_side.wrap_bio(up, down, server_side=True)
    for side in (client, server, client):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
