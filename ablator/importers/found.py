"""What a reader saw in an artefact: facts and ideas, each with the place that shows it and how sure it is."""

import msgspec

from ablator.core.elements import Json, Status
from ablator.diagnose.log import Log
from ablator.importers.graph_parts import Graph


class Found(msgspec.Struct, frozen=True):
    """One fact: its canonical name, the value, the file and key that show it, and how it is known."""

    fact: str
    value: Json
    file: str
    key: str
    status: Status = "read"
    site: str = ""
    unit: str = ""
    """In what the value is counted, where the artefact tells: `steps`, `epochs`, `per device`, and so on."""


class FoundIdea(msgspec.Struct, frozen=True, kw_only=True):
    """One idea at a site. `present` is False where the artefact shows that it is absent."""

    idea: str
    site: str = ""
    status: Status = "read"
    present: bool | None = True
    value: Json = None
    from_: tuple[str, ...] = ()
    parameters: int | None = None
    blocks: int | None = None
    sizes: dict[str, int] = msgspec.field(default_factory=dict)
    keys: tuple[str, ...] = ()
    switches: dict[str, Json] = msgspec.field(default_factory=dict)
    """Settings that would turn the idea off (or on, where absent), where a key is a plain switch."""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One of many runs of a search: what was set, how it ended, and its value (None where it has none)."""

    number: int
    state: str
    """`done`, `failed`, `pruned` or `running`."""
    value: float | None = None
    settings: dict[str, Json] = msgspec.field(default_factory=dict)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one artefact told; `unknown` and `contradictions` are sentences for people."""

    file: str
    format: str
    role: str
    """`model`, `settings`, `log` or `results`."""
    found: tuple[Found, ...] = ()
    ideas: tuple[FoundIdea, ...] = ()
    family: str = ""
    model_type: str = ""
    parameters: int | None = None
    unknown: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()
    sha256: str = ""
    name: str = ""
    """What the artefact calls the model or the run, where it does."""
    settings: dict[str, Json] = msgspec.field(default_factory=dict)
    """Every scalar of a settings file by its dotted path, as read."""
    log: Log | None = None
    """The curves of a log, for the diagnosis; None for everything else."""
    trials: tuple[Trial, ...] = ()
    """The runs of a search, where the artefact holds one."""
    goal: str = ""
    """`min` or `max`, where the artefact says which way its metric is better."""
    metric: str = ""
    """The metric by which the artefact chooses among models, as it spells it, where it does."""
    graph: Graph | None = None
    """Elements and relations that a graph file tells by itself; None for everything else."""
