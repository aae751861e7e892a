"""A site with django-appointment and nothing else: its documentation's settings, set for speed.

It keeps its connection to the database, logs nothing, sends no emails, and asks for no CSRF token.
"""

import logging
import os

import environ

logging.disable(logging.WARNING)  # it logs each booking, in colours

DEBUG = False
SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.peers.appointment.web"
DATABASES = {
    "default": {
        **environ.Env.db_url_config(os.environ["APPOINTMENT_DATABASE_URL"]),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": False,
    }
}
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "phonenumber_field",
    "appointment",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
USE_TZ = True
TIME_ZONE = "Europe/London"
# It brings no migrations: tables of all are made from the models, in one go.
MIGRATION_MODULES = dict.fromkeys(("contenttypes", "auth", "sessions"))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPOINTMENT_SLOT_DURATION = 30
APPOINTMENT_LEAD_TIME = (8, 0)
APPOINTMENT_FINISH_TIME = (18, 0)
