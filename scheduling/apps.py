"""The mechanism: when, where, who, and telling people. It knows nothing of steroid."""

from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    name = "scheduling"
    verbose_name = "Scheduling"

    def ready(self) -> None:
        """Register the outbox's gauges, and the audit trail as a file."""
        from pht_clinic.people.credentials import ends_with_its_owner  # noqa: PLC0415 - as above
        from pht_clinic.web.access import ask_also  # noqa: PLC0415 - as below
        from scheduling import checks  # noqa: F401, PLC0415 - models cannot be imported any earlier
        from scheduling.audit import export  # noqa: PLC0415 - as above
        from scheduling.clinic import account_mails, people_and_rooms  # noqa: PLC0415 - as above
        from scheduling.messages.channels import checks as of_channels  # noqa: F401, PLC0415 - as above
        from scheduling.messages.sending import heartbeat  # noqa: F401, PLC0415 - as above
        from scheduling.patients import restricted  # noqa: PLC0415 - as above

        export.register_export()
        ask_also(restricted.check_may_open)
        account_mails.register_kinds()
        ends_with_its_owner(people_and_rooms.end_feed)
