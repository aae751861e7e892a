"""The product's settings with psycopg's pool in each process, which Django asks to keep no connection of its own."""

from pht_clinic.settings import *  # noqa: F403
from pht_clinic.settings import DATABASES

DATABASES["default"]["CONN_MAX_AGE"] = 0
DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 4, "max_size": 8}
