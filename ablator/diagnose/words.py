"""The diagnosis in a few lines for people: what was seen, and which culprits it points to."""

from collections.abc import Sequence
from typing import Protocol

from ablator.core.study import Study
from ablator.diagnose.diagnosis import QUIET, quiet

SHOWN = 12
CULPRITS = 3


class Ranked(Protocol):
    """One culprit with its posterior and its reasons."""

    @property
    def id(self) -> str:
        """Id of the element."""

    @property
    def p(self) -> float:
        """Probability of being the main culprit."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """What moved it, the strongest first."""


def diagnosis_lines(study: Study, ranked: Sequence[Ranked]) -> list[str]:
    """Present symptoms with their figures, then the likeliest culprits; where nothing points anywhere, just that.

    `ranked` runs from the likeliest on. Without any symptom row there is nothing to say, and no line.
    """
    rows = [r for _, r in sorted(study.evidence.items()) if r.kind == "symptom"]
    if not rows:
        return []
    seen = [r for r in rows if r.strength is None or r.strength > 0]
    lines = [f"seen in logs and settings: {len(seen)} of {len(rows)} symptoms that could be judged"]
    lines += [f"  {r.note or r.name}" + (f"  ({r.source})" if r.source else "") for r in seen[:SHOWN]]
    if len(seen) > SHOWN:
        lines.append(f"  … and {len(seen) - SHOWN} more")
    top = [r for r in ranked[:CULPRITS] if r.p > 0]
    if quiet([r.p for r in top]):
        highest = f"{top[0].p:.0%}" if top else "0%"
        return [*lines, f"nothing points anywhere: the likeliest culprit has {highest}, below {QUIET:.0%}"]
    lines.append("likeliest culprits")
    for r in top:
        name = study.elements[r.id].name or r.id if r.id in study.elements else r.id
        lines.append(f"  {r.p:.0%}  {name}" + (f": {r.reasons[0]}" if r.reasons else ""))
    return lines
