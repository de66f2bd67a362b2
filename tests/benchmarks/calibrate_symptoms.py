"""How much of the symptom table labelled cases support: `python tests/benchmarks/calibrate_symptoms.py CASES COSTS`.

CASES holds a folder a case (config.json, training_args.json, trainer_state.json, truth.json) and truth_map.yaml; COSTS
is a JSON of typical costs by element. Likelihoods are blended with the counts of all kinds of fault but the one that is
scored (leave one kind out), so a gain can only come from what carries over to kinds never seen. Nothing is written.
"""

import json
import statistics
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
import yaml

from ablator.core.study import Study, study_from
from ablator.diagnose.evidence import ratios
from ablator.importers.build import Options, study_from_files
from ablator.library import library
from ablator.library.types import Symptom
from ablator.plan.planner import posterior

FILES = ("config.json", "training_args.json", "trainer_state.json")
WORTH = 25.0
"""Cases that a judged probability is worth."""


class Case(msgspec.Struct, frozen=True):
    """One labelled run: kind of fault, accepted culprits, the study, and the weight of each judged symptom."""

    kind: str
    accepted: frozenset[str]
    study: Study
    seen: dict[str, float]


def cases(folder: Path) -> list[Case]:
    """Every labelled case but the healthy ones."""
    truth = yaml.safe_load((folder / "truth_map.yaml").read_text())["faults"]
    out = []
    for case in sorted(p for p in folder.iterdir() if (p / "truth.json").exists()):
        kind = json.loads((case / "truth.json").read_text())["fault"]
        accepted = frozenset(a.rpartition(":")[2] for a in truth[kind]["accepted"])
        if accepted:
            study = study_from_files([case / f for f in FILES], Options(metric="eval_loss", goal="min")).study
            rows = [r for r in study.evidence.values() if r.kind == "symptom" and r.name in library().symptoms]
            out.append(Case(kind, accepted, study, {r.name: r.strength or 0.0 for r in rows}))
    return out


def key_of(symptom: Symptom, kind: str, accepted: Iterable[str]) -> list[str]:
    """The table's keys that a kind of fault speaks about; of a factor's directions the one that the kind names."""
    words = set(kind.split("_")) - {"too"}
    keys = []
    for key in symptom.likelihood:
        culprit, _, mode = key.rpartition(":")[2].partition("/")
        if culprit in accepted and (not mode or words & set(mode.split("-"))):
            keys.append(key)
    return keys


def blended(symptom: Symptom, known: Iterable[Case]) -> Symptom:
    """The symptom's row with the counts of these cases beside the judged numbers."""
    counts: dict[str, list[float]] = {}
    for case in known:
        if symptom.id in case.seen:
            for key in key_of(symptom, case.kind, case.accepted) or ["other"]:
                row = counts.setdefault(key, [0.0, 0.0])
                row[0] += case.seen[symptom.id] >= 0.5
                row[1] += 1
    table = {k: _blend(p, counts.get(k)) for k, p in symptom.likelihood.items()}
    return msgspec.structs.replace(symptom, likelihood=table, other=_blend(symptom.other, counts.get("other")))


def _blend(judged: float, count: list[float] | None) -> float:
    hits, n = count or (0.0, 0.0)
    return min(max((judged * WORTH + hits) / (WORTH + n), 0.002), 0.995)


def paid(case: Case, table: Mapping[str, Symptom], cost: Mapping[str, float]) -> float:
    """Runs paid until an accepted culprit, by posterior per cost."""
    elements = tuple(sorted(case.study.elements))
    evidence = [
        msgspec.structs.replace(r, value=ratios(table[r.name], case.seen[r.name], elements))
        if r.name in case.seen
        else r
        for r in case.study.evidence.values()
    ]
    beliefs = posterior(study_from(case.study.info, case.study.elements.values(), (), evidence))
    total = 0.0
    for key in sorted(beliefs, key=lambda k: (-beliefs[k].p / max(cost.get(k, 1.0), 1e-6), k)):
        total += cost.get(key, 1.0)
        if key in case.accepted:
            break
    return total


def main(folder: Path, costs: Path) -> None:
    """Print the cost by the judged table and by the blended one, and the rows that the cases contradict most."""
    known, cost = cases(folder), json.loads(costs.read_text())["cost"]
    judged = library().symptoms
    before, after = [], []
    for kind in sorted({c.kind for c in known}):
        table = {k: blended(s, [c for c in known if c.kind != kind]) for k, s in judged.items()}
        for case in (c for c in known if c.kind == kind):
            before.append(paid(case, judged, cost))
            after.append(paid(case, table, cost))
    means = statistics.mean(before), statistics.mean(after)
    print(f"{len(known)} cases: judged {means[0]:.2f} runs, leave-one-kind-out {means[1]:.2f}")
    moved = []
    for name, symptom in judged.items():
        row = blended(symptom, known)
        for key, p in [*symptom.likelihood.items(), ("other", symptom.other)]:
            new = row.other if key == "other" else row.likelihood[key]
            moved.append((abs(new - p), f"{name:36s} {key:32s} {p:.3f} -> {new:.3f}"))
    supported = sum(1 for difference, _ in moved if difference > 0)
    print(f"{supported} of {len(moved)} probabilities have a case that speaks about them; moved most:")
    for _, line in sorted(moved, reverse=True)[:15]:
        print("  " + line)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
