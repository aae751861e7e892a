"""The policy on top of the diary: may this happen, who must look, what was done, what follows."""

from django.apps import AppConfig


class InjectionsConfig(AppConfig):
    name = "injections"
    verbose_name = "Injections"

    def ready(self) -> None:
        """Tell the outbox this app's kinds of message; register the check of the clinic's thresholds."""
        from injections import checks, message_kinds, staff_mail  # noqa: F401, PLC0415 - models cannot be imported any earlier

        message_kinds.register_kinds()
        staff_mail.register_kinds()
