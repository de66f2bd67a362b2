"""SQLite files of experiment trackers: whose a database is, told by its tables."""

from pathlib import Path

from ablator.core.errors import BadInput
from ablator.importers.found import Reading
from ablator.importers.log_mlflow import mlflow_tables, read_mlflow_tables
from ablator.importers.log_optuna import optuna_tables, read_optuna_tables
from ablator.importers.sqlite_tables import opened


def read_sqlite(path: Path, name: str) -> Reading:
    """What a tracker's database tells. Raises BadInput for any other."""
    with opened(path) as tables:
        if optuna_tables(tables):
            return read_optuna_tables(tables, name, str(path))
        if mlflow_tables(tables):
            return read_mlflow_tables(tables, name, str(path))
        known = ", ".join(sorted(tables.columns)[:5]) or "none"
    raise BadInput(
        f"this SQLite database is neither a study of Optuna nor a store of MLflow (its tables: {known})"[:300],
        place=str(path),
        mend="hand in a training log",
    )
