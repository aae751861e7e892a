"""Every sentence of every message to a patient, and where it applies: PATIENT.md as a table.

A row is a sentence, the messages it stands in, and the condition under which it does ("" for always, "not …" where it
must be false). Conditions are the flags that a row of the outbox carries.
"""

from __future__ import annotations

from typing import Final, NamedTuple

_S, _I = "scheduling/mail/", "injections/mail/"
REMINDERS: Final = frozenset({f"{_I}reminder_week", f"{_I}reminder_2_days"})
PREPARED: Final = REMINDERS | {f"{_I}confirmed", f"{_I}moved"}
OTHERS: Final = frozenset({f"{_S}confirmed", f"{_S}moved", f"{_S}reminder_week", f"{_S}reminder_2_days"})
STANDING: Final = PREPARED | OTHERS
HELD: Final = frozenset({f"{_S}provisional", f"{_I}information_needed"})
OVER: Final = frozenset({f"{_S}cancelled", f"{_S}cancelled_by_patient", f"{_S}missed", f"{_I}delayed", f"{_I}declined"})
AFTERCARE, FLARE, DAY_4, NEXT_STEPS = f"{_I}aftercare", f"{_I}flare_check", f"{_I}day_4", f"{_I}rest_over"
RECOVERY, LAST = f"{_I}recovery", f"{_I}recovery_3_months"
MAY_STOP: Final = frozenset({RECOVERY, LAST, "scheduling/mail/missed"})
ASKING: Final = frozenset({FLARE, DAY_4, RECOVERY, LAST})
COPY: Final = f"{_I}clinical_letter"
AFTER: Final = ASKING | {AFTERCARE, NEXT_STEPS, COPY}
OFFER: Final = frozenset({f"{_I}offer"})
SERIES, SERIES_CHANGED = f"{_S}series", f"{_S}series_changed"
OF_SEVERAL: Final = frozenset({SERIES, SERIES_CHANGED})
EVERY: Final = STANDING | HELD | OVER | AFTER | OF_SEVERAL | OFFER
PHONE: Final = "020 7946 0100"
LINK: Final = "[the patient's link]"


class Sentence(NamedTuple):
    """One sentence (or heading, or entry of a list), the templates it stands in, and its condition."""

    text: str
    where: frozenset[str]
    condition: str = ""


def _in(*names: str) -> frozenset[str]:
    return frozenset(names)


