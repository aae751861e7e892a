"""Registers the people app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "pht_clinic.people"
    label = "people"
    verbose_name = "People"
