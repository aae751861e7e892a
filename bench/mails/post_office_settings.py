"""The product's settings with django-post-office beside it, set for speed: one batch, kept connections, few logs."""

import os

from pht_clinic.settings import *  # noqa: F403
from pht_clinic.settings import INSTALLED_APPS as EVERY_APP

INSTALLED_APPS = [*EVERY_APP, "post_office"]
POST_OFFICE = {
    "BATCH_SIZE": 10_000,
    "THREADS_PER_PROCESS": 1,
    "LOG_LEVEL": 0,  # nothing is logged to its table
    "MESSAGE_ID_ENABLED": False,
    "BATCH_DELIVERY_TIMEOUT": 3600,
}
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": os.environ.get("BENCH_FILES", "/nonexistent")},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
