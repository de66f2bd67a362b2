"""The command `watch`: records results as they appear in a folder."""

import argparse
import math
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ablator.cli import output
from ablator.core.errors import AblatorError, BadInput, ChangedOnDisk, one_line

if TYPE_CHECKING:
    from ablator.api import Study
    from ablator.core.elements import Evidence
    from ablator.importers.results_csv import Results
    from ablator.plan.types import Run

EVERY_S = 2.0
"""Seconds between two looks."""

QUIET_S = 5.0
"""So long a file must not have changed before it is taken: what is half written is no result."""

MOST = 20_000
"""Files of the folder that are looked at."""

Signature = tuple[int, int]
"""Size and time of a file: what changes either is read again."""


def add_commands(commands: Any, shared: argparse.ArgumentParser) -> None:
    """The command `watch`."""
    watch = commands.add_parser(
        "watch",
        parents=[shared],
        help="record results as they appear in a folder",
        description="Record results as they appear: logs in folders, or with names, that hold a run's id, tables with "
        "a `run` column, and stores of MLflow and Optuna. A file is taken once it has not changed for a while; taken "
        "again it changes nothing. Ctrl-C ends it.",
    )
    watch.add_argument("folder", metavar="FOLDER", help="where results appear")
    watch.add_argument("study", metavar="STUDY", help="the study that they belong to")
    watch.add_argument("--every", type=_positive, default=EVERY_S, metavar="SECONDS", help="pause between two looks")
    watch.add_argument(
        "--quiet-for", type=_positive, default=QUIET_S, metavar="SECONDS", help="rest of a complete file"
    )
    watch.add_argument("--once", action="store_true", help="take in what is there, and end")
    watch.add_argument("--json", action="store_true", help="print what was taken in as one JSON document at the end")
    watch.set_defaults(run=run_watch)


def run_watch(a: argparse.Namespace) -> int:
    """Until Ctrl-C, or with `--once` until no file is waited for any more."""
    folder, study = Path(a.folder), Path(a.study)
    if study.is_dir() and not folder.is_dir():
        folder, study = study, folder
    if not folder.is_dir():
        raise BadInput("this is no folder", place=str(folder), mend="name the folder in which results appear")
    watcher = Watcher(folder, study, a.quiet_for)
    try:
        watcher.look(a.quiet)
        if not a.once:
            output.note(f"watching {folder} for {study}; Ctrl-C ends it", a.quiet)
        while not (a.once and not watcher.waiting):
            time.sleep(min(a.every, a.quiet_for) if a.once else a.every)
            watcher.look(a.quiet)
    finally:
        if a.json:
            output.write_json({"runs": sorted(watcher.taken), "notes": watcher.notes})
    if a.once:
        output.note(f"{len(watcher.taken)} results taken in", a.quiet)
    return 0


