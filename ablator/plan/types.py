"""What a plan is made of: steps with their arms and runs, gates between the stages, and findings."""

from typing import Literal

import msgspec

from ablator.core.checks import Finding
from ablator.core.elements import Action, Json, Matching, Verdict
from ablator.core.lanes import Stage

StepState = Literal["ready", "locked", "running", "done", "waived", "stale"]
GateState = Literal["closed", "open", "waived", "stale"]
RunKind = Literal["tune", "confirm", "check"]
Move = Literal["made", "fixed", "adopted"]

CLOSED: frozenset[StepState] = frozenset({"done", "waived"})
"""States of a step that asks nothing any more."""

SHUT: frozenset[GateState] = frozenset({"closed", "stale"})
"""States of a gate that lets nothing through."""


CONTROL = "control"
"""Id of the arm that is the baseline at an arm's size; it says what capacity alone does, and nothing of the idea."""

PART = "part-"
"""How ids of arms begin that touch an idea in some of its layers only."""

AGAIN = "repeat-after-"
"""How ids of steps begin that repeat the baseline once a factor was fixed."""

GROUP = "remove-together-"
"""How ids of steps begin that take several ideas out at once, before they are taken one by one."""


def beside(step_id: str) -> bool:
    """Whether a step comes beside the one of its element: a 2×2, a group, the changed baseline again."""
    return step_id.startswith(("isolate-", AGAIN, GROUP))


def speaks(arm_id: str) -> bool:
    """Whether what an arm shows is about the idea as a whole, so that a verdict may rest on it."""
    return arm_id not in {"base", "find-out", CONTROL} and not arm_id.startswith(PART)


class Effect(msgspec.Struct, frozen=True):
    """Measured difference to the baseline in metric units, positive = better, with its 95 % interval and seeds."""

    estimate: float
    low: float
    high: float
    n: int


class Arm(msgspec.Struct, frozen=True, kw_only=True):
    """One configuration of a step.

    `overrides` hold only what the arm itself changes against the baseline, keyed by the parameter names of the
    study's own settings. `trials` and `seeds` are numbers of runs.
    """

    id: str
    change: str
    removes: tuple[str, ...] = ()
    adds: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    overrides: dict[str, Json] = msgspec.field(default_factory=dict)
    matching: Matching = "none"
    retunes: tuple[str, ...] = ()
    also_falls: tuple[str, ...] = ()
    trials: int = 0
    seeds: int = 0
    effect: Effect | None = None
    to_write: Literal[True] | msgspec.UnsetType = msgspec.UNSET
    """Set where no setting of the files makes it: a person writes it first, and `overrides` hold names of elements."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One training, evaluation or inspection. Its `overrides` are complete against the original settings."""

    run: str
    step: str
    arm: str
    kind: RunKind
    seed: int | None = None
    overrides: dict[str, Json] = msgspec.field(default_factory=dict)
    command: str = ""
    cost_hours: float = 0.0
    status: str = "planned"
    to_write: bool = False
    """Whether a person has to write first what its overrides name: no file of the study has a key for it."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the plan: a question about one element, an action, its arms, its cost, and why it stands here.

    `probability` is that this step finds the main culprit; `cost_hours` what it is expected to cost; `after` the
    steps that must have a verdict first.
    """

    id: str
    order: int
    stage: Stage
    element: str
    action: Action
    question: str
    why: str
    probability: float
    cost_hours: float
    cumulative_hours: float
    within_budget: bool | None
    after: tuple[str, ...]
    state: StepState
    verdict: Verdict | None
    arms: tuple[Arm, ...]
    runs: tuple[str, ...]
    detectable_effect: float | None
    reason: str = ""
    """Of the verdict or waiver, as its author wrote it."""
    check: str = ""
    """What to do, in a sentence: the cheapest decisive test of this element."""
    exhausted_when: str = ""


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """What stands before a stage: its state, the conditions, and what is still missing."""

    stage: Stage
    state: GateState
    open_when: tuple[str, ...]
    missing: tuple[str, ...]
    sentence: str = ""
    """What keeps it closed, and the cheapest way on."""


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """One move of the baseline: an arm that was adopted, or a factor that was fixed.

    `value` is the study's metric once it was made, `gain` the difference to the rung before, + is better; None where
    no result tells.
    """

    date: str
    move: Move
    what: str
    """`STEP/ARM`, or the step that fixed it."""
    change: str
    settings: dict[str, Json] = msgspec.field(default_factory=dict)
    reason: str = ""
    author: str = ""
    value: float | None = None
    gain: float | None = None
    reopened: tuple[str, ...] = ()
    """Elements whose verdicts it makes stale."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The ordered plan of one study: a pure function of it."""

    gates: tuple[Gate, ...]
    steps: tuple[Step, ...]
    runs: tuple[Run, ...]
    findings: tuple[Finding, ...] = ()
    ladder: tuple[Rung, ...] = ()
    """How the baseline moved from what the study was made from to what it is today; empty while it has not."""
    outlook: str = ""
    """How today's baseline stands to the target, and what it would need where nothing can be done now."""

    def step(self, step_id: str) -> Step | None:
        """The step with this id, or None."""
        return next((s for s in self.steps if s.id == step_id), None)

    def steps_of(self, element_id: str) -> list[Step]:
        """Steps that ask about one element, in plan order."""
        return [s for s in self.steps if s.element == element_id]


def step_id(action: str, element_id: str) -> str:
    """`ACTION-ELEMENT`, with the slash of a site as a dot, so that run ids and folder names stay plain."""
    return f"{action}-{element_id.replace('/', '.')}"
