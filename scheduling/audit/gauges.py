"""What those who watch the clinic are told of the trail: whether every entry has its month."""

from pht_clinic.audit.months import entries_without_month, months_missing
from pht_clinic.web.metrics import gauge


@gauge("audit_months_missing", "Partitions of the trail for this month and the next two that are not there.")
def missing() -> float:
    """By the database's clock."""
    return float(months_missing())


@gauge(
    "audit_entries_without_month", "Entries of the trail that lie in no month of theirs; 1000 of a kind stand for more."
)
def without() -> float:
    """After an upgrade they are moved within hours, a month at a time."""
    return float(entries_without_month())
