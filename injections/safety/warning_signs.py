"""The warning signs after an injection, as patients tick them; each in the very words of the safety-net block. Pure.

Source: MSK Ultrasound & Injections clinic, infection and aftercare; the rest is the clinic's own policy.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sign:
    """`is_emergency`: 999 or A&E now; otherwise the patient phones today."""

    code: str
    text: str
    is_emergency: bool = False


_ALL = (
    Sign("airway-or-chest", "swelling of your lips, tongue or throat, trouble breathing, or chest pain", True),
    Sign("very-unwell", "become very unwell or confused, or are shaking with cold", True),
    Sign("saddle-or-bladder", "numbness between your legs, or you cannot hold or pass urine or stool", True),
    Sign("temperature", "a temperature of 38 °C or more, shivers, or you feel ill"),
    Sign("skin", "skin that is red, hot, swollen, spreading or leaking"),
    Sign("severe-pain", "severe pain, pain that painkillers do not touch, or pain that keeps growing"),
    Sign(
        "rupture",
        "a sudden pop, snap or sharp pain in your buttock or thigh, a new bruise down your thigh, or a leg that is "
        "suddenly weak",
    ),
    Sign("worse-again", "become better at first and then worse again"),
    Sign("numb-or-weak", "a leg or foot that is still numb or weak after 24 hours, or newly so"),
    Sign("lump", "a lump or bruise that grows"),
    Sign("calf", "swelling of one calf or leg"),
)
SIGNS = {sign.code: sign for sign in _ALL}


def is_emergency(codes: tuple[str, ...] | list[str]) -> bool:
    """Whether one of these signs is a reason to call 999."""
    return any(SIGNS[code].is_emergency for code in codes)
