"""`ablator export`: one document, or a folder of files, in the format of another program."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ablator.cli import output
from ablator.cli.showing import load, planned
from ablator.core.errors import BadInput
from ablator.core.study import Study
from ablator.plan.types import Plan

GRAPHS = ("dot", "mermaid")
FOLDERS = ("hydra", "wandb")
"""Formats of many files."""
PICTURES = ("svg", "png", "pdf")
"""Painted by Qt, which is loaded for them alone."""
FORMATS = (
    "csv", "runs-csv", "graphml", "node-link", *GRAPHS, "markdown", "latex", "html", *FOLDERS, "optuna", "slurm",
    "shell", *PICTURES,
)  # fmt: skip


def add_commands(commands: Any, shared: argparse.ArgumentParser) -> None:
    """`export`."""
    export = commands.add_parser("export", parents=[shared], help="write a study's plan in another format")
    export.add_argument("study", metavar="STUDY")
    export.add_argument("--to", required=True, choices=FORMATS, metavar="FORMAT", help=", ".join(FORMATS))
    export.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="PATH",
        help="file to write, - for stdout; a folder for hydra, and for wandb unless it ends in .yaml",
    )
    export.add_argument("--force", action="store_true", help="replace files of a folder that are there already")
    export.add_argument("--json", action="store_true", help="say what was written as a JSON document")
    export.set_defaults(run=run_export)


def run_export(a: argparse.Namespace) -> int:
    """One document to a file or stdout, or a folder of files."""
    from ablator.files.atomic import save_bytes

    if a.output != "-":
        output.refuse_study(a.output, a.study)
    elif a.json:
        raise BadInput("stdout holds one document", place="export --json", mend="write the export to a file")
    study = load(a.study)
    if a.to == "hydra" or (a.to == "wandb" and not a.output.lower().endswith((".yaml", ".yml")) and a.output != "-"):
        from ablator.exporters import sweeps

        files = (sweeps.hydra if a.to == "hydra" else sweeps.wandb)(study, planned(study))
        _save_folder(a.output, files, a.force)
        return _written(a, [str(Path(a.output) / name) for name in files])
    if a.to in PICTURES:
        from ablator.cli.window import draw

        data = draw(study, planned(study), a.to)
        if a.output == "-":
            output.write_bytes(data)
        else:
            save_bytes(Path(a.output), data)
        return _written(a, [a.output])
    text = exported(study, a.to)
    if a.output == "-":
        output.write(text)
    else:
        save_bytes(Path(a.output), text.encode())
    return _written(a, [a.output])


def _written(a: argparse.Namespace, paths: list[str]) -> int:
    if a.json:
        output.write_json({"format": a.to, "paths": paths})
    return 0


def _save_folder(target: str, files: Mapping[str, str], force: bool) -> None:
    """Write files below a folder; those there already that differ are replaced only with `force`."""
    from ablator.files.atomic import save_bytes

    folder = Path(target)
    if target == "-" or (folder.exists() and not folder.is_dir()):
        what = "a folder does not fit on stdout" if target == "-" else "it is no folder"
        raise BadInput(what, place=target, mend="name a folder to write the files into")
    if not folder.absolute().parent.is_dir():
        raise BadInput("there is no such file or folder", place=str(folder.parent), mend="make the folder first")
    for name, text in files.items():
        path = folder / name
        if not force and path.exists() and (not path.is_file() or path.read_bytes() != text.encode()):
            raise BadInput("another file is there", place=str(path), mend="name another folder, or say --force")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        save_bytes(path, text.encode())


def exported(study: Study, to: str) -> str:
    """The study's plan or graph as one document; a graph is planned only where deviations from a freeze are named."""
    if to in GRAPHS:
        from ablator.exporters.dot import dot
        from ablator.exporters.mermaid import mermaid
        from ablator.plan.freezing import freezes, record_lines

        notes = record_lines(study, planned(study)) if freezes(study) else []
        return (dot if to == "dot" else mermaid)(study, notes)
    plan = planned(study)
    if to in {"csv", "runs-csv"}:
        from ablator.exporters.csv_tables import metrics_of, plan_csv, runs_csv

        return plan_csv(plan) if to == "csv" else runs_csv(plan, metrics_of(study))
    return _writer(to)(study, plan)


def _writer(to: str) -> Callable[[Study, Plan], str]:
    from ablator.exporters import graphml, html_page, latex, markdown, node_link, scripts, sweeps

    return {
        "graphml": graphml.graphml,
        "node-link": node_link.node_link,
        "markdown": markdown.markdown,
        "latex": latex.latex,
        "html": html_page.html,
        "wandb": sweeps.wandb_whole,
        "optuna": scripts.optuna,
        "slurm": scripts.slurm,
        "shell": scripts.shell,
    }[to]
