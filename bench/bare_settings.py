"""The product's settings without what a bare endpoint would not have: middleware, sessions, roles, strict JSON.

Who asks is told by the same token, looked up by the same class, and must be somebody.
"""

from pht_clinic.settings import *  # noqa: F403
from pht_clinic.settings import INSTALLED_APPS as EVERY_APP

ROOT_URLCONF = "bench.bare"
MIDDLEWARE: list[str] = []
INSTALLED_APPS = [name for name in EVERY_APP if not name.startswith("allauth")]  # they insist on their middleware
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["pht_clinic.people.authentication.BearerToken"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}
