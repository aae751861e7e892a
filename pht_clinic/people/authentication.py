"""Signing in to the API by a Bearer token."""

from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from pht_clinic.people import tokens
from pht_clinic.people.models import User
from pht_clinic.people.tokens import TokenInUse

_LONGEST_TOKEN = 200


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer …`. Another scheme is left to the next class, a wrong token is a 401."""

    def authenticate(self, request: Request) -> tuple[User, TokenInUse] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        if len(words) != 2 or len(words[1]) > _LONGEST_TOKEN:
            raise exceptions.AuthenticationFailed("The Authorization header is malformed.")
        found = tokens.owner_of(words[1].decode("latin-1"))
        if found is None:
            raise exceptions.AuthenticationFailed("The token is unknown or has expired.")
        return found

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'
