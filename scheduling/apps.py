"""The mechanism: when, where, who, and telling people. It knows nothing of steroid."""

from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    name = "scheduling"
    verbose_name = "Scheduling"

    def ready(self) -> None:
        """Register the outbox's gauges, the audit trail as a file, and who reads what the clinic says of itself."""
        from pht_clinic.clinic_words import read_by  # noqa: PLC0415 - models cannot be imported any earlier
        from pht_clinic.people import account_news  # noqa: PLC0415 - as above
        from pht_clinic.people.credentials import ends_with_its_owner  # noqa: PLC0415 - as above
        from pht_clinic.people.second_factor.secrets import kept_along  # noqa: PLC0415 - as above
        from pht_clinic.web.access import ask_also  # noqa: PLC0415 - as above
        from scheduling import checks  # noqa: F401, PLC0415 - models cannot be imported any earlier
        from scheduling.audit import export, gauges  # noqa: F401, PLC0415 - as above
        from scheduling.clinic import account_mails, people_and_rooms, tabs  # noqa: PLC0415 - as above
        from scheduling.messages.channels import checks as of_channels  # noqa: F401, PLC0415 - as above
        from scheduling.messages.sending import heartbeat  # noqa: F401, PLC0415 - as above
        from scheduling.messages.wording.clinic_versions import ALONG, read_words  # noqa: PLC0415 - as above
        from scheduling.patients import restricted  # noqa: PLC0415 - as above
        from scheduling.webhooks import endpoints, pausing, signing  # noqa: PLC0415 - as above

        read_by(read_words, along=ALONG)
        export.register_export()
        ask_also(restricted.check_may_open, unless=restricted.NOBODY)
        account_mails.register_kinds()
        account_news.told_by(account_mails.tell)
        ends_with_its_owner(people_and_rooms.end_feed)
        kept_along(count_unreadable=signing.count_unreadable, renew=signing.renew)
        endpoints.register_edits()
        pausing.register_kinds()
        tabs.add_tab("webhook-list", "Webhooks")
