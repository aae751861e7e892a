"""How it is before and after an injection, as patients say it, and scores that somebody else counted."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import Q

from injections.models.afterwards import BY_LINK, RecoveryAnswer
from injections.models.recorded import ByAreaAndSide, Recorded
from injections.words import GIVERS
from scheduling.models import Appointment

WORST_PAIN = 10
BEFORE_WITHIN = timedelta(days=90)
"""An answer up to so long before an injection says how it was before it; clinic policy."""
BEST_VISA = 100


class OutcomeMeasure(ByAreaAndSide):
    """What a patient says of one area and side at one time; every answer is a row of its own, and no rule judges it.

    `occasion` is "before" or one of the questions after an injection, which name their visit. Pain runs from 0 to 10,
    null where nobody said or the patient does not do that; `strength` compares the leg with the other one, `change`
    how it is after an injection with the time before it. `stage` is
    the stage of the physiotherapy's programme, 1 to 4, 0 of whoever is in none, `stage_pain` the pain in it. `goal` is
    the patient's own sentence, `goal_reached` how near it is afterwards.
    """

    class Occasion(models.TextChoices):
        BEFORE = "before", "before"
        TWO_WEEKS = RecoveryAnswer.Question.TWO_WEEKS.value, "2 weeks"
        SIX_WEEKS = RecoveryAnswer.Question.SIX_WEEKS.value, "6 weeks"
        THREE_MONTHS = RecoveryAnswer.Question.THREE_MONTHS.value, "3 months"

    class Strength(models.TextChoices):
        SAME = "same", "as strong as the other leg"
        WEAKER = "weaker", "a little weaker"
        MUCH_WEAKER = "much-weaker", "much weaker"

    class GoalReached(models.TextChoices):
        YES = "yes", "reached"
        NEARER = "nearer", "nearer than before"
        NO = "no", "no nearer"

    appointment = models.ForeignKey(Appointment, null=True, on_delete=models.PROTECT, related_name="outcome_measures")
    occasion = models.CharField(max_length=20, choices=Occasion.choices)
    pain_sitting = models.PositiveSmallIntegerField(null=True)
    pain_walking = models.PositiveSmallIntegerField(null=True)
    pain_running = models.PositiveSmallIntegerField(null=True)
    strength = models.CharField(max_length=12, choices=Strength.choices, blank=True)
    change = models.CharField(max_length=10, choices=RecoveryAnswer.Change.choices, blank=True, default="")
    goal = models.CharField(max_length=200, blank=True)
    goal_reached = models.CharField(max_length=10, choices=GoalReached.choices, blank=True)
    stage = models.PositiveSmallIntegerField(null=True)
    stage_pain = models.PositiveSmallIntegerField(null=True)
    answered_at = models.DateTimeField()
    answered_by = models.CharField(max_length=12, choices=[(one, GIVERS[one]) for one in (*BY_LINK, "clinician")])

    class Meta(ByAreaAndSide.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["patient", "id"], name="outcome_of_patient")]
        constraints = [
            *(
                models.CheckConstraint(condition=Q(**{f"{name}__lte": WORST_PAIN}), name=f"outcome_{name}_up_to_10")
                for name in ("pain_sitting", "pain_walking", "pain_running", "stage_pain")
            ),
            models.CheckConstraint(condition=Q(stage__lte=4), name="outcome_stage_up_to_4"),
            models.CheckConstraint(
                condition=Q(occasion="before") | Q(appointment__isnull=False), name="outcome_after_names_its_visit"
            ),
        ]

    def __str__(self) -> str:
        return f"outcome measure {self.pk}"


class VisaScore(Recorded):
    """A VISA-H total, 0 (worst) to 100 (no symptoms), that was scored elsewhere on a local day; its text is not here.

    It is of one leg, or of both where `side` is "". Source: Cacchio et al. 2014 (VISA-H, proximal hamstring).
    """

    side = models.CharField(max_length=10, blank=True)
    total = models.PositiveSmallIntegerField()
    scored_on = models.DateField()
    scored_by = models.CharField(max_length=200, blank=True)

    class Meta(Recorded.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["patient", "id"], name="visa_of_patient")]
        constraints = [models.CheckConstraint(condition=Q(total__lte=BEST_VISA), name="visa_up_to_100")]
        verbose_name = "VISA-H score"

    def __str__(self) -> str:
        return f"VISA-H score {self.pk}"
