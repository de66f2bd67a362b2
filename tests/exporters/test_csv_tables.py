"""The tables: RFC 4180, inert in a spreadsheet, and restored when they come back."""

import csv
import io

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ablator.core.study import Study
from ablator.exporters.csv_tables import PLAN_COLUMNS, RUN_COLUMNS, plan_csv, runs_csv
from ablator.files.cells import restore_cell
from ablator.importers.csv_source import load_csv
from ablator.plan.planner import plan
from tests.strategies import studies

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12) | st.sampled_from(
    ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "'=1", "''", "'", '"a", b', "a\r\nb", "=cmd|' /C calc'!A0"]
)


@given(studies())
def test_a_row_a_step_and_a_row_a_run(study: Study) -> None:
    found = plan(study)
    rows = list(csv.reader(io.StringIO(plan_csv(found), newline=""), strict=True))
    assert tuple(rows[0]) == PLAN_COLUMNS
    assert [r[2] for r in rows[1:]] == [s.id for s in found.steps]
    assert all(len(r) == len(PLAN_COLUMNS) for r in rows)
    of_runs = list(csv.reader(io.StringIO(runs_csv(found, ["accuracy", "loss"]), newline=""), strict=True))
    assert tuple(of_runs[0]) == (*RUN_COLUMNS, "accuracy", "loss")
    assert [r[0] for r in of_runs[1:]] == [r.run for r in found.runs]
    assert all(msgspec.json.decode(r[5]) == run.overrides for r, run in zip(of_runs[1:], found.runs, strict=True))
    assert abs(sum(float(r[11]) for r in rows[1:]) - sum(float(r[7]) for r in of_runs[1:])) < 1e-6


@given(studies(largest=4), st.lists(texts, min_size=4, max_size=4))
def test_hostile_texts_are_inert_and_restored(study: Study, words: list[str]) -> None:
    found = plan(study)
    steps = tuple(
        msgspec.structs.replace(s, question=words[0], why=words[1], reason=words[2], element=words[3])
        for s in found.steps
    )
    text = plan_csv(msgspec.structs.replace(found, steps=steps))
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    for row in rows:
        for cell in row.values():
            assert cell[:1] not in tuple("=+-@\t\r")
        shown = [restore_cell(row[c]) for c in ("question", "why", "reason", "element")]
        assert shown == words


@given(studies(largest=6))
def test_the_importer_reads_it_back(study: Study) -> None:
    found = plan(study)
    if not found.steps:
        return
    table = load_csv(plan_csv(found).encode(), "plan.csv")
    at = table.head.index("step")
    assert [r[at] for r in table.rows] == [s.id for s in found.steps]
