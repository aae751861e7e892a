"""Registers the web app: what pages and API share, and nothing of the clinic."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "pht_clinic.web"
    label = "web"
    verbose_name = "Web"

    def ready(self) -> None:
        """Register the project's system checks, which need the models to be loaded."""
        from pht_clinic import checks  # noqa: F401, PLC0415 - models cannot be imported any earlier
        from pht_clinic.broker import dropped  # noqa: F401, PLC0415 - makes its gauge known
        from pht_clinic.web.api import addresses  # noqa: F401, PLC0415 - makes the converter row_id known
