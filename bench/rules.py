"""The whole assessment as a patient's history grows. What it is beside rule engines: `bench/peers/rules.py`."""

import time
from datetime import UTC, date, datetime, timedelta
from functools import partial

from bench import measure, record
from injections.safety.assess import assess
from injections.safety.facts import (
    Facts,
    GivenInjection,
    LoadingVisit,
    PathwayFacts,
    PatientFacts,
    Report,
    Request,
    ScreeningFacts,
)
from injections.safety.questions import QUESTIONS

ROUNDS = 15


def main() -> None:
    """Measure by the length of the history."""
    measure.say_machine()
    _by_length()


def patient(injections: int) -> Facts:
    """Everything about this patient is known and in order; so many earlier injections, half a year apart or more."""
    sites, sides = ("hamstring-origin", "hip-joint", "trochanteric-bursa"), ("left", "right")
    return Facts(
        request=Request(
            start=datetime(2026, 11, 24, 9, 20, tzinfo=UTC),
            end=datetime(2026, 11, 24, 9, 50, tzinfo=UTC),
            site="hamstring-origin",
            side="left",
            targets=("peritendinous",),
        ),
        patient=PatientFacts(date_of_birth=date(1980, 5, 1)),
        injections=tuple(
            GivenInjection(
                site=sites[n % 3],
                side=sides[n % 2],
                given=given_on(n).isoformat(),
                steroid=True,
                recorded_on=given_on(n),
            )
            for n in range(injections)
        ),
        loading=(LoadingVisit(kind="physiotherapy", start=datetime(2026, 11, 28, 10, tzinfo=UTC)),),
        screening=ScreeningFacts(
            answered_at=datetime(2026, 11, 20, 9, tzinfo=UTC),
            answers=dict.fromkeys(QUESTIONS, "no") | {"steroid_injection_last_12_months": "yes"},
            onset="gradual",
            main_pain_site="sit-bone",
            pain_side="left",
        ),
        pathway=PathwayFacts(
            specialist_assessment="yes",
            physiotherapy="completed",
            response="not-satisfactory",
            indications=("deep-buttock-pain",),
        ),
        reports=(
            Report(
                modality="ultrasound",
                area="ischial-tuberosity",
                side="left",
                performed_on=date(2026, 10, 1),
                tendinopathy="yes",
                bursitis="no",
                tear="none",
                other_diagnosis="none",
            ),
        ),
    )


def given_on(number: int) -> date:
    return date(2026, 3, 2) - timedelta(days=190 * number % 20_000)


def _by_length() -> None:
    lengths = (10, 100, 1000)
    contenders = {
        str(length): measure.repeated(partial(assess, patient(length)), 6000 // length, clock=time.process_time)
        for length in lengths
    }
    found = measure.interleaved(contenders, rounds=ROUNDS)
    measure.say_about("By the length of the history, processor time")
    for length in lengths:
        measure.say_time(f"{length:,} earlier injections", found[str(length)])
    measure.say_ratio("100 to 10, times as long", found["100"] / found["10"], at_most=10.0)
    measure.say_ratio("1,000 to 100, times as long", found["1000"] / found["100"], at_most=10.0)
    measure.say_ratio("1,000 to 10, times as long; linear would be 100", found["1000"] / found["10"], at_most=100.0)


if __name__ == "__main__":
    with record.of("rules"):
        main()
