"""An invented record system that the demo lists, so that somebody can ask it by CDS Hooks: its keys, and its tokens."""

import time
import uuid
from pathlib import Path
from typing import Final

from joserfc import jwt
from joserfc.jwk import ECKey

from pht_clinic.demo.running import DemoError
from pht_clinic.demo.settings import read_private, write_private

ISSUER: Final = "https://records.example/"
_OWN, _PUBLISHED = "record-system.json", "record-system.jwks.json"
FILES: Final = (_OWN, _PUBLISHED)
_KID, _ALGORITHM = "demo", "ES384"
_GOOD_FOR_SECONDS: Final = 300


def listed(var: Path) -> dict[str, str]:
    """Make its keys anew; the settings by which the clinic lists it, and lets its users know what records say. None
    where the folder has a comma in its name, which would end an issuer.
    """
    if "," in str(var):
        return {}
    key = ECKey.generate_key("P-384", parameters={"kid": _KID, "use": "sig"})
    write_private(var / _OWN, key.as_dict(private=True))
    write_private(var / _PUBLISHED, {"keys": [key.as_dict(private=False)]})
    return {"CDS_ISSUERS": f"{ISSUER} {var / _PUBLISHED}", "CDS_ISSUERS_WITH_RECORDS": ISSUER}


def token_for(address: str, var: Path) -> str:
    """A token for one call of this address, good for five minutes of real time.

    Raises: DemoError (no demo has run in this folder).
    """
    kept = read_private(var / _OWN)
    if not kept:
        raise DemoError("The record system of the demo has no keys yet; start the demo first: make demo")
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": address, "iat": now, "exp": now + _GOOD_FOR_SECONDS, "jti": str(uuid.uuid4())}
    header = {"alg": _ALGORITHM, "typ": "JWT", "kid": _KID}
    return jwt.encode(header, claims, ECKey.import_key(kept), algorithms=[_ALGORITHM])
