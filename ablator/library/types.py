"""The library's rows as typed, frozen values; field names are those of the YAML files."""

from typing import Any, Literal

from msgspec import Struct, field


class Cite(Struct, frozen=True):
    """Source of an idea; `status` is `seen` or `memory`."""

    title: str
    year: int | None = None
    arxiv: str | None = None
    status: str = ""


class Interaction(Struct, frozen=True, rename={"with_": "with"}):
    """What confounds a change of this idea: an idea, or `knob:NAME`."""

    with_: str
    why: str = ""
    confound: str = ""


class LibraryAlternative(Struct, frozen=True):
    """What could stand in the idea's place: an idea id, or words."""

    to: str
    kind: Literal["replace", "remove", "resize"]
    matched: str = "none"
    note: str = ""


class MlpRule(Struct, frozen=True):
    """Whether and how a two-layer MLP can stand in."""

    applicable: bool
    how: str | None = None
    match: str | None = None


class Idea(Struct, frozen=True):
    """A merged idea: what it requires, excludes, confounds, and what could stand in its place."""

    id: str
    name: str
    category: str
    level: str
    families: tuple[str, ...]
    purpose: tuple[str, ...]
    claim: str | None
    slot: str | None
    is_slot: bool
    requires: tuple[str, ...]
    requires_any: tuple[tuple[str, ...], ...]
    excludes: tuple[str, ...]
    interacts_with: tuple[Interaction, ...]
    alternatives: tuple[LibraryAlternative, ...]
    retune: tuple[str, ...]
    cost_class: str
    params_when_removed: str
    collapse_risk: str
    note: str | None
    cite: Cite | None
    two_layer_mlp: MlpRule | None
    no_slot_alternative: str = ""


class ClaimSource(Struct, frozen=True):
    """The paper that makes the claim."""

    paper: str
    year: int | None = None
    arxiv: str | None = None
    status: str = ""


class LibraryChallenger(Struct, frozen=True):
    """A counter-claim and its evidence."""

    counter_claim: str
    paper: str = ""
    year: int | None = None
    arxiv: str | None = None
    status: str = ""
    evidence: str | None = ""


class Claim(Struct, frozen=True):
    """A belief about the logic of the phenomenon, with its challengers."""

    id: str
    level: str
    claim: str
    source: ClaimSource
    ideas: tuple[str, ...]
    challengers: tuple[LibraryChallenger, ...]
    decisive_observation: str
    exhaust_reachability_first: tuple[str, ...]
    state_of_evidence: str | None = ""


class Mode(Struct, frozen=True):
    """A direction in which a factor fails; shares of one factor sum to 1."""

    id: str
    share: float
    says: str = ""


class FactorRange(Struct, frozen=True):
    """Where a factor is searched."""

    scale: str
    low: float | None = None
    high: float | None = None
    span: float | None = None
    points: int | None = None
    unit: str = ""
    note: str = ""
    values: tuple[Any, ...] = ()


class Factor(Struct, frozen=True):
    """An observation or reachability factor with its cheapest decisive test."""

    id: str
    code: str
    lane: Literal["observation", "reachability"]
    group: str
    role: str
    name: str
    question: str
    check: str
    test: str
    procedure: str
    cost_in_runs: float
    human_minutes: float
    exhausted_when: str
    evidence: tuple[str, ...]
    predicate: str | None
    config_keys: dict[str, tuple[str, ...]]
    requires: tuple[str, ...]
    reopens: tuple[str, ...]
    affects: tuple[str, ...]
    base_rate: float
    base_rate_basis: str
    source: tuple[str, ...]
    range: FactorRange | None = None
    modes: tuple[Mode, ...] = ()
    detects: tuple[str, ...] = ()
    applies_when: str | None = None


class Symptom(Struct, frozen=True):
    """A symptom with P(symptom | culprit); `other` is for culprits that are not listed."""

    id: str
    name: str
    says: str
    reads: str
    scope: str
    cluster: str
    needs: tuple[str, ...]
    detector: str
    other: float
    likelihood: dict[str, float]
    source: tuple[str, ...]
    other_judged: float | None = None
    seen_in_public_logs: str | None = None


class Culprit(Struct, frozen=True):
    """Prior and cost of an idea or claim as the main culprit; `id` reads `idea:ID` or `claim:ID`."""

    id: str
    prior: float
    cost_in_runs: float
    human_minutes: float


class SourceText(Struct, frozen=True):
    """What a source code such as PB stands for."""

    title: str
    year: int | None = None
    id: str | None = ""
    status: str = ""


class Condition(Struct, frozen=True):
    """One test on a config key; `other` names the key to compare with."""

    key: str
    op: str
    value: Any = None
    other: str | None = None


class ConfigRule(Struct, frozen=True):
    """An idea that config keys reveal: all of `all` and none of `none` hold."""

    idea: str
    confidence: str
    all: tuple[Condition, ...]
    none: tuple[Condition, ...]


class PatternRule(Struct, frozen=True):
    """An idea that a tensor name, a module class or an operator pattern reveals."""

    idea: str
    regex: str = ""
    pattern: str = ""
    confidence: str = ""
    note: str | None = ""


class Detection(Struct, frozen=True):
    """How ideas are recognised in artefacts."""

    canonical_aliases: dict[str, tuple[str, ...]]
    config_rules: tuple[ConfigRule, ...]
    tensor_rules: tuple[PatternRule, ...]
    onnx_patterns: tuple[PatternRule, ...]
    module_class_rules: tuple[PatternRule, ...]
    model_type_profiles: dict[str, tuple[str, ...]]


class Library(Struct, frozen=True):
    """All rows by id, in the order of the YAML files."""

    ideas: dict[str, Idea]
    claims: dict[str, Claim]
    factors: dict[str, Factor]
    symptoms: dict[str, Symptom]
    culprits: dict[str, Culprit]
    knobs: dict[str, str | None]
    detection: Detection
    shares: dict[str, float]
    same_as_idea: dict[str, str]
    change_events: dict[str, tuple[str, ...]]
    minutes_per_run: float
    temper: float
    not_applicable: float
    sources: dict[str, SourceText] = field(default_factory=dict)
