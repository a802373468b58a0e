"""Key pairs of service accounts: key files, certificates, and the JWTs that clients sign.

Owns the cryptography. Leaves out who has which key (`identity`).
"""

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from sandbox.api import ApiError, Json


class InvalidGrant(ApiError):
    """The token endpoint refuses an assertion, with OAuth's own error code."""

    def __init__(self, description: str, code: str = "invalid_grant") -> None:
        super().__init__(400, description, code=code)


class NamedAccount(Protocol):
    """What a key file says about its account."""

    @property
    def project(self) -> str:
        """The project's id."""

    @property
    def email(self) -> str:
        """The account's address."""

    @property
    def unique_id(self) -> str:
        """The account's number."""


def new_private_key() -> rsa.RSAPrivateKey:
    """Make a key pair; takes up to a second of CPU, so call it in a thread."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_file(
    account: NamedAccount, key_id: str, private_key: rsa.RSAPrivateKey, token_uri: str
) -> bytes:
    """Return the JSON of a key file, the only copy of the private half."""
    pem = private_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    certs = token_uri.removesuffix("/token") + f"/robot/v1/metadata/x509/{account.email}"
    content = {
        "type": "service_account",
        "project_id": account.project,
        "private_key_id": key_id,
        "private_key": pem.decode(),
        "client_email": account.email,
        "client_id": account.unique_id,
        "auth_uri": token_uri.removesuffix("/token") + "/auth",
        "token_uri": token_uri,
        "auth_provider_x509_cert_url": token_uri.removesuffix("/token") + "/certs",
        "client_x509_cert_url": certs,
        "universe_domain": "googleapis.com",
    }
    return json.dumps(content, indent=2).encode()


def certificate(unique_id: str, private_key: rsa.RSAPrivateKey) -> bytes:
    """Return a self-signed certificate of the public half, in PEM."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, unique_id)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
        .sign(private_key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


def jwt_parts(assertion: str) -> tuple[dict[str, Json], dict[str, Json], bytes, bytes]:
    """Return a JWT's header, its claims, the text that is signed, and the signature.

    Raises:
        InvalidGrant: It is no JWT.
    """
    try:
        header, claims, signature = assertion.split(".")
        decoded = [json.loads(_base64url(part)) for part in (header, claims)]
        if not all(isinstance(part, dict) for part in decoded):
            raise ValueError("header and claims must be JSON objects")
        return decoded[0], decoded[1], f"{header}.{claims}".encode(), _base64url(signature)
    except (ValueError, binascii.Error):
        raise InvalidGrant(
            "Invalid JWT: it must have three base64url parts", "invalid_request"
        ) from None


def _base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def verifies(public_key: rsa.RSAPublicKey, signed: bytes, signature: bytes) -> bool:
    """Tell whether a signature is that of the key's other half."""
    try:
        public_key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True
