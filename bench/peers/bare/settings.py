"""The product's settings without what a bare endpoint would not have: middleware of ours, roles, strict JSON.

Who asks is told by the same token, looked up by the same class, and must be somebody.
"""

from pht_clinic.settings import *  # noqa: F403

ROOT_URLCONF = "bench.peers.bare"
# The product's models come with allauth's, which insist on this one and on the two that it asks.
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["pht_clinic.people.authentication.BearerToken"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}
