"""The policy on top of the diary: may this happen, who must look, what was done, what follows."""

from django.apps import AppConfig


class InjectionsConfig(AppConfig):
    name = "injections"
    verbose_name = "Injections"
