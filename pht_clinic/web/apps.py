"""Registers the web app: what pages and API share, and nothing of the clinic."""

from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings


class WebConfig(AppConfig):
    name = "pht_clinic.web"
    label = "web"
    verbose_name = "Web"

    def ready(self) -> None:
        """Register the project's system checks, which need the models to be loaded."""
        self._start_watching()
        from pht_clinic import checks  # noqa: F401, PLC0415 - models cannot be imported any earlier
        from pht_clinic.broker import dropped  # noqa: F401, PLC0415 - makes its gauge known
        from pht_clinic.web.api import addresses  # noqa: F401, PLC0415 - makes the converter row_id known

    def _start_watching(self) -> None:
        """Start what settings name, before the middleware is read. What is off is not imported."""
        environment = urlsplit(settings.PUBLIC_BASE_URL).hostname or ""
        if settings.SENTRY_DSN:
            from pht_clinic.watching.reports import start_reports  # noqa: PLC0415 - see above

            start_reports(settings.SENTRY_DSN, environment=environment, version=settings.VERSION)
        if settings.TRACES_URL:
            from pht_clinic.watching.traces import start_traces  # noqa: PLC0415 - see above

            start_traces(settings.TRACES_URL, environment=environment, version=settings.VERSION)
