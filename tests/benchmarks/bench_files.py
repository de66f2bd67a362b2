"""Opening, saving, merging and comparing large studies, against json: `python tests/benchmarks/bench_files.py`."""

import json
import statistics
import sys
import time
from collections.abc import Callable

import msgspec

from ablator.app.comparison import compare
from ablator.core.elements import Element, Evidence, Info, Relation
from ablator.core.study import Study, study_from
from ablator.files.merge import merge_studies
from ablator.files.study_file import decode, encode
from ablator.files.study_text import Document

ROUNDS = 7


def large_study(ideas: int = 10_000, relations: int = 13_000) -> Study:
    """A study of that size; every idea stands on one before it."""
    rows = [
        Element(
            id=f"idea-{i}",
            lane="instantiation",
            kind="idea",
            name=f"Idea number {i}",
            slot="token_mixing" if i % 7 == 0 else None,
            status="read",
            parameters=i * 4096,
            parameter_share=i / ideas,
            from_=("config.json: hidden_size",),
            prior=0.01 + i % 10 / 100,
            cost_runs=1.5,
        )
        for i in range(ideas)
    ]
    edges = [
        Relation(source=f"idea-{i % ideas}", target=f"idea-{i % ideas // (2 + i // ideas)}", kind="requires")
        for i in range(1, relations + 1)
        if i % ideas
    ]
    facts = [Evidence(id=f"fact-{i}", kind="fact", name="batch_size", value=i) for i in range(100)]
    return study_from(Info(name="Large", metric="loss"), rows, edges, facts)


def timed(*calls: Callable[[], object]) -> list[float]:
    """Median milliseconds of processor time of each call, taken in turns."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for i, call in enumerate(calls):
            start = time.process_time()
            call()
            taken[i].append(1000 * (time.process_time() - start))
    return [statistics.median(t) for t in taken]


def main() -> None:
    study = large_study()
    data = encode(study)
    plain = json.loads(data)
    ours, theirs, typed = timed(
        lambda: decode(data, "large"), lambda: json.loads(data), lambda: msgspec.json.decode(data, type=Document)
    )
    sys.stdout.write(
        f"open {len(study.elements)} + {len(study.relations)}, {len(data):,} bytes: {ours:.1f} ms, "
        f"{ours / theirs:.2f} × json.loads ({theirs:.1f}), {ours / typed:.2f} × msgspec typed ({typed:.1f})\n"
    )
    ours, theirs = timed(lambda: encode(study), lambda: json.dumps(plain, indent=1))
    sys.stdout.write(f"encode: {ours:.1f} ms, {ours / theirs:.2f} × json.dumps with indent ({theirs:.1f})\n")
    for size in ((1_000, 1_300), (10_000, 13_000)):
        base = large_study(*size)
        ours_study, theirs_study = (decode(encode(_touched(base, side)), side) for side in ("ours", "theirs"))
        merging, comparing = timed(
            lambda: merge_studies(base, ours_study, theirs_study),  # noqa: B023  # called at once
            lambda: compare(ours_study, theirs_study),  # noqa: B023
        )
        sys.stdout.write(f"merge of {size[0]} elements: {merging:.1f} ms; side by side: {comparing:.1f} ms\n")


def _touched(study: Study, side: str) -> Study:
    """One element in ten with another note, others for each side."""
    rows = dict(study.elements)
    for n, key in enumerate(sorted(rows)):
        if n % 10 == len(side) % 10:
            rows[key] = msgspec.structs.replace(rows[key], note=side)
    return msgspec.structs.replace(study, elements=rows)


if __name__ == "__main__":
    main()
