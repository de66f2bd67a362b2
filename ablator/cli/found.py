"""What results say: the verdicts that changed, and the arms that are better than the baseline."""

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ablator.core.study import Study
    from ablator.plan.types import Plan, Step


def followed(before: Sequence["Step"], after: Sequence["Step"], study: str = "STUDY") -> list[str]:
    """What the results now say about steps of which they said something else, or nothing, before.

    `study` is the name that the command to adopt a better arm has.
    """
    was = {s.id: (s.state, s.verdict) for s in before}
    lines = []
    for s in after:
        if (s.state, s.verdict) == was.get(s.id) or not s.verdict:
            continue
        if s.reason.startswith("measured"):
            lines.append(f"{s.id}: {s.verdict}; {s.reason}")
        arm = better_arm(s)
        if arm:
            lines.append(f"{s.id}: to go on from the better arm: {adopting(study, s.id, arm)}")
    return lines


def better_arm(step: "Step") -> str:
    """The arm whose whole interval lies above the baseline, the surest of several; empty where there is none."""
    gains = [(m.effect.low, m.id) for m in step.arms if m.effect is not None and m.effect.low > 0]
    return max(gains)[1] if gains else ""


def adopting(study: str, step: str, arm: str) -> str:
    """The command that makes an arm the baseline."""
    return f"ablator adopt {shlex.quote(study)} {step}/{arm} --reason TEXT"


def undecided_winners(study: "Study", plan: "Plan") -> list[tuple[str, str]]:
    """Steps and arms of ideas that the model lacks and that runs found better, while nobody has decided on them."""
    decided = {d.step for d in study.decisions.values() if d.kind in {"adopt", "verdict", "waiver"}}
    decided |= {d.arm.rpartition("/")[0] for d in study.decisions.values() if d.kind == "adopt"}
    return [
        (s.id, arm)
        for s in plan.steps
        if s.verdict == "critical" and s.reason.startswith("measured") and s.id not in decided
        if study.elements[s.element].present is not True and (arm := better_arm(s))
    ]
