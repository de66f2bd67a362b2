"""What to do next, as the card and the clipboard say it: the first ready step, its runs and their commands."""

from dataclasses import dataclass

from ablator.core.study import Study
from ablator.plan.commands import setting_words
from ablator.plan.types import CLOSED, Plan, Run, Step
from ablator.plan.upcoming import awaited, upcoming


@dataclass(frozen=True, slots=True)
class Next:
    """The first step that can be done, how many more are ready, and the runs that it still needs."""

    step: Step
    others: int
    runs: tuple[Run, ...]


def next_step(plan: Plan) -> Next | None:
    """The first ready step of a plan; None where nothing can be done now."""
    ready = upcoming(plan)
    if not ready.steps:
        return None
    step = ready.steps[0]
    return Next(step, len(ready.steps) - 1, runs_of(plan, step.id))


def main_suspect(plan: Plan) -> Step | None:
    """The first open step about the likeliest culprit; None where nothing points anywhere yet."""
    from ablator.diagnose.diagnosis import QUIET

    best: dict[str, Step] = {}
    for step in plan.steps:
        if step.state not in CLOSED:
            best.setdefault(step.element, step)
    likely = sorted(best.values(), key=lambda s: (-s.probability, s.order))
    if not likely or likely[0].probability < QUIET:
        return None
    return likely[0]


def runs_of(plan: Plan, step_id: str) -> tuple[Run, ...]:
    """The runs that a step needs next, as `ablator next` names them."""
    return awaited(plan, {step_id})


def commands(runs: tuple[Run, ...]) -> list[str]:
    """A line a training: its command, or where the study names none its settings as `key=value` words.

    Inspections have none.
    """
    return [r.command or _settings(r) for r in runs if r.kind != "check"]


def commands_text(runs: tuple[Run, ...]) -> str:
    """The lines with the run that each is for in a comment above, ready for a shell."""
    lines = []
    for r in runs:
        if r.kind != "check":
            lines += [f"# {r.run}", r.command or _settings(r)]
    return "\n".join(lines) + "\n" if lines else ""


def last_decision(study: Study, step_id: str) -> str | None:
    """Id of the verdict or waiver that was put on record last for a step; None where there is none."""
    found = [d for d in study.decisions_on(step_id) if d.kind in {"verdict", "waiver"}]
    return found[-1].id if found else None


def _settings(run: Run) -> str:
    words = setting_words(run.overrides)
    if run.seed is not None and "seed" not in run.overrides:
        words.append(f"seed={run.seed}")
    return " ".join(words) or "# the baseline as it is"
