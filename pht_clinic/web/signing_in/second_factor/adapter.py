"""How allauth treats second factors here."""

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from pht_clinic.people.second_factor import secrets


class SecondFactorAdapter(DefaultMFAAdapter):
    """Answers allauth's questions the clinic's way: what codes are made from is never stored in clear."""

    def encrypt(self, text: str) -> str:
        return secrets.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return secrets.decrypt(encrypted_text)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """As whom a passkey knows the clinic: by its host, whatever its name is on the day."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return {**entity, "name": settings.CLINIC_NAME}