BETTER_EARLY: Final = (
    ("tendon", "the tendon is stronger"),
    ("ischial and not tendon", "the tendon is stronger"),
    ("joint and not tendon and not ischial", "the joint has healed"),
    ("not joint and not tendon and not ischial", "it has healed"),
)
SENTENCES: Final = [
    Sentence("Dear Ann Lee", EVERY),
    # -- what and when
    Sentence("Your appointment is booked for {when}.", _in(f"{_S}confirmed", f"{_I}confirmed")),
    Sentence("Your appointment is on {when}.", REMINDERS | {f"{_S}reminder_week", f"{_S}reminder_2_days"}),
    Sentence("Your appointment is now on {when}. It was to be on {was}.", _in(f"{_S}moved", f"{_I}moved")),
    Sentence(
        "We are holding {when} for you, and we are checking whether that time is right for you.",
        _in(f"{_S}provisional"),
    ),
    Sentence(
        "We are holding {when} for you, and we need some information from you before we can confirm it.",
        _in(f"{_I}information_needed"),
    ),
    Sentence("We have cancelled your appointment on {when}. Please do not come at that time.", _in(f"{_S}cancelled")),
    Sentence("Your appointment on {when} is cancelled, as you asked.", _in(f"{_S}cancelled_by_patient")),
    Sentence(
        "Your appointment on {when} will not take place. Please do not come at that time.",
        _in(f"{_I}delayed", f"{_I}declined"),
    ),
    Sentence(
        "You had an appointment with us on {when}, and we did not see you. We hope that all is well.",
        _in(f"{_S}missed"),
    ),
    Sentence("This is what to do, and what to look out for, after your visit on {visit_day}.", _in(AFTERCARE)),
    Sentence("Your visit to us was on {visit_day}. Please take a minute for these questions.", _in(FLARE)),
    Sentence("It is a few days since your visit on {visit_day}. Please take a minute for these questions.", _in(DAY_4)),
    Sentence(
        "Your rest after your visit on {visit_day} is over. From here, return to your activities step by step.",
        _in(NEXT_STEPS),
    ),
    Sentence(
        "It is a few weeks since your visit on {visit_on}. Please take a minute for these questions.", _in(RECOVERY)
    ),
    Sentence(
        "It is about 3 months since your visit on {visit_on}. Please take a minute for these questions.", _in(LAST)
    ),
    # -- several visits of a series
    Sentence("Your appointments with us are booked, the first of them on {when}.", _in(SERIES)),
    Sentence("Your appointments with us have changed, beginning with the one on {when}.", _in(SERIES_CHANGED)),
    Sentence("Booked", OF_SEVERAL),
    Sentence("{when}, with {practitioner}.", OF_SEVERAL),
    # -- the visit
    Sentence("We can offer you an appointment on {when}. It is free again, and you are on our waiting list.", OFFER),
    Sentence("When: {when}", STANDING | HELD | OFFER),
    Sentence("Where: PHT Clinic, 1 Example Street, London", STANDING | HELD | OFFER | {SERIES}),
    Sentence("With: {practitioner}", STANDING | HELD | OFFER),
    Sentence("How long: about {minutes} minutes", STANDING | HELD | OFFER | {SERIES}),
    Sentence("We are keeping this time for you until {until}. After that, somebody else can have it.", OFFER),
    Sentence(
        "If you accept it, your appointment on {was} moves to this time. If you do nothing, that one stays as it is.",
        OFFER,
    ),
    Sentence("To accept it or to say no, open this page. It asks for your date of birth.", OFFER),
    Sentence(
        "To say that you are coming, or to change or cancel it, open your page. It asks for your date of birth.",
        STANDING | {SERIES},
    ),
    Sentence(
        f"Or phone us on {PHONE}. If you cannot come, please tell us as soon as you can, so that somebody else "
        "can have the time.",
        STANDING | {SERIES},
    ),
    Sentence(LINK, STANDING | OVER | OFFER | OF_SEVERAL | {f"{_S}provisional", AFTERCARE, NEXT_STEPS, COPY}),
    # -- held
    Sentence("This replaces what we told you about this appointment before.", HELD, "replaces"),
    Sentence(
        "A doctor looks at every request like yours. We will write to you when it is decided. Please do not travel to "
        "us before you have heard that the appointment is confirmed.",
        _in(f"{_S}provisional"),
    ),
    Sentence(
        "To check on it, or to cancel it, open your page. It asks for your date of birth.", _in(f"{_S}provisional")
    ),
    Sentence(f"Or phone us on {PHONE}.", OFFER | {f"{_S}provisional"}),
    Sentence(
        "Please answer our questions on your page, as soon as you can. It asks for your date of birth. Have a list of "
        "your medicines at hand; it takes a few minutes.",
        _in(f"{_I}information_needed"),
    ),
    Sentence(
        f"Or phone us on {PHONE}. We are keeping the time for you until then, but please do not travel to us before "
        "you have heard that the appointment is confirmed.",
        _in(f"{_I}information_needed"),
    ),
    Sentence(f"{LINK}questions/", _in(f"{_I}information_needed")),
    Sentence(f"{LINK}questions/", REMINDERS, "ask_again"),
    # -- over
    Sentence(
        f"To arrange another time, or if you did not expect this, phone us on {PHONE}.",
        _in(f"{_S}cancelled", SERIES_CHANGED),
    ),
    Sentence(
        f"To arrange another time, or if you did not ask for this, phone us on {PHONE}.",
        _in(f"{_S}cancelled_by_patient"),
    ),
    Sentence(
        f"To arrange another time, phone us on {PHONE}. If you were here, please tell us too.", _in(f"{_S}missed")
    ),
    Sentence("A doctor has looked at it and would like to see you later, on 4 May 2026 or after.", _in(f"{_I}delayed")),
    Sentence(f"Phone us on {PHONE} to arrange the new time, or if you have questions about this.", _in(f"{_I}delayed")),
    Sentence(
        "A doctor has looked at it and thinks that something else would be better for you now.", _in(f"{_I}declined")
    ),
    Sentence(f"Phone us on {PHONE} to talk about it and about what comes next.", _in(f"{_I}declined")),
    Sentence("Your page shows this too. It asks for your date of birth.", OVER | {SERIES_CHANGED}),
    # -- before an injection
    Sentence("Our questions, once more", REMINDERS, "ask_again"),
    Sentence(
        "Some time will have passed since you answered our questions about your health. Please answer them once more "
        "on your page, before your appointment.",
        REMINDERS,
        "ask_again",
    ),
    Sentence("Before you come", PREPARED),
    Sentence(
        "Do not plan to drive or cycle yourself home: your leg may be numb or weak for some hours. Arrange a lift.",
        PREPARED,
    ),
    Sentence(
        "Keep taking all your medicines, blood thinners too, unless the person who prescribes them tells you "
        "otherwise.",
        PREPARED,
    ),
    Sentence("Bring a list of your medicines. If you take warfarin, bring your last INR result.", PREPARED),
    Sentence("Plan two quiet days afterwards, without sport, heavy lifting or long drives.", PREPARED),
    Sentence("You can ask for a chaperone.", PREPARED),
    Sentence(
        "If you have diabetes, your sugar may rise for some days: have your testing kit ready.", PREPARED, "diabetes"
    ),
    Sentence("Phone us before you travel", PREPARED),
    Sentence(
        f"Your answers may have changed since we asked you. Phone us on {PHONE} before you travel if you:", PREPARED
    ),
    Sentence("feel unwell or have a temperature", PREPARED),
    Sentence("have an infection, or took antibiotics in the last 14 days", PREPARED),
    Sentence("have broken or sore skin where you are to be treated", PREPARED),
    Sentence("are or may be pregnant", PREPARED),
    Sentence("have a new medicine, a vaccination, another steroid injection, a fall or a new injury", PREPARED),
    Sentence("are much better than when you booked", PREPARED),
    # -- before consent
    Sentence("What the treatment can do, and what it cannot", _in(f"{_I}confirmed")),
    Sentence(
        "It can calm pain and inflammation for weeks to months, and so make room for your exercises. It does not make "
        "the tendon stronger, and it does not always help. What a scan shows does not always match the pain.",
        _in(f"{_I}confirmed"),
    ),
    Sentence("The risks", _in(f"{_I}confirmed")),
    Sentence(
        "About 1 in 10,000 people get an infection where they were treated; it stays sore for longer",
        _in(f"{_I}confirmed"),
    ),
    Sentence("A bruise, paler skin or a dimple there, or a warm, red face", _in(f"{_I}confirmed")),
    Sentence("Raised blood sugar for some days if you have diabetes", _in(f"{_I}confirmed")),
    Sentence("Rarely an allergy, or a tendon that becomes weaker or tears", _in(f"{_I}confirmed")),
    Sentence("A leg that is numb or weak for some hours", _in(f"{_I}confirmed")),
    Sentence(
        "Ask us about anything that worries you. You can say no at any time, even on the day.", _in(f"{_I}confirmed")
    ),
    # -- aftercare
    Sentence("Today, {visit_day}", _in(AFTERCARE), "same_day"),
    Sentence(
        "Do not drive, cycle, climb or lift until feeling and strength in your leg are normal, and not today.",
        _in(AFTERCARE),
        "same_day",
    ),
    Sentence(
        "The numbing wears off after a few hours. Your old pain may come back then: this is expected.",
        _in(AFTERCARE),
        "same_day and anaesthetic",
    ),
    Sentence("Rest until {rest_until}", _in(AFTERCARE), "resting"),
    Sentence("Walk gently. Do not stay in bed.", _in(AFTERCARE), "resting"),
    Sentence(
        "No running, sport, heavy work, hard stretching, squats, lunges or long sitting.", _in(AFTERCARE), "resting"
    ),
    Sentence("If it is still sore then, rest for up to one more day.", _in(AFTERCARE), "resting and one_more_day"),
    Sentence("For two weeks, until {load_until}", _in(AFTERCARE), "loaded"),
    Sentence(
        "With or without pain: no sprinting, jumping, racing or heavy lifting with that leg; build up step by step.",
        _in(AFTERCARE),
        "loaded",
    ),
    Sentence("After your rest, follow the plan that your clinician gave you.", _in(AFTERCARE), "tear"),
    Sentence("What is usual", _in(AFTERCARE, FLARE)),
    Sentence("More ache for the first 1 to 3 days, or a small bruise", _in(AFTERCARE, FLARE)),
    Sentence("A warm, red face", _in(AFTERCARE, FLARE), "steroid"),
    Sentence(
        "The steroid usually starts to work in 1 to 3 days, sometimes on the same day. It can help for up to 3 months, "
        "sometimes longer",
        _in(AFTERCARE, FLARE),
        "steroid",
    ),
    Sentence("What helps", _in(AFTERCARE)),
    Sentence("A cold pack in a cloth", _in(AFTERCARE)),
    Sentence("Paracetamol, as it says on the packet", _in(AFTERCARE)),
    Sentence(
        "Anti-inflammatory tablets: not with blood thinners, kidney or heart disease or a stomach ulcer. Ask a "
        "pharmacist.",
        _in(AFTERCARE),
    ),
    Sentence("If you have diabetes", _in(AFTERCARE), "diabetes"),
    Sentence(
        "Your sugar may be higher, mostly in the first 3 days. Test as often as your diabetes team told you. Do not "
        "change a dose without them.",
        _in(AFTERCARE),
        "diabetes",
    ),
    Sentence(
        "With type 1 diabetes test for ketones too when your sugar is high or you feel unwell, and follow the sick-day "
        "rules of your diabetes team.",
        _in(AFTERCARE),
        "diabetes and type_1",
    ),
    Sentence(
        "Your page shows this too, and there you can tell us how you are. It asks for your date of birth.",
        _in(AFTERCARE),
    ),
    # -- questions
    Sentence(
        "How is your pain now, from 0 (none) to 10 (the worst you can imagine)? Is it better, the same or worse than "
        "before?",
        _in(FLARE),
    ),
    Sentence(
        "How is your pain now, from 0 (none) to 10 (the worst you can imagine)? Is it better, the same or worse than "
        "before your visit?",
        _in(DAY_4),
    ),
    Sentence(
        "How is your pain now, from 0 (none) to 10 (the worst you can imagine)? How are sitting, and running or "
        "walking?",
        _in(RECOVERY, LAST),
    ),
    Sentence("Answer on your page. It asks for your date of birth.", ASKING),
    Sentence(f"{LINK}recovery/", ASKING),
    Sentence(
        "Look at the signs below. If you have any of them, or your pain is worse and at 8 or more, do not wait: do "
        "what it says there, now.",
        _in(FLARE),
    ),
    Sentence(
        f"If it is worse than before your visit, phone us on {PHONE}. If you have any of the signs below, do what it "
        "says there, now.",
        _in(DAY_4),
    ),
    Sentence(f"If you are not better, or if you are not sure, phone us on {PHONE}.", _in(RECOVERY)),
    Sentence(
        f"If your pain is coming back, talk to your physiotherapist, or phone us on {PHONE}.", _in(LAST), "not steroid"
    ),
    Sentence(
        f"If your pain is coming back, talk to your physiotherapist, or phone us on {PHONE}. We keep the number of "
        "injections as low as possible.",
        _in(LAST),
        "steroid",
    ),
    # -- next steps
    Sentence(
        "Your page shows what to look out for, and there you can tell us how you are. It asks for your date of birth.",
        _in(NEXT_STEPS),
    ),
    Sentence("Your exercises", _in(NEXT_STEPS), "ischial"),
    Sentence(
        "If no physiotherapist has shown you these exercises yet, see one before you start.", _in(NEXT_STEPS), "ischial"
    ),
    Sentence(
        "Go back to the exercises that your physiotherapist gave you, at the stage you were at or one lower.",
        _in(NEXT_STEPS),
    ),
    Sentence(
        "Stage 1: holding still against resistance at a moderate effort, 5 times for 30 to 45 seconds",
        _in(NEXT_STEPS),
        "ischial",
    ),
    Sentence("Stage 2: moving, with little bending at the hip, 3 to 4 sets of 6 to 15", _in(NEXT_STEPS), "ischial"),
    Sentence("Stage 3: moving, with more bending at the hip", _in(NEXT_STEPS), "ischial"),
    Sentence("Stage 4: running and jumping, only when your physiotherapist says so", _in(NEXT_STEPS), "ischial"),
    Sentence("No sprinting, jumping, deep squats or heavy deadlifts until they say so.", _in(NEXT_STEPS), "ischial"),
    Sentence("Good to know", _in(NEXT_STEPS)),
    *(
        Sentence(
            f"Feeling better early does not mean that {what}. {end} cure it.", _in(NEXT_STEPS), f"{place} and {steroid}"
        )
        for place, what in BETTER_EARLY
        for steroid, end in (
            ("steroid", "The injection gives you time for rehabilitation; rest alone does not"),
            ("not steroid", "Rest alone does not"),
        )
    ),
    Sentence("Use a cushion, a seat of the right height, and breaks to stand up.", _in(NEXT_STEPS), "ischial"),
    Sentence(
        "Tendons heal slowly, and pain can come back after sudden changes or long sitting.", _in(NEXT_STEPS), "ischial"
    ),
    Sentence(
        "Tendons heal slowly, and pain can come back after sudden changes.", _in(NEXT_STEPS), "tendon and not ischial"
    ),
    Sentence("Pain in the joint can come back after sudden changes: build up step by step.", _in(NEXT_STEPS), "joint"),
    Sentence(
        "Pain can come back after sudden changes: build up step by step.",
        _in(NEXT_STEPS),
        "not joint and not tendon and not ischial",
    ),
    Sentence(f"No physiotherapist yet? Ask us first, on {PHONE}.", _in(NEXT_STEPS)),
    # -- how to reach us
    Sentence("A letter about your visit on {visit_on} is ready for you.", _in(COPY)),
    Sentence("You can read it on your page, print it and keep it. The page asks for your date of birth.", _in(COPY)),
    Sentence("How to reach us", EVERY),
    Sentence(
        f"Phone {PHONE} (Monday to Friday, 8am to 6pm). You can also reply to this email about your appointment, but "
        "not with anything urgent: we may read it only on the next working day.",
        EVERY,
    ),
    Sentence("This email was sent automatically by PHT Clinic, 1 Example Street, London.", EVERY),
    # -- what a patient may do without
    Sentence("This email is not about an upcoming visit. To stop emails like this one:", MAY_STOP),
    Sentence("[the patient's link to stop these emails]", MAY_STOP),
]

