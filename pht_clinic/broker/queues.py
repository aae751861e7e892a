"""Which queue each task waits in: one for each kind of work, so that a second machine can take some. No framework.

A worker that is told nothing takes all of them. What beat calls and this table does not name cannot be called.
"""

from collections.abc import Mapping
from typing import Final

UPKEEP: Final = "celery"
"""What is soon done, and what needs the clinic's own folders or the role of retention. It has the name that Celery
gives its one queue, so that what an earlier version left there is still taken.
"""
MESSAGES: Final = "messages"
"""What leaves the building: emails, texts, webhooks, emails to the staff."""
ASSESSMENT: Final = "assessment"
"""Verdicts that are judged again."""
EXPORTS: Final = "exports"
"""Long files that somebody waits for."""
IMPORTS: Final = "imports"
"""Records that come in from files."""
QUEUES: Final = (UPKEEP, MESSAGES, ASSESSMENT, EXPORTS, IMPORTS)
"""All there are. A worker asks for them in turns."""

QUEUE_OF: Final[Mapping[str, str]] = {
    "scheduling.tasks.drain_outbox": MESSAGES,
    "scheduling.tasks.deliver_webhooks": MESSAGES,
    "injections.tasks.tell_staff": MESSAGES,
    "injections.tasks.reassess_outdated": ASSESSMENT,
    "injections.tasks.count_as_given": ASSESSMENT,
    "injections.tasks.judge_noted": ASSESSMENT,
    "pht_clinic.web.tasks.write_exports": EXPORTS,
    "injections.tasks.bring_in_records": IMPORTS,
    "injections.tasks.lapse_undecided": UPKEEP,
    "injections.tasks.lapse_offers": UPKEEP,
    "injections.tasks.call_the_silent": UPKEEP,
    "injections.tasks.call_the_unanswered": UPKEEP,
    "injections.tasks.call_the_next_day": UPKEEP,
    "injections.tasks.keep_on_paper": UPKEEP,
    "injections.tasks.drop_old_drafts": UPKEEP,
    "injections.tasks.finish_erasures": UPKEEP,
    "injections.tasks.retain": UPKEEP,
    "scheduling.tasks.end_lapsed_holds": UPKEEP,
    "scheduling.tasks.search_duplicates": UPKEEP,
    "scheduling.tasks.look_for_unusual_use": UPKEEP,
    "pht_clinic.audit.tasks.seal_audit": UPKEEP,
    "pht_clinic.audit.tasks.make_audit_months": UPKEEP,
    "pht_clinic.web.tasks.tidy_up": UPKEEP,
}
"""The queue of each task by the task's name."""
