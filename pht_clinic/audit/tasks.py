"""What Celery runs for the audit trail."""

from celery import shared_task

from pht_clinic.audit.seal import seal


@shared_task(name="pht_clinic.audit.tasks.seal_audit")
def seal_audit() -> None:
    """Seal what was written since the last minute."""
    while seal():
        pass
