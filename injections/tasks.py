"""What Celery runs for the policy side; each task reads the clock and makes one call."""

from __future__ import annotations

from celery import shared_task

from injections.assessment import outdated
from injections.booking.waiting_list import offer
from injections.doors.records.coming import steps
from injections.patient.keeping import erase, remove
from injections.procedure import draft
from injections.worklists import lapse, next_day, silence
from injections.worklists.digest import tell_what_is_due
from injections.worklists.moving import unanswered
from injections.worklists.paper import keep
from pht_clinic import clock
from pht_clinic.people.actors import SYSTEM


@shared_task(name="injections.tasks.lapse_undecided")
def lapse_undecided() -> None:
    """Cancel what nobody decided in time."""
    lapse.lapse_undecided(now=clock.now())


@shared_task(name="injections.tasks.lapse_offers")
def lapse_offers() -> None:
    """End the offers that nobody answered in time."""
    offer.lapse_offers(now=clock.now())


@shared_task(name="injections.tasks.reassess_outdated")
def reassess_outdated() -> None:
    """Judge again what was judged by earlier rules."""
    outdated.reassess_outdated(now=clock.now())


@shared_task(name="injections.tasks.count_as_given")
def count_as_given() -> None:
    """Judge again what was booked beside a visit that is over without an outcome."""
    outdated.count_as_given(now=clock.now())


@shared_task(name="injections.tasks.judge_noted")
def judge_noted() -> None:
    """Judge by what came at once whoever was left to be judged later."""
    outdated.judge_noted(now=clock.now())


@shared_task(name="injections.tasks.bring_in_records")
def bring_in_records() -> None:
    """Go on with the files that are tried, brought in or withdrawn; forget those that nobody brought in."""
    steps.work(seconds=steps.TASK_SECONDS, clock=clock.now)
    steps.purge()


@shared_task(name="injections.tasks.tell_staff")
def tell_staff() -> None:
    """Tell whoever is on duty what waits."""
    tell_what_is_due(now=clock.now())


@shared_task(name="injections.tasks.call_the_silent")
def call_the_silent() -> None:
    """Put on the call list who is silent after an injection."""
    silence.call_the_silent(now=clock.now())


@shared_task(name="injections.tasks.call_the_unanswered")
def call_the_unanswered() -> None:
    """Put on the call list who has not answered to a visit that was moved at short notice."""
    unanswered.call_the_unanswered(now=clock.now())


@shared_task(name="injections.tasks.call_the_next_day")
def call_the_next_day() -> None:
    """Put on the call list whom the clinic promised to phone today."""
    next_day.call_the_next_day(now=clock.now())


@shared_task(name="injections.tasks.keep_on_paper")
def keep_on_paper() -> None:
    """Write today and the next day as PDFs, for when nothing runs."""
    keep.keep_on_paper(now=clock.now())


@shared_task(name="injections.tasks.drop_old_drafts")
def drop_old_drafts() -> None:
    """Forget procedures that were begun and left."""
    draft.drop_old(now=clock.now())


@shared_task(name="injections.tasks.finish_erasures")
def finish_erasures() -> None:
    """Remove what erasures left in rows that may only be added to."""
    if remove.is_set_up():
        erase.finish(by=SYSTEM, now=clock.now())


@shared_task(name="injections.tasks.retain")
def retain() -> None:
    """Report what has been kept long enough, and remove what was reported before."""
    remove.report(by=SYSTEM, now=clock.now())
    if remove.is_set_up():
        remove.remove(by=SYSTEM, now=clock.now(), seconds=remove.TASK_SECONDS)