class Watcher:
    """What was seen of a folder. A file's content is read once for each of its states, after it has come to rest."""

    def __init__(self, folder: Path, study: Path, quiet_s: float) -> None:
        from ablator.api import Study

        self.folder = folder
        self.study = study
        self.quiet_s = quiet_s
        self.taken: set[str] = set()
        self.notes: list[str] = []
        self._seen: dict[Path, tuple[Signature, float]] = {}
        self._read: dict[Path, Signature] = {}
        Study.open(study)  # a study that cannot be read is said at once

    @property
    def waiting(self) -> bool:
        """Whether there are files that have not come to rest yet."""
        return any(self._read.get(p) != s for p, (s, _) in self._seen.items())

    def look(self, quiet: bool = False) -> None:
        """Take in what has come to rest since the last look. Raises CannotAccess where the study cannot be written."""
        ready = self._rested()
        if not ready:
            return
        before = len(self.notes)
        for last in (False, False, True):
            try:
                names = self._take(ready)
                break
            except ChangedOnDisk:
                if last:
                    raise
        for path in ready:
            self._read[path] = self._seen[path][0]
        for name in names:
            output.note(f"{name}: taken in", quiet)
        for line in self.notes[before:]:
            output.note(line, quiet)
        self.taken.update(names)

    def _rested(self) -> list[Path]:
        """Files that were not read as they are now and have not changed for a while, in the order of their names."""
        now, present = time.monotonic(), {}
        for number, path in enumerate(self.folder.rglob("*")):
            if number >= MOST:
                self._say(f"{self.folder}: only the first {MOST:,} files are looked at")
                break
            signature = _signature(path)
            if signature is None or path == self.study or path.suffix == ".ablation":
                continue
            known = self._seen.get(path)
            if known is not None and known[0] == signature:
                present[path] = known
            else:
                age = time.time() - signature[1] / 1e9 if known is None else 0.0
                present[path] = (signature, now - max(age, 0.0))
        self._seen = present
        return sorted(p for p, (s, since) in present.items() if self._read.get(p) != s and now - since >= self.quiet_s)

    def _take(self, ready: list[Path]) -> list[str]:
        """Record what these files tell; the runs that are new or changed."""
        from ablator.api import Study
        from ablator.importers.results_log import files_by_run
        from ablator.plan.planner import all_runs

        study = Study.open(self.study)
        known = all_runs(study.value)
        planned = {key: run.overrides for key, run in known.items()}
        groups = files_by_run(self.folder, planned, [])
        unrested = {p for p, (s, _) in self._seen.items() if self._read.get(p) != s} - set(ready)
        rows: dict[str, Evidence] = {}
        done: set[Path] = set()
        for run, files in groups.items():
            done.update(files)
            if set(files) & set(ready) and not set(files) & unrested:  # else the last to rest brings it up again
                rows |= self._rows(study, known, files, run)
        for path in ready:
            if path not in done:
                rows |= self._rows(study, known, [path], "")
        new = {run: row for run, row in rows.items() if _differs(row, study)}
        if new:
            study.recorded(list(new.values()), label=f"Record {self.folder.name}").save()
        return sorted(new)

    def _rows(
        self, study: "Study", known: "Mapping[str, Run]", files: Iterable[Path], run: str
    ) -> "dict[str, Evidence]":
        """Evidence in the first of these files that has the metric; nothing of a log that says that it goes on."""
        from ablator.cli.deciding import evidence_in

        planned = {key: r.overrides for key, r in known.items()}
        for path in files:
            table = self._table(path, run, study.value.info.metric, planned)
            if table is None:
                continue
            for row in table.rows:
                if row.unfinished:
                    self._say(f"{row.run}: its log says that it goes on: taken once it ends, or by `ablator record`")
            whole = [r for r in table.rows if not r.unfinished and r.state != "running"]
            found, strangers = evidence_in(study, _only(table, whole), known, path.name)
            for name in strangers[:3]:
                self._say(f"{path}: {name} is no run of the plan; left out")
            if found:
                return {str(e.run): e for e in found}
        return {}

    def _table(self, path: Path, run: str, metric: str, planned: Mapping[str, Any]) -> "Results | None":
        from ablator.importers.results_csv import has_runs, read_results_csv
        from ablator.importers.results_log import read_results_log

        try:
            if not run and path.suffix.lower() in {".csv", ".tsv"} and has_runs(path):
                return read_results_csv(path, metric)
            return read_results_log(path, metric, planned, run)
        except AblatorError as wrong:
            if not run and path.suffix.lower() in {".csv", ".db", ".sqlite", ".jsonl"}:
                self._say(f"{path}: not taken: {wrong.what}")
            return None

    def _say(self, line: str) -> None:
        line = one_line(line)
        if line not in self.notes:
            self.notes.append(line)


def _only(table: "Results", rows: list[Any]) -> "Results":
    import msgspec

    return msgspec.structs.replace(table, rows=tuple(rows))


def _differs(row: "Evidence", study: "Study") -> bool:
    """Whether a row says anything that is not on record: who said it and when does not count."""
    held = study.value.evidence.get(row.id)
    return held is None or (held.metrics, held.state) != (row.metrics, row.state)


def _signature(path: Path) -> Signature | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    import stat

    return (found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) and found.st_size else None


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return number
