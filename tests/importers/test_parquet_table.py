"""Parquet tables of results: read by pyarrow where it is there, refused in one clear line where it is not."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from ablator.core.errors import BadInput
from ablator.importers.results_csv import has_runs, read_results_csv

needs_pyarrow = pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="pyarrow is not installed")


def written(path: Path, columns: dict[str, list[Any]]) -> Path:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(arrow.table(columns), path)
    return path


def test_without_pyarrow_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    table = tmp_path / "results.parquet"
    table.write_bytes(b"PAR1 and the rest")
    assert has_runs(table)
    with pytest.raises(BadInput, match=r"pyarrow, which is not installed.*ablator-desktop\[parquet\]"):
        read_results_csv(table, "loss")


@needs_pyarrow
def test_a_table_gives_the_rows_that_its_csv_gives(tmp_path: Path) -> None:
    columns: dict[str, list[Any]] = {
        "run": ["tune-a/sweep/t1", "tune-a/sweep/t2", "tune-a/sweep/t3"],
        "eval.loss": [0.1 + 0.2, None, float("nan")],
        "note": ["so, so", "=1+1", ""],
        "curve": [[1.0], [2.0], []],
    }
    found = read_results_csv(written(tmp_path / "r", columns), "eval.loss")
    assert [(r.run, r.state) for r in found.rows] == [("tune-a/sweep/t1", "done"), ("tune-a/sweep/t3", "diverged")]
    assert found.rows[0].metrics == {"eval.loss": 0.1 + 0.2}


@needs_pyarrow
def test_what_is_cut_short_or_too_large_is_refused(tmp_path: Path) -> None:
    whole = written(tmp_path / "r.parquet", {"run": ["a/b/t1"], "m": [1.0]}).read_bytes()
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(whole[:-20])
    with pytest.raises(BadInput, match="damaged"):
        read_results_csv(cut)
    large = written(tmp_path / "large.parquet", {"run": ["a/b/t1"] * 1_100_000, "m": [1.0] * 1_100_000})
    with pytest.raises(BadInput, match="cells"):
        read_results_csv(large)
    long = written(tmp_path / "long.parquet", {"run": ["x" * 3_000_000] * 20, "m": [1.0] * 20})
    with pytest.raises(BadInput, match="longer than"):
        read_results_csv(long)
