"""Planning against its limits in one run: `python tests/benchmarks/bench_plan.py`. Prints ratios, fails on none."""

import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from ablator.core.elements import Decision, Info
from ablator.core.study import Study, study_from
from ablator.files.study_file import save_study
from ablator.library import library
from ablator.library.elements import element_for, relations_for
from ablator.plan.order import order
from ablator.plan.planner import plan

ROUNDS = 5
PEER = [sys.executable, "-c", "import networkx, scipy.special"]


def large_study(sites: int) -> Study:
    """Every factor and claim of the library once, and its ideas at so many sites."""
    known = library()
    rows = [element_for(i) for i in (*known.factors, *known.claims)]
    for n in range(sites):
        rows += [e for i in known.ideas if (e := element_for(i, site=f"s{n}")).kind == "idea"]
    by_id = {e.id: e for e in rows}
    return study_from(Info(metric="m"), by_id.values(), relations_for(by_id.values()))


def jobs(n: int, dense: float) -> tuple[list[float], list[float], list[list[int]]]:
    """Random steps: skewed probabilities, costs over three decades, a sparse precedence."""
    rng = random.Random(n)
    return (
        [rng.random() ** 3 for _ in range(n)],
        [10 ** rng.uniform(-2, 1) for _ in range(n)],
        [[i for i in range(j) if rng.random() < dense] for j in range(n)],
    )


def taken(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def side_by_side(ours: Callable[[], object], peer: Callable[[], object]) -> tuple[float, float]:
    """Medians of both, measured in turn."""
    pairs = [(taken(ours), taken(peer)) for _ in range(ROUNDS)]
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)


def main() -> None:
    """Print one line a measure."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.ablation"
        small = large_study(0)
        save_study(small, path)
        command = [sys.executable, "-m", "ablator", "plan", str(path), "--quiet"]
        ours, peer = side_by_side(lambda: subprocess.run(command, check=True), lambda: subprocess.run(PEER, check=True))
        print(f"ablator plan, {len(small.elements)} elements: {ours * 1e3:.0f} ms, {ours / peer:.2f} x the imports")
    for n, dense in ((300, 0.01), (3000, 0.001)):
        work = jobs(n, dense)
        print(f"order of {n} steps: {min(taken(lambda w=work: order(*w)) for _ in range(3)):.3f} s")  # type: ignore[misc]
    study = large_study(5)
    print(f"plan of {len(study.elements)} elements: {taken(lambda: plan(study)) * 1e3:.0f} ms at first")
    first = plan(study).steps[0]
    row = Decision(id="d-1", kind="verdict", step=first.id, element=first.element, verdict="fine", reason="seen")
    after = msgspec.structs.replace(study, decisions={row.id: row})
    print(f"after one verdict: {taken(lambda: plan(after)) * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
