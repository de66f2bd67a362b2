"""Optuna studies and MLflow runs, from databases, journals and files: one run of many, told without the programs."""

import json
import sqlite3
from pathlib import Path

import pytest

from ablator.core.errors import BadInput
from ablator.importers.build import Options, study_from_files
from ablator.importers.found import Reading
from ablator.importers.sources import read_file, read_source

LR = '{"name": "FloatDistribution", "attributes": {"low": 1e-05, "high": 0.1, "log": true}}'
ACT = '{"name": "CategoricalDistribution", "attributes": {"choices": ["relu", "gelu"]}}'


def facts(reading: Reading) -> dict[str, object]:
    return {f.fact: f.value for f in reading.found if f.fact != "searched"}


def optuna(path: Path, direction: str = "MINIMIZE") -> Path:
    base = sqlite3.connect(path)
    base.executescript(
        "create table studies (study_id integer, study_name text);"
        "create table study_directions (study_id integer, direction text, objective integer);"
        "create table trials (trial_id integer, number integer, study_id integer, state text, datetime_start text,"
        " datetime_complete text);"
        "create table trial_params (trial_id integer, param_name text, param_value real, distribution_json text);"
        "create table trial_values (trial_id integer, objective integer, value real, value_type text);"
    )
    base.execute("insert into studies values (1, 'mine'), (2, 'empty')")
    base.execute("insert into study_directions values (1, ?, 0)", (direction,))
    for number, (rate, loss) in enumerate([(1e-5, 3.0), (1e-4, 2.0), (1e-3, 1.5), (1e-2, 1.2), (0.09, 1.0)]):
        times = ("2024-01-01 00:00:00", "2024-01-01 02:00:00")
        base.execute("insert into trials values (?, ?, 1, 'COMPLETE', ?, ?)", (number + 1, number, *times))
        base.execute("insert into trial_params values (?, 'lr', ?, ?)", (number + 1, rate, LR))
        base.execute("insert into trial_params values (?, 'activation', 1.0, ?)", (number + 1, ACT))
        base.execute("insert into trial_values values (?, 0, ?, 'FINITE')", (number + 1, loss))
    base.execute("insert into trials values (9, 5, 1, 'FAIL', null, null)")
    base.commit()
    base.close()
    return path


def test_the_best_trial_tells_the_settings(tmp_path: Path) -> None:
    path = optuna(tmp_path / "s.db")
    before = path.read_bytes()
    r = read_file(path, "s.db")
    assert r.format == "Optuna study"
    assert (facts(r)["learning-rate"], facts(r)["last.objective"], facts(r)["hours_per_run"]) == (0.09, 1.0, 2.0)
    assert r.settings["activation"] == "gelu"
    assert any(f.value == "1e-05 to 0.1, logarithmic" for f in r.found if f.fact == "searched")
    assert any("other studies" in u and "empty" in u for u in r.unknown)
    assert any("1 of 6 trials failed" in u for u in r.unknown)
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["s.db"]


def test_a_search_shows_what_its_trials_say_together(tmp_path: Path) -> None:
    study = study_from_files([optuna(tmp_path / "s.db")], Options()).study
    assert (study.info.metric, study.info.goal, study.info.baseline) == ("objective", "min", 1.0)
    row = study.evidence["symptom-best-value-at-edge"]
    assert row.strength == 1.0
    best = study_from_files([optuna(tmp_path / "t.db", "MAXIMIZE")], Options()).study
    assert (best.info.goal, best.info.baseline) == ("max", 3.0)


