"""Results in CSV: delimiters, decimal commas, guarded cells, and lines in every refusal."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ablator.core.errors import BadInput
from ablator.files.cells import restore_cell, safe_cell
from ablator.importers.csv_source import load_csv
from ablator.importers.results_csv import Results, read_results_csv


def results(folder: Path, text: str) -> Results:
    path = folder / "r.csv"
    path.write_text(text, encoding="utf-8")
    return read_results_csv(path)


def test_plain(tmp_path: Path) -> None:
    r = results(tmp_path, "run,seed,eval_loss,accuracy\r\na/base/s1,1,2.5,0.4\r\na/base/s2,2,2.6,\r\n")
    assert r.metrics == ("eval_loss", "accuracy")
    assert [(x.run, x.seed, x.line) for x in r.rows] == [("a/base/s1", 1, 2), ("a/base/s2", 2, 3)]
    assert r.rows[1].metrics == {"eval_loss": 2.6}


def test_decimal_commas_beside_the_points_of_the_runs_table(tmp_path: Path) -> None:
    r = results(tmp_path, "run;cost_hours;status;eval_loss\nx;0.1026;planned;2,51\ny;0.1026;planned;\n")
    assert [x.metrics for x in r.rows] == [{"eval_loss": 2.51}]


def test_semicolons_with_decimal_commas(tmp_path: Path) -> None:
    r = results(tmp_path, "run;accuracy\nx;0,93\ny;1,5e-1\n")
    assert (r.delimiter, r.decimal) == (";", ",")
    assert [x.metrics["accuracy"] for x in r.rows] == [0.93, 0.15]


def test_the_separator_line_of_excel(tmp_path: Path) -> None:
    r = results(tmp_path, "sep=;\nrun;acc\nx;0,5\n")
    assert [(x.run, x.line, x.metrics) for x in r.rows] == [("x", 3, {"acc": 0.5})]


def test_runs_called_na_are_runs(tmp_path: Path) -> None:
    assert [x.run for x in results(tmp_path, "run,acc\nNA,1\nnull,2\n").rows] == ["NA", "null"]


def test_unfinished_rows_are_left_out_and_broken_ones_diverged(tmp_path: Path) -> None:
    r = results(tmp_path, "run,status,acc\na,ready,\nb,done,nan\nc,failed,\nd,done,0.5\n")
    assert [(x.run, x.state, x.metrics) for x in r.rows] == [
        ("b", "diverged", {}),
        ("c", "failed", {}),
        ("d", "done", {"acc": 0.5}),
    ]


@pytest.mark.parametrize(
    ("text", "words", "place"),
    [
        ("step,acc\na,1\n", "no column `run`", ":1"),
        ("run\na\n", "no metric", ":1"),
        ("run,acc\na,1\na,2\n", "line 2 already", ":3"),
        ("run,acc\na,much\n", "no number", ":2"),
        ("run,acc\na,1,2\n", "3 cells", ":2"),
        ("run,acc\n", "a head and no rows", ":1"),
        ("run,acc,status\na,1,dine\n", "status 'dine'", ":2"),
        ("run,acc,seed\na,1,\nb,1,1.5\n", "seed is '1.5'", ":3"),
        ("run,acc,seed\na,1,-1\n", "seed is '-1'", ":2"),
        ("run,acc,seed\na,1,one\n", "seed is 'one'", ":2"),
        ("run,acc,acc\na,1,2\n", "twice", ":1"),
        ('run,acc\n"a,1\n', "does not end", ":2"),
        ("run,acc\n,1\n", "names no run", ":2"),
        ("", "empty", ":1"),
    ],
)
def test_refusals_name_the_line(tmp_path: Path, text: str, words: str, place: str) -> None:
    with pytest.raises(BadInput, match=words) as wrong:
        results(tmp_path, text)
    assert wrong.value.place == f"{tmp_path / 'r.csv'}{place}"


def test_columns_of_words_are_passed_over_with_a_note(tmp_path: Path) -> None:
    r = results(tmp_path, "run,model_name,acc,note,later\nx,big,0.5,good,\ny,small,0.6,,\n")
    assert r.metrics == ("acc", "later")
    assert [x.metrics for x in r.rows] == [{"acc": 0.5}, {"acc": 0.6}]
    assert r.notes == ("passed over, since no cell is a number: model_name, note",)


def test_the_metric_of_the_study_is_never_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("run,acc,loss\na,much,1\n", encoding="utf-8")
    with pytest.raises(BadInput, match="acc is 'much'"):
        read_results_csv(path, "acc")


def test_another_metric_that_broke_does_not_take_the_value_of_the_studys(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("run,acc,ratio\na,0.5,nan\nb,nan,0.1\nc,,inf\n", encoding="utf-8")
    assert [x.state for x in read_results_csv(path, "acc").rows] == ["done", "diverged", "diverged"]


@given(st.text(max_size=20))
def test_a_guarded_cell_comes_back(text: str) -> None:
    assert restore_cell(safe_cell(text)) == text
    assert safe_cell(text)[:1] not in set("=+-@\t\r\0")


@given(st.binary(max_size=300))
def test_any_bytes_give_a_table_or_one_line(data: bytes) -> None:
    try:
        table = load_csv(data, "r.csv")
    except BadInput as wrong:
        problem = str(wrong)
        assert problem.startswith("r.csv")
        return
    assert all(len(row) == len(table.head) for row in table.rows)
