"""What Celery runs for the audit trail."""

from celery import shared_task

from pht_clinic import clock
from pht_clinic.audit.months import make_months
from pht_clinic.audit.repeats import sum_up
from pht_clinic.audit.seal import seal


@shared_task(name="pht_clinic.audit.tasks.seal_audit")
def seal_audit() -> None:
    """Sum up what was refused too often to be told one by one, then seal what was written since the last minute."""
    sum_up(now=clock.now())
    while seal():
        pass


@shared_task(name="pht_clinic.audit.tasks.make_audit_months")
def make_audit_months() -> None:
    """Make the partitions of the months to come, and one for entries that have none; one month of them at each call."""
    make_months()
