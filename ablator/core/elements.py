"""What a study is made of: elements, relations, evidence and decisions, all frozen."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from ablator.core.lanes import Kind, Lane

HIDDEN = "*extra*"
"""Name of `extra` where a row is encoded as a whole; the study file never says it."""

MINUTES_PER_RUN = 480.0
"""People's time that counts as one full training run (library/factors.yaml: effective_cost)."""

Json = Any
"""A JSON value: None, bool, int, float, str, list or dict of these."""

Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Amount = Annotated[float, Meta(ge=0, le=1e12)]
Points = Annotated[int, Meta(ge=1, le=1000)]
"""Trials of one sweep: a plan holds a run for each."""

Status = Literal["read", "default", "inferred", "unknown", "added"]
"""How a fact is known: read from an artefact, default of its type, inferred, unknown, or added by a person."""

RelationKind = Literal["instantiates", "requires", "interacts", "excludes", "retunes", "needs", "reopens", "observes"]
Verdict = Literal[
    "fixed", "fine", "unlikely", "critical", "replaceable", "redundant", "harmful", "undecided", "inconclusive"
]
Action = Literal["verify", "repeat", "tune", "scale", "remove", "replace", "resize", "isolate", "challenge"]
Matching = Literal["none", "parameters", "flops"]


class Open(
    Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, rename={"extra": HIDDEN, "from_": "from"}
):
    """What rows and their parts have in common: each keeps the keys it does not know in `extra`."""


class Range(Open, frozen=True):
    """Where a factor is searched: sane outer bounds, and how wide one sweep around the present value is."""

    scale: str = "linear"
    low: float | None = None
    high: float | None = None
    span: float | None = None
    points: Points = 4
    choices: tuple[Json, ...] = ()
    unit: str = ""
    """`multiple of …` means that low and high are factors of the present value."""
    note: str = ""
    extra: dict[str, Json] = field(default_factory=dict)


class Alternative(Open, frozen=True):
    """What could stand in an idea's place: `to` is an idea id, or plain words where the library has no such idea."""

    to: str
    kind: Literal["replace", "remove", "resize"] = "replace"
    matched: str = "none"
    note: str = ""
    name: str = ""
    """Of the idea `to`; empty where `to` is words already."""
    requires: tuple[tuple[str, ...], ...] = ()
    """What the idea `to` stands on: each inner tuple holds alternatives, one suffices."""
    excludes: tuple[str, ...] = ()
    overrides: dict[str, Json] = field(default_factory=dict)
    """Parameters of the user's own settings that bring the alternative about, where known."""
    extra: dict[str, Json] = field(default_factory=dict)


class TwoLayerMlp(Open, frozen=True):
    """How a two-layer MLP would stand in for an idea, and what is held equal (`parameters`, `flops`, `none`)."""

    how: str
    match: str = "parameters"
    extra: dict[str, Json] = field(default_factory=dict)


class Challenger(Open, frozen=True):
    """A counter-claim with the paper that makes it and what it showed."""

    counter_claim: str
    paper: str = ""
    year: Count | None = None
    arxiv: str = ""
    evidence: str = ""
    status: str = ""
    extra: dict[str, Json] = field(default_factory=dict)


class Source(Open, frozen=True):
    """Where a fact of the library comes from; `status` is `seen` (read in a copy) or `memory` (not confirmed)."""

    title: str
    year: Count | None = None
    id: str = ""
    status: str = ""
    extra: dict[str, Json] = field(default_factory=dict)


class Element(Open, frozen=True, kw_only=True):
    """One thing on one lane. It carries every attribute the planner reads, so that a study needs no library.

    `id` is stable: the library's id, or `SITE/ID` where the model has more than one site (tower, block kind).
    `present` is False for an idea that the artefacts show to be absent, None where nothing tells.
    """

    id: str
    lane: Lane
    kind: Kind
    name: str = ""
    slot: str | None = None
    is_slot: bool = False
    status: Status = "added"
    present: bool | None = True
    value: Json = None
    unit: str = ""
    parameters: Count | None = None
    parameter_share: Amount | None = None
    blocks: Count | None = None
    """In how many equal blocks the idea stands (folded as `× 12` in the graph)."""
    from_: tuple[str, ...] = ()
    """Artefact and key or tensors that revealed it, e.g. `config.json: num_attention_heads`."""
    library: str | None = None
    category: str = ""
    question: str = ""
    check: str = ""
    exhausted_when: str = ""
    predicate: str = ""
    procedure: str = ""
    prior: Amount = 0.0
    """Base rate: judged probability of being the main culprit before any evidence (not normalised)."""
    cost_runs: Amount = 1.0
    """Compute to settle it, in full training runs."""
    minutes: Amount = 15.0
    """People's time to settle it; 480 minutes count as one run."""
    detects: tuple[str, ...] = ()
    """Checks: the factors that a failure of it points to."""
    range: Range | None = None
    keys: tuple[str, ...] = ()
    """Names of the parameters in the user's own settings that set it."""
    alternatives: tuple[Alternative, ...] = ()
    mlp: TwoLayerMlp | None = None
    sizes: dict[str, Count] = field(default_factory=dict)
    """Dimensions that matching needs: `inputs`, `hidden`, `outputs`, `matrices` of one block's MLP, and so on."""
    collapse_risk: str = ""
    params_when_removed: str = ""
    cost_class: str = ""
    challengers: tuple[Challenger, ...] = ()
    decisive: str = ""
    """Claims: the observation whose outcome the claim and its challengers predict differently."""
    sources: tuple[Source, ...] = ()
    note: str = ""
    place: tuple[float, float] | None = None
    """Where a person pinned its card, in scene units; None lets the layout decide."""
    extra: dict[str, Json] = field(default_factory=dict)
    """Unknown keys of a newer program, written back as they came."""


