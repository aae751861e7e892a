"""The Celery application: workers and beat run `celery --app pht_clinic`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pht_clinic.settings")

app = Celery("pht_clinic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
