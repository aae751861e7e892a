"""The policy on top of the diary: may this happen, who must look, what was done, what follows."""

from django.apps import AppConfig


class InjectionsConfig(AppConfig):
    name = "injections"
    verbose_name = "Injections"

    def ready(self) -> None:
        """Tell the outbox this app's kinds of message; register the check of the clinic's thresholds."""
        from injections import checks  # noqa: F401, PLC0415 - models cannot be imported any earlier
        from injections.messages import kinds, staff  # noqa: PLC0415 - models cannot be imported any earlier

        kinds.register_kinds()
        staff.register_kinds()
