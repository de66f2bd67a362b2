"""The figure of the makespan: how long the open plan takes on one device and on several."""

from ablator.app.plots.figure import Axis, Dots, Figure, Layer, Line, Rule, spanned
from ablator.core.study import Study
from ablator.plan.budget import makespan, schedule
from ablator.plan.types import CLOSED, Plan

DEVICES = (1, 2, 3, 4, 6, 8, 12, 16)
ENOUGH = 1.02
"""Devices are enough where the plan takes at most so many times what it takes on any number (judged)."""


def devices(study: Study, plan: Plan, _: str = "") -> Figure:
    """Hours until the last open run ends, by the number of devices, if no verdict shortens the plan."""
    head = "How long the open plan takes"
    if all(s.state in CLOSED for s in plan.steps):
        return Figure(title=head, empty="Nothing is left to run: every step is settled.")
    points = [(float(n), makespan(schedule(plan, n))) for n in DEVICES]
    longest = points[0][1]
    if longest <= 0:
        return Figure(title=head, empty="Give the hours per run in the study's settings.")
    floor = makespan(schedule(plan, max(len(plan.runs) + len(plan.steps), 1)))
    layers: list[Layer] = [
        Line(tuple(points), "blue", "Hours until the last run ends"),
        Dots(tuple(points), "blue"),
        Rule(floor, "orange", f"However many devices, {_hours(floor)}: steps wait for each other"),
    ]
    notes = [f"One device takes {_hours(longest)}, {DEVICES[3]} take {_hours(points[3][1])}."]
    enough = next((int(n) for n, h in points if h <= ENOUGH * floor), None)
    if enough is not None:
        notes.append(f"More than {_count(enough)} gain next to nothing.")
    method = (
        "Runs start in the order of the plan as devices fall free; gates are taken to open, no verdict ends a step."
    )
    return Figure(
        title=head,
        x=Axis("Devices", 0.5, DEVICES[-1] + 0.5, True),
        y=spanned("Hours", [h for _, h in points], zero=True),
        layers=tuple(layers),
        notes=(" ".join(notes), method),
        summary=" ".join([*notes, method]),
    )


def _hours(amount: float) -> str:
    return f"{amount:.3g} h"


def _count(number: int) -> str:
    return f"{number} device{'' if number == 1 else 's'}"
