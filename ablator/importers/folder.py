"""Which files of a run folder are read: counted before any is opened, of checkpoints the newest."""

import os
import re
from pathlib import Path

import msgspec

MAX_ENTRIES = 20_000
"""Names that are looked at below one folder."""

MAX_FILES = 200
"""Files that are read."""

DEEP = 5
"""How many folders below the one given a run's own records are looked for; anything else in the first two."""

NAMES = (
    *(".json", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".py", ".sh", ".slurm", ".sbatch", ".gin", ".jsonnet"),
    *(".jsonl", ".csv", ".tsv", ".safetensors", ".onnx", ".keras", ".h5", ".wandb", ".db", ".sqlite", ".sqlite3"),
)
"""How the names end of files that are read."""

_OWN = re.compile(
    r"tfevents|^(trainer_state|training_args|all_results|train_results|eval_results|wandb-summary|args|hparams)\.\w+$|"
    r"^(metrics|results|history|log|progress)\.(csv|jsonl?)$|\.wandb$|^config\.(yaml|json)$|^model\.safetensors(\.index"
    r"\.json)?$|^(optuna_)?journal.*\.log$|^opt(ions)?\.txt$|^args\.txt$|^hparams\.txt$|^(optuna|mlflow).*\.db$|"
    r"^adapter_config\.json$"
)
"""Names that runs themselves write, however deep they lie."""

PRINTED = re.compile(
    r"(?:^|[/\\])(?:(?:train|training|output|out|log|run|stdout|console|nohup)[\w-]*|slurm-\d[\w-]*)\.(?:log|out|txt)$"
)
"""Names of files that programs print into."""

_DULL = re.compile(
    r"^(tokenizer|tokenizer_config|vocab|special_tokens_map|generation_config|preprocessor_config|added_tokens|package|"
    r"package-lock|merges|chat_template|processor_config|image_processor|feature_extractor|video_preprocessor_config|"
    r"pytorch_model\.bin\.index|wandb-metadata|requirements|setup|conda|__init__|conftest|test_.*|.*_test)"
    r"\.(json|txt|yaml|yml|py|toml)$"
)
"""Names that lie beside models and tell nothing about them."""

_CLOSED = re.compile(r"^(__pycache__|node_modules|site-packages|venv|env|build|dist|artifacts|tests?|docs?)$")
_SOURCE = re.compile(r"^(conf|config|configs|cfgs?|hydra|src|source|scripts|examples)$")
_CHECKPOINT = re.compile(r"(?:checkpoint|ckpt|global_step|step|iter|epoch)[-_=]?(\d+)")

_WRITTEN = re.compile(r"(args|hparams)\.yaml$|training_args\.|trainer_state\.|.*\.wandb$")
"""Files in which a run writes its own settings down."""


class Listing(msgspec.Struct, frozen=True):
    """The files to read, folders of MLflow runs, and sentences on what is not read."""

    files: tuple[Path, ...]
    mlflow: tuple[Path, ...] = ()
    passed: tuple[str, ...] = ()


def listed(folder: Path) -> Listing:
    """What of a folder is to be read. Raises OSError where it cannot be listed."""
    walk = _Walk(folder)
    walk.into(folder, 0)
    files = sorted(walk.files, key=lambda p: (len(p.relative_to(folder).parts), p))
    passed = list(walk.passed)
    files = _newest(folder, _without_swarms(folder, files, passed), passed)
    files = _own_settings(folder, files, passed)
    if walk.entries >= MAX_ENTRIES:
        passed.append(f"more than {MAX_ENTRIES:,} entries: the rest of the folder")
    if len(files) > MAX_FILES:
        passed.append(f"{len(files) - MAX_FILES:,} more files: {MAX_FILES} of a folder are read")
        chosen = set(sorted(files, key=lambda f: _OWN.search(f.name.lower()) is None)[:MAX_FILES])
        files = [f for f in files if f in chosen]
    if walk.other:
        names = sorted(walk.other)
        passed.append(f"{len(names)} {'file' if len(names) == 1 else 'files'} of other kinds: {', '.join(names[:6])}")
    return Listing(tuple(files), tuple(sorted(walk.mlflow)), tuple(passed))


