"""The product's settings without what a bare endpoint would not have: middleware, sign-in, permissions."""

from pht_clinic.settings import *  # noqa: F403
from pht_clinic.settings import INSTALLED_APPS as EVERY_APP

ROOT_URLCONF = "bench.bare"
MIDDLEWARE: list[str] = []
INSTALLED_APPS = [
    name for name in EVERY_APP if not name.startswith("allauth")
]  # they insist on their middleware
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}
