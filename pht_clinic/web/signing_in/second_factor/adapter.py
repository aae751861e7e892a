"""How allauth treats second factors here."""

from allauth.mfa.adapter import DefaultMFAAdapter

from pht_clinic.clinic_words import words_in_force
from pht_clinic.people.second_factor import secrets


class SecondFactorAdapter(DefaultMFAAdapter):
    """Answers allauth's questions the clinic's way: what codes are made from is never stored in clear."""

    def get_totp_issuer(self) -> str:
        return words_in_force().name

    def encrypt(self, text: str) -> str:
        return secrets.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return secrets.decrypt(encrypted_text)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """As whom a passkey knows the clinic: by its host, whatever its name is on the day."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return {**entity, "name": words_in_force().name}
