"""A passkey in software: signs what a browser would send, with or without having known its owner."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any, Final

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from pht_clinic.people.models import User

HOST: Final = "testserver"
PRESENT, KNEW_OWNER, WITH_KEY = 0x01, 0x04, 0x40


@dataclass
class SoftPasskey:
    """Of one user; `handle` is whose the device says that it is."""

    user: User
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def register(self) -> Authenticator:
        """As the page that adds one leaves it."""
        public = ES256.from_cryptography_key(self.key.public_key())
        attested = AttestedCredentialData.create(b"\0" * 16, self.credential_id, public)
        shown = AuthenticatorData.create(sha256(HOST.encode()), PRESENT | KNEW_OWNER | WITH_KEY, 0, bytes(attested))
        made = AttestationObject.create("none", shown, {})
        response = {
            "clientDataJSON": websafe_encode(self._client("webauthn.create", "AA")),
            "attestationObject": websafe_encode(bytes(made)),
        }
        data = {"name": "Soft", "credential": self._whole(response)}
        return Authenticator.objects.create(user=self.user, type=Authenticator.Type.WEBAUTHN, data=data)

    def answer(self, challenge: str, *, flags: int = PRESENT | KNEW_OWNER, handle: User | None = None) -> str:
        """To what the page asked."""
        client = self._client("webauthn.get", challenge)
        shown = bytes(AuthenticatorData.create(sha256(HOST.encode()), flags, 0))
        signature = self.key.sign(shown + sha256(client), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": websafe_encode(client),
            "authenticatorData": websafe_encode(shown),
            "signature": websafe_encode(signature),
            "userHandle": websafe_encode(user_pk_to_url_str(handle or self.user).encode()),
        }
        return json.dumps(self._whole(response))

    def _whole(self, response: dict[str, str]) -> dict[str, Any]:
        own = websafe_encode(self.credential_id)
        return {"id": own, "rawId": own, "type": "public-key", "response": response, "clientExtensionResults": {}}

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": f"https://{HOST}", "crossOrigin": False}
        return json.dumps(said).encode()
