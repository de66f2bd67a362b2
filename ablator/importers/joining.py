"""Several readings side by side: one set of ideas, and what the files say against each other."""

import re
from collections.abc import Iterable, Sequence

import msgspec

from ablator.core.elements import Json
from ablator.importers.found import Found, FoundIdea, Reading
from ablator.importers.hf_part import is_number, short
from ablator.importers.setting_names import rank_of, tells_value

WEIGHT = {"read": 3, "default": 2, "inferred": 1, "added": 1, "unknown": 0}

NUMBERS = frozenset(
    {"learning-rate", "batch-size", "training-length", "warmup", "weight-decay", "gradient-clipping"}
    | {"gradient-accumulation"}
)
"""Factors with one number a run: two files that give it differently contradict each other, whatever the keys."""

_OWN = re.compile(r"(^|/)(training_args\.\w+|(args|hparams)\.yaml|\.hydra/config\.yaml|wandb/.*config\.yaml)$|\.wandb$")
"""Files in which a run writes its own settings down."""


def by_authority(readings: Sequence[Reading]) -> list[Reading]:
    """The readings, with what a run wrote about itself before other settings; else as they were given."""
    return sorted(readings, key=lambda r: r.role == "settings" and _OWN.search(r.file) is None)


def told(facts: Sequence[Found]) -> list[Found]:
    """The facts of the file that tells a factor: of several files the first with a value that is switched on."""
    first = next((f.file for f in facts if _on(f)), facts[0].file if facts else "")
    return [f for f in facts if f.file == first]


def as_length(reading: Reading) -> list[Found]:
    """The steps and epochs that a log says its run was to take, as lengths of the training."""
    units = {"max_steps": "steps", "num_train_epochs": "epochs"}
    return [
        msgspec.structs.replace(f, fact="training-length", unit=units[f.fact])
        for f in reading.found
        if reading.role == "log" and f.fact in units and _on(f)
    ]


def length_of(facts: Sequence[Found], logged: Sequence[Found]) -> list[Found]:
    """The lengths that hold: those of the settings, or of the log where it says another one or they say none.

    A run that wrote its own settings down is believed before its log.
    """
    chosen = told(facts)
    best = next((f for f in chosen if _on(f)), None)
    if best is None or _OWN.search(best.file):
        return chosen or list(logged[:1])
    for said in logged:
        if said.unit == best.unit and said.value != best.value:
            return [msgspec.structs.replace(said, status="read"), *chosen]
    return chosen


def against(a: Found, b: Found) -> bool:
    """Whether two facts of one factor count the same thing and differ."""
    same = a.unit == b.unit or (a.fact == "batch-size" and "" in {a.unit, b.unit})
    return same and not _equal(a.value, b.value)


def _on(fact: Found) -> bool:
    """Whether a fact of a factor with a number has one that is switched on."""
    if fact.fact in NUMBERS - {"weight-decay", "warmup", "gradient-clipping"}:
        return is_number(fact.value) and fact.value > 0
    return fact.value is not None


def merged_ideas(readings: Sequence[Reading]) -> list[FoundIdea]:
    """Each idea once a site, sorted; what was read beats what was inferred, and the first file given beats the next."""
    best: dict[tuple[str, str], FoundIdea] = {}
    for reading in readings:
        for idea in reading.ideas:
            key = (idea.site, idea.idea)
            if key not in best or WEIGHT[idea.status] > WEIGHT[best[key].status]:
                best[key] = idea
    return [best[k] for k in sorted(best)]


def across(readings: Sequence[Reading]) -> list[Reading]:
    """The readings, with what contradicts an earlier file named in the later one."""
    out: list[Reading] = []
    sizes: dict[tuple[str, str, str], Found] = {}
    presence: dict[tuple[str, str], tuple[FoundIdea, str]] = {}
    for reading in readings:
        odd = [*_sizes_against(reading, sizes), *_ideas_against(reading, presence)]
        out.append(msgspec.structs.replace(reading, contradictions=(*reading.contradictions, *odd)) if odd else reading)
    return out


def _sizes_against(reading: Reading, known: dict[tuple[str, str, str], Found]) -> Iterable[str]:
    own: dict[tuple[str, str, str], Found] = {}
    for fact in _numbers(reading):
        own[("factor", fact.unit, fact.fact)] = fact
    for fact in reading.found:
        unset = fact.fact in {"training-length", "batch-size"} and not _on(fact)  # -1 leaves it to another key
        if fact.status == "read" and reading.role in {"model", "settings"} and not unset:
            name = fact.fact if reading.role == "model" else fact.key.rpartition(".")[2]
            own.setdefault((reading.role, fact.site, name), fact)
    odd: dict[tuple[str, str], str] = {}
    for key, fact in own.items():
        others = [f for k, f in known.items() if k[0] == "factor" == key[0] and f.fact == fact.fact]
        other = next((f for f in others if against(f, fact)), None) if key[0] == "factor" else known.get(key)
        if other is not None and not _equal(other.value, fact.value):
            first = f"{other.file} says {other.key} = {short(other.value)}"
            words = f"{first}, {fact.file} says {fact.key} = {short(fact.value)}"
            odd.setdefault((fact.fact, other.file), words)
    for key, fact in own.items():
        known.setdefault(key, fact)
    return odd.values()


def _numbers(reading: Reading) -> Iterable[Found]:
    """Of each factor with one number, what the reading says of it, once for each way to count it."""
    if reading.role not in {"settings", "log"}:
        return
    rows = [*reading.found, *as_length(reading)] if reading.role == "log" else reading.found
    seen: set[tuple[str, str]] = set()
    for fact in sorted((f for f in rows if f.fact in NUMBERS), key=lambda f: rank_of(f.key)):
        plain = is_number(fact.value) and fact.status == "read" and _on(fact)
        if plain and tells_value(fact.fact, fact.key) and (fact.fact, fact.unit) not in seen:
            seen.add((fact.fact, fact.unit))
            yield fact


def _ideas_against(reading: Reading, known: dict[tuple[str, str], tuple[FoundIdea, str]]) -> Iterable[str]:
    for idea in reading.ideas:
        if idea.status != "read" or idea.present is None:
            continue
        key = (idea.site, idea.idea)
        other = known.get(key)
        if other is None:
            known[key] = (idea, reading.file)
        elif other[0].present != idea.present:
            words = {True: "there", False: "absent"}
            yield (
                f"{other[1]} says {idea.idea} is {words[bool(other[0].present)]}, "
                f"{reading.file} says it is {words[bool(idea.present)]}"
            )


def _equal(a: Json, b: Json) -> bool:
    return bool(a == b) or str(a) == str(b)