def test_a_journal_tells_the_same(tmp_path: Path) -> None:
    rows = [
        {"op_code": 0, "study_name": "mine", "directions": [2]},
        {"op_code": 4, "study_id": 0, "datetime_start": "2024-01-01T00:00:00"},
        {"op_code": 5, "trial_id": 0, "param_name": "lr", "param_value_internal": 0.01, "distribution": LR},
        {"op_code": 6, "trial_id": 0, "state": 1, "values": [0.9], "datetime_complete": "2024-01-01T01:00:00"},
        {"op_code": 4, "study_id": 0},
    ]
    path = tmp_path / "journal.log"
    path.write_text("\n".join(json.dumps(r) for r in rows) + '\n{"op_co', encoding="utf-8")
    r = read_file(path, "journal.log")
    assert (facts(r)["learning-rate"], facts(r)["last.objective"], r.goal) == (0.01, 0.9, "max")
    assert [t.state for t in r.trials] == ["done", "running"]


def test_mlflow_database(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    base = sqlite3.connect(path)
    base.executescript(
        "create table runs (run_uuid text, name text, status text, start_time integer, end_time integer,"
        " lifecycle_stage text);"
        "create table params (key text, value text, run_uuid text);"
        "create table metrics (key text, value real, timestamp integer, run_uuid text, step integer, is_nan integer);"
        "insert into runs values ('a', 'long', 'FINISHED', 1000, 3601000, 'active'),"
        " ('b', 'short', 'FAILED', 1, 2, 'active'), ('c', 'gone', 'FINISHED', 1, 2, 'deleted');"
        "insert into params values ('lr', '0.01', 'a'), ('batch_size', '64', 'a'), ('lr', '9', 'b');"
        "insert into metrics values ('val_loss', 0.5, 1, 'b', 0, 0);"
    )
    for step in range(3):
        base.execute("insert into metrics values ('val_loss', ?, 1, 'a', ?, 0)", (1.0 - step / 10, step))
    base.commit()
    base.close()
    r = read_file(path, "mlflow.db")
    assert (facts(r)["learning-rate"], facts(r)["batch-size"], facts(r)["hours_per_run"]) == (0.01, 64, 1.0)
    assert r.log is not None
    assert r.log.series["eval_loss"].values[-1] == pytest.approx(0.8)
    assert any("other runs: 1 of" in u and "short" in u for u in r.unknown)
    assert r.name == "long"


def test_mlflow_files(tmp_path: Path) -> None:
    for run, count in (("aaa", 2), ("bbb", 4)):
        home = tmp_path / "mlruns" / "0" / run
        (home / "metrics" / "val").mkdir(parents=True)
        (home / "params").mkdir()
        (home / "meta.yaml").write_text(f"run_name: {run}\nstart_time: 1\nstatus: 3\n", encoding="utf-8")
        (home / "params" / "lr").write_text("0.5" if run == "aaa" else "0.1", encoding="utf-8")
        lines = "".join(f"{i} {1 - i / 10} {i}\n" for i in range(count))
        (home / "metrics" / "val" / "loss").write_text(lines, encoding="utf-8")
    (r,) = [r for r in read_source(str(tmp_path)) if r.format == "MLflow run"]
    assert (r.name, facts(r)["learning-rate"]) == ("bbb", 0.1)
    assert r.log is not None
    assert r.log.series["eval_loss"].steps == (0.0, 1.0, 2.0, 3.0)


def test_other_databases_are_refused_by_their_tables(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    base = sqlite3.connect(path)
    base.execute("create table songs (a)")
    base.commit()
    base.close()
    with pytest.raises(BadInput, match="songs"):
        read_file(path, "x.db")
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(BadInput, match="cannot be read"):
        read_file(path, "x.db")


def test_a_view_is_never_asked(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    base = sqlite3.connect(path)
    base.executescript(
        "create view trials as with recursive n(i) as (select 1 union all select i + 1 from n)"
        " select i as trial_id, i as study_id, i as state from n; create table studies (study_id, study_name);"
    )
    base.close()
    with pytest.raises(BadInput, match="neither a study"):
        read_file(path, "x.db")


def test_collected_studies_open(shared: Path) -> None:
    paths = sorted((shared / "data/inputs/logs").glob("*.db"))
    assert len(paths) == 6
    for path in paths:
        assert read_file(path, path.name).trials