class _Walk:
    """Gathers names folder by folder until there are too many; links to folders are not followed."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.entries = 0
        self.files: list[Path] = []
        self.mlflow: list[Path] = []
        self.passed: list[str] = []
        self.other: list[str] = []

    def into(self, folder: Path, depth: int) -> None:
        """Gather a folder and those in it."""
        rows = []
        with os.scandir(folder) as found:
            for entry in found:
                self.entries += 1
                if self.entries >= MAX_ENTRIES:
                    break
                rows.append(entry)
        names = {e.name for e in rows}
        if "meta.yaml" in names and names & {"metrics", "params"}:
            self.mlflow.append(folder)
            return
        for entry in sorted(rows, key=lambda e: e.name):
            path = folder / entry.name
            if entry.is_dir(follow_symlinks=False):
                hidden = entry.name.startswith(".") and entry.name != ".hydra"
                if depth < DEEP and not hidden and not _CLOSED.match(entry.name) and self.entries < MAX_ENTRIES:
                    self._try(path, depth + 1)
            elif self._is_file(entry):
                self._file(path, entry.name.lower(), depth)

    def _is_file(self, entry: os.DirEntry[str]) -> bool:
        """Whether an entry is a file; a link that leads round in a circle or nowhere is none, and is named."""
        try:
            there = entry.is_file()
            lost = not there and entry.is_symlink() and not entry.is_dir()
        except OSError:
            there, lost = False, True
        if lost:
            name = Path(entry.path).relative_to(self.top).as_posix()
            self.passed.append(f"{name}: a link that leads nowhere")
        return there

    def _try(self, path: Path, depth: int) -> None:
        try:
            self.into(path, depth)
        except OSError as wrong:
            self.passed.append(f"{path.relative_to(self.top).as_posix()}: {(wrong.strerror or 'unreadable').lower()}")

    def _file(self, path: Path, name: str, depth: int) -> None:
        if _DULL.match(name) or (path.parent.name == ".hydra" and name != "config.yaml"):
            return
        if _OWN.search(name) or (depth < 2 and (name.endswith(NAMES) or PRINTED.search(name))):
            self.files.append(path)
        elif depth < 2 and not name.startswith("."):
            self.other.append(path.relative_to(self.top).as_posix())


SWARM = 20
"""Files of one folder whose names differ in their numbers alone, from which they are data and not a run's records."""


def _without_swarms(folder: Path, files: list[Path], passed: list[str]) -> list[Path]:
    """The files without those that differ in their numbers alone, of which there are many; the first is kept."""
    groups: dict[tuple[Path, str], list[Path]] = {}
    for f in files:
        if not _OWN.search(f.name.lower()) and f.suffix not in {".safetensors", ".wandb"}:
            groups.setdefault((f.parent, re.sub(r"\d+", "#", f.name)), []).append(f)
    lost: set[Path] = set()
    for group in groups.values():
        if len(group) > SWARM:
            lost.update(group[1:])
            passed.append(f"{len(group) - 1} more files like {group[0].relative_to(folder).as_posix()}")
    return [f for f in files if f not in lost]


def _newest(folder: Path, files: list[Path], passed: list[str]) -> list[Path]:
    """Of checkpoint folders beside each other only the newest, and of it only what the folder above lacks."""
    kept: list[Path] = []
    old: set[str] = set()
    homes = {f: next((p for p in f.parents if p != folder and _CHECKPOINT.fullmatch(p.name)), None) for f in files}
    numbers = {h: _number(h) for h in homes.values() if h is not None and folder in h.parents}
    above = {(f.parent, f.name) for f in files}
    for f in files:
        home = homes[f]
        if home is None or home not in numbers:
            kept.append(f)
        elif any(o.parent == home.parent and numbers[o] > numbers[home] for o in numbers):
            old.add(home.name)
        elif (home.parent, f.name) not in above or f.name == "trainer_state.json":
            kept.append(f)
    if old:
        passed.append(f"older checkpoints: {', '.join(sorted(old, key=lambda n: _number(Path(n))))[:200]}")
    return kept


def _number(checkpoint: Path) -> int:
    found = _CHECKPOINT.fullmatch(checkpoint.name)
    return int(found[1][:18]) if found else 0


def _own_settings(folder: Path, files: list[Path], passed: list[str]) -> list[Path]:
    """What a run wrote about itself beats the source tree: `.hydra/config.yaml`, `args.yaml`, `training_args`."""
    hydra = any(f.parent.name == ".hydra" for f in files)
    if not hydra and not any(_WRITTEN.match(f.name) for f in files):
        return files
    kept: list[Path] = []
    source: list[Path] = []
    for f in files:
        parts = f.relative_to(folder).parts[:-1]
        tree = hydra and f.suffix in {".yaml", ".yml"} and any(_SOURCE.match(p) for p in parts)
        (source if tree or f.suffix in {".py", ".sh"} else kept).append(f)
    if source:
        names = ", ".join(f.relative_to(folder).as_posix() for f in source[:4])
        more = f" and {len(source) - 4} more" if len(source) > 4 else ""
        passed.append(f"source files, as the run's own settings are here: {names}{more}")
    return kept
