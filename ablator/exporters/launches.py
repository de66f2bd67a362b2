"""Runs as lines of scripts, with the comments that a script begins with."""

import shlex
from collections.abc import Mapping

from ablator.core.elements import Json
from ablator.core.study import Study
from ablator.plan.commands import argument_words
from ablator.plan.freezing import record_lines
from ablator.plan.launches import Launches, run_words
from ablator.plan.types import Plan, Run

STAND_IN = "$TRAIN"
"""What scripts say where the study has no command: a variable of the shell, which the person sets."""


def shell_line(study: Study, run: Run) -> str:
    """One line of a shell script that starts a run; every word of it is quoted."""
    names = {"ABLATOR_RUN": run.run, "WANDB_NAME": run.run, "WANDB_TAGS": run.run}
    if run.seed is not None:
        names["ABLATOR_SEED"] = str(run.seed)
    words = run_words(study, run)
    command = shlex.join(words) if words else " ".join([STAND_IN, *map(shlex.quote, setting_texts(run.overrides))])
    return f"env {' '.join(f'{k}={shlex.quote(v)}' for k, v in names.items())} {command}"


def setting_texts(overrides: Mapping[str, Json]) -> list[str]:
    """`key=value` for each setting, by key, not quoted."""
    return argument_words("{overrides}", overrides, None)


def comment(text: str) -> str:
    """A comment of a script: one line, whatever the text holds."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f"# {clean}"


def head(study: Study, plan: Plan, found: Launches) -> list[str]:
    """The comments that a script begins with: the study, how many runs, what was frozen and what is left out."""
    lines = [comment(f"{study.info.name or 'Study'}: {len(found.runs)} runs, planned by Ablator")]
    lines += [comment(line) for line in record_lines(study, plan)]
    lines += [comment(f"left out: {name}: {why}") for name, why in found.left_out]
    if not study.info.command:
        lines.append(comment("The study has no command: set TRAIN, as in TRAIN='python train.py'."))
    return lines