class Relation(Open, frozen=True, kw_only=True):
    """A typed edge. `requires` relations of one source with the same `group` are alternatives: one suffices."""

    source: str
    target: str
    kind: RelationKind
    group: str = ""
    note: str = ""
    strength: str = ""
    extra: dict[str, Json] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Identity of the edge in its table; symmetric kinds are stored with the smaller end first."""
        return f"{self.source} {self.kind} {self.target}"


class Evidence(Open, frozen=True, kw_only=True):
    """An observed fact, a symptom, a curve of the log, or the result of a run, with its source."""

    id: str
    kind: Literal["fact", "symptom", "curve", "result"]
    name: str = ""
    """Facts, symptoms and curves: its canonical name (`batch_size`, `still-falling-at-end`, `eval_loss`)."""
    value: Json = None
    """Curves: the steps and the values, two lists of one length; null where the value is no finite number."""
    unit: str = ""
    status: Status = "read"
    element: str = ""
    source: str = ""
    """File and place, or the person who said it."""
    run: str = ""
    """Results: the run's id, `STEP/ARM/t3`."""
    metrics: dict[str, float] = field(default_factory=dict)
    state: Literal["done", "failed", "diverged", "pruned", "running"] = "done"
    seed: Count | None = None
    overrides: dict[str, Json] = field(default_factory=dict)
    strength: Amount | None = None
    cluster: str = ""
    """Symptoms: its kind; those of one cluster share a cause and do not count in full beside each other."""
    note: str = ""
    """Symptoms: the figure that was read, in words."""
    marks: tuple[tuple[str, float], ...] = ()
    """Symptoms: series and step of the points of the curve that were read."""
    author: str = ""
    date: str = ""
    extra: dict[str, Json] = field(default_factory=dict)


class Decision(Open, frozen=True, kw_only=True):
    """What a person decided about a step, with the reason, who and when."""

    id: str
    kind: Literal["verdict", "waiver", "adopt", "pin", "move", "belief", "freeze"]
    step: str = ""
    element: str = ""
    """What the step asked about, so that evidence outlives a change of the step's action."""
    verdict: Verdict | None = None
    reason: str = ""
    arm: str = ""
    value: Json = None
    author: str = ""
    date: str = ""
    extra: dict[str, Json] = field(default_factory=dict)


class Conflict(Open, frozen=True, kw_only=True):
    """Two people changed the same thing differently; the study shows `shown` and this row keeps `other`.

    `table`, `row` and `attribute` say where; without an attribute it is about the whole row, and None means that it is
    not there. Rows are values as the study file writes them.
    """

    id: str
    kind: Literal["edited twice", "edited and deleted", "deleted but used", "circle"]
    table: str = ""
    row: str = ""
    attribute: str = ""
    base: Json = None
    shown: Json = None
    other: Json = None
    extra: dict[str, Json] = field(default_factory=dict)


class Artefact(Open, frozen=True):
    """A file that the study was made from: its name, what it was taken for, and the hash of its bytes."""

    name: str
    format: str = ""
    sha256: str = ""
    extra: dict[str, Json] = field(default_factory=dict)


class Info(Open, frozen=True, kw_only=True):
    """The head of a study: what is frustrating, what would count as better, and what may be spent.

    `effect` and `noise` are in metric units, or a text such as `1.5%` of the baseline.
    """

    name: str = ""
    family: str = ""
    model_type: str = ""
    metric: str = ""
    goal: Literal["min", "max"] = "max"
    baseline: float | None = None
    target: float | None = None
    effect: float | str | None = None
    noise: float | str | None = None
    hours_per_run: float | None = None
    budget: float | None = None
    epsilon: float = 0.1
    alpha: float = 0.05
    power: float = 0.8
    matching: Literal["library", "none", "parameters", "flops"] = "library"
    """What a two-layer MLP in an idea's place holds equal; `library` leaves it to each idea."""
    design: Literal["one-at-a-time", "ladder"] = "one-at-a-time"
    """Whether each idea is taken out of the whole model, or on top of those taken out before."""
    control: bool = True
    """Whether arms that take parameters away get a control of the same size."""
    by_layer: bool = False
    """Whether ideas are also taken out of their first, middle and last layers alone."""
    command: str = ""
    parameters: Count | None = None
    artefacts: tuple[Artefact, ...] = ()
    unknown: tuple[str, ...] = ()
    """What the artefacts left open, as words for people (`model type`, `warmup`)."""
    note: str = ""
    extra: dict[str, Json] = field(default_factory=dict)
