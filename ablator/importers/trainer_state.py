"""The log of a Hugging Face Trainer: its curves, how long it ran, and where its metrics stand at the end."""

import math
from collections.abc import Mapping
from typing import Any

from ablator.diagnose.log import Log, as_value, series_from
from ablator.importers.found import Found, Reading

FORMAT = "Hugging Face trainer_state.json"
SUMMARY = ("train_runtime", "train_samples_per_second", "train_steps_per_second", "train_loss", "total_flos")
DONE = 0.98
"""Share of the plan from which a run counts as finished."""


def looks_like_trainer_state(config: Any) -> bool:
    """Whether an object is a trainer state: it has a log history of rows."""
    return isinstance(config, dict) and isinstance(config.get("log_history"), list)


def read_trainer_state(config: Mapping[str, Any], file: str) -> Reading:
    """Length, last evaluation and runtime as facts, `last.NAME` for each metric of the last evaluation row, the log."""
    rows = [r if isinstance(r, dict) else {} for r in config["log_history"]]
    found: list[Found] = []
    for key in ("max_steps", "num_train_epochs", "global_step", "best_metric"):
        if _number(config.get(key)):
            found.append(Found(key, config[key], file, key))
    evaluations = [(i, r) for i, r in enumerate(rows) if any(k.startswith("eval_") for k in r)]
    if evaluations:
        index, last = evaluations[-1]
        for key in sorted(last):
            if key.startswith("eval_") and _number(last[key]) and not key.endswith(("_runtime", "_per_second")):
                found.append(Found(f"last.{key}", last[key], file, f"log_history/{index}/{key}"))
    hours = sum(r["train_runtime"] for r in rows if _number(r.get("train_runtime"))) / 3600
    if hours > 0:
        found.append(Found("hours_per_run", round(hours, 4), file, "train_runtime"))
    unknown = () if any(rows) else ("the log holds no rows yet",)
    return Reading(
        file=file, format=FORMAT, role="log", found=tuple(found), unknown=unknown, log=trainer_log(config, file)
    )


def trainer_log(config: Mapping[str, Any], file: str) -> Log:
    """The curves of a trainer state. Without a summary row, a state before its last step may be a snapshot."""
    rows = [r if isinstance(r, dict) else {} for r in config["log_history"]]
    series, restarts = series_from(rows, skip=SUMMARY)
    planned, done = _positive(config.get("max_steps")), _positive(config.get("global_step"))
    if done is None and series:
        done = max(s.steps[-1] for s in series.values())
    summed = any("train_runtime" in r for r in rows)
    finished: bool | None = None
    if planned and done is not None and done >= DONE * planned:
        finished = True
    elif planned and summed:
        finished = False
    return Log(
        file=file,
        series=series,
        rows=len(rows),
        planned_steps=planned,
        done_steps=done,
        finished=finished,
        restarts=restarts,
        trainable=_positive(config.get("trainable_params")),
        hides_nan=True,
    )


def _positive(value: Any) -> float | None:
    number = as_value(value)
    return number if number is not None and math.isfinite(number) and number > 0 else None


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