SAFETY_NET: Final = [
    "Call 999 or go to A&E now if you have",
    "swelling of your lips, tongue or throat, trouble breathing, or chest pain",
    "become very unwell or confused, or are shaking with cold",
    "numbness between your legs, or you cannot hold or pass urine or stool",
    "Phone us today if you have",
    (
        f"Phone {PHONE} (Monday to Friday, 8am to 6pm). When we are closed, call 111. This holds at any time, from the "
        "first day, and also weeks later."
    ),
    "a temperature of 38 °C or more, shivers, or you feel ill",
    "skin that is red, hot, swollen, spreading or leaking",
    "severe pain, pain that painkillers do not touch, or pain that keeps growing",
    (
        "a sudden pop, snap or sharp pain in your buttock or thigh, a new bruise down your thigh, or a leg that is "
        "suddenly weak"
    ),
    "become better at first and then worse again",
    "a leg or foot that is still numb or weak after 24 hours, or newly so",
    "a lump or bruise that grows",
    "swelling of one calf or leg",
    (
        "Also phone us if plain soreness without any of these is not better after day 3. If you have diabetes, are "
        "frail, or take medicine that weakens your immunity, phone earlier. Do not wait for a reply to an email."
    ),
]
"""In every message after the injection, in this order, without a word in between."""
