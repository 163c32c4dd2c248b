"""Published vectors, run through this server's own code: what is right opens, and no forgery does.

Where the vectors are from:

- `wycheproof/`: Project Wycheproof, as files, with their licence.
- `cryptography-vectors`, a dependency of the tests: NIST's CAVP response files (AES-GCM, RSA and
  ECDSA signatures), RSA Laboratories' files, RFC 8998, and the examples of SM3.
- GB/T 32918.5-2017 (SM2): beside the engines, in `tests/hsm/modules/sm2/vectors.py`.
- C2SP's XAES-256-GCM: `tests/core/sealing/test_xaes.py`.

Each test asserts how many vectors were accepted and how many refused: a file that changes, or a
loop that runs over nothing, is seen.
"""
