"""Registers the web app: what pages and API share, and nothing of the clinic."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "pht_clinic.web"
    label = "web"
    verbose_name = "Web"
