"""What the user handed in, file by file: each is told by its content, never by its suffix alone."""

import difflib
import hashlib
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from ablator.core.errors import AblatorError, BadInput, CannotAccess, ForeignFile
from ablator.files.atomic import read_bytes
from ablator.files.json_text import text_of
from ablator.importers.absent import left_out
from ablator.importers.experiments import experiment
from ablator.importers.found import FoundIdea, Reading
from ablator.importers.graph_json import looks_like_node_link
from ablator.importers.graph_kinds import graph_reading, read_node_link_graph
from ablator.importers.hf_config import has_sizes, looks_like_model, read_config
from ablator.importers.log_kinds import log_reading, log_value
from ablator.importers.model_files import hash_of, json_model, read_model_file, without_shards
from ablator.importers.settings import looks_like_settings, read_settings, trains
from ablator.importers.text_source import CONFIG_LIMIT, is_prose, load_json
from ablator.importers.trainer_state import looks_like_trainer_state, read_trainer_state
from ablator.importers.written import NO_STEPS, PRINTED, STEPS_MEND, Written, value_of_text
from ablator.library import library
from ablator.resources import resource

TEMPLATE = "template:"

IDEAS = "list of ideas"
TAKEN = (
    "hand in a config.json, .safetensors, .onnx or .keras, settings as JSON, YAML, TOML, Python, gin or shell, "
    "a log (trainer_state.json, TensorBoard, W&B, MLflow, Optuna, CSV, JSON lines or what a run printed), or a folder"
)
FOLDER = "folder"
"""Role of the reading that names what of a folder was not read."""


def read_source(source: str) -> list[Reading]:
    """Every reading that a file, a folder or `template:NAME` gives; `FILE#NAME` is one experiment of a file that holds
    several. Raises BadInput or CannotAccess.
    """
    if source.startswith(TEMPLATE):
        return [read_template(source[len(TEMPLATE) :])]
    path = Path(source)
    file, mark, chosen = source.rpartition("#")
    if mark and file and chosen and not path.exists():
        return [read_file(Path(file), Path(file).name, chosen)]
    try:
        folder = stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        folder = False
    return _folder(path) if folder else [read_file(path, path.name)]


def read_file(path: Path, name: str, chosen: str = "") -> Reading:
    """What one file tells, or only the experiment `chosen` in it; `name` is how the study will call it.

    Errors name the path as it was given.
    """
    model = read_model_file(path, name)
    if model is not None:
        return model
    if _starts(path, SQLITE):
        from ablator.importers.sqlite_source import read_sqlite

        return msgspec.structs.replace(read_sqlite(path, name), sha256=hash_of(path))
    data = read_bytes(path, CONFIG_LIMIT)
    try:
        reading = _told(data, name, str(path), chosen)
    except BadInput as wrong:
        raise type(wrong)(wrong.what, place=wrong.place or str(path), mend=wrong.mend) from None
    return msgspec.structs.replace(reading, sha256=hashlib.sha256(data).hexdigest())


SQLITE = b"SQLite format 3\x00"


def _starts(path: Path, magic: bytes) -> bool:
    try:
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            return stream.read(len(magic)) == magic
    except (OSError, ValueError):
        return False  # the reader of texts says what is wrong


def _told(data: bytes, name: str, place: str, chosen: str = "") -> Reading:
    if chosen:
        written = value_of_text(data, name.rpartition(".")[2].lower(), place)
        value = load_json(data, place) if written is None else written.value
        return of_value(experiment(value, chosen, place), f"{name}#{chosen}", place)
    log = log_reading(data, name, place)
    if log is not None:
        return log
    graph = graph_reading(data, name, place)
    if graph is not None:
        return graph
    suffix = name.rpartition(".")[2].lower()
    if suffix in {"csv", "tsv"} and text_of(data, place):
        raise BadInput(
            "this table has no column that counts steps beside a loss or accuracy, so it is no training log, and "
            "none that names elements or both ends of relations",
            place=f"{place}:1",
            mend="give a table of results to `ablator record`",
        )
    written = value_of_text(data, suffix, place)
    if written is not None:
        return _noted(of_value(written.value, name, place, format_name=written.form), written)
    if suffix != "json" and is_prose(data):
        raise ForeignFile("this is a text of no kind that is read", place=f"{place}:1", mend=TAKEN)
    try:
        value = load_json(data, place)
    except BadInput:
        if suffix not in PRINTED or not data.rstrip().count(b"\n"):
            raise
        raise ForeignFile(NO_STEPS, place=f"{place}:1", mend=STEPS_MEND) from None
    return of_value(value, name, place)


def _noted(reading: Reading, written: Written) -> Reading:
    """The reading with what its text says twice, and with defaults marked as such."""
    found = tuple(
        msgspec.structs.replace(f, status="default") if f.key in written.defaults else f for f in reading.found
    )
    return msgspec.structs.replace(reading, found=found, contradictions=(*reading.contradictions, *written.notes))


def of_value(value: Any, name: str, place: str, *, format_name: str = "") -> Reading:
    """The reading of a parsed file. Raises BadInput where it is none of the known kinds."""
    log = log_value(value, name)
    if log is not None:
        return log
    if isinstance(value, dict):
        if value.get("format") == "ablation-study":
            raise BadInput("this is a study already", place=place, mend="open it with `ablator show` or in the window")
        model = None if looks_like_trainer_state(value) or looks_like_ideas(value) else json_model(value, name, place)
        if model is not None:
            return model
        for fits, read in _KINDS:
            if fits(value):
                return read(value, name, place, format_name)
        from ablator.importers import results_json

        if results_json.looks_like_scores(value):
            return results_json.read_scores(value, name)
        if not value:
            raise BadInput("it holds an empty object", place=f"{place}:1", mend="hand in the config.json of a model")
    if isinstance(value, dict) and isinstance(value.get("defaults"), list):
        raise ForeignFile(
            "this Hydra configuration only says which other files to compose",
            place=f"{place}:1",
            mend="hand in .hydra/config.yaml of a run, which holds them all",
        )
    what = "an object without any known key" if isinstance(value, dict) else f"{_kind(value)}, not an object with keys"
    raise ForeignFile(
        f"neither a model, nor training settings, nor a log: it holds {what}",
        place=f"{place}:1",
        mend="hand in a config.json, training settings or a training log",
    )


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "nothing"}
    return names.get(type(value), "a number")


def looks_like_ideas(value: Mapping[str, Any]) -> bool:
    """Whether an object is an `ideas.json`: a list of idea ids."""
    return isinstance(value.get("ideas"), list) and "model_type" not in value


def read_ideas(value: Mapping[str, Any], name: str, place: str, form: str = IDEAS) -> Reading:
    """Ideas named by their library ids, with a value or a site where given. Raises BadInput for an unknown id."""
    known = library().ideas
    out: list[FoundIdea] = []
    for number, item in enumerate(value["ideas"]):
        row = item if isinstance(item, dict) else {"idea": item}
        at = f"{place}: /ideas/{number}"
        idea = row.get("idea")
        if not isinstance(idea, str):
            raise BadInput("an idea is named by its id, a text", place=at, mend='write it as "softmax_attention"')
        site, _, key = idea.rpartition("/")
        if key not in known:
            raise BadInput(f"the library has no idea {key!r}", place=at, mend=closest(key, known))
        own = row.get("site")
        parameters, blocks = row.get("parameters"), row.get("blocks")
        out.append(
            FoundIdea(
                idea=key,
                site=own if isinstance(own, str) else site,
                value=row.get("value") if isinstance(row.get("value"), str | int | float | bool) else None,
                from_=(f"{name}: ideas/{number}",),
                parameters=parameters if isinstance(parameters, int) and parameters > 0 else None,
                blocks=blocks if isinstance(blocks, int) and 0 < blocks < 10**6 else None,
            )
        )
    label = value.get("name")
    listed = _with_slots(out)
    return Reading(
        file=name,
        format=form,
        role="model",
        ideas=(*listed, *left_out(listed, name)) if form == IDEAS else tuple(listed),
        family=value["family"][:80] if isinstance(value.get("family"), str) else "",
        name=label[:200] if isinstance(label, str) else "",
    )


def _with_slots(ideas: Iterable[FoundIdea]) -> list[FoundIdea]:
    """The ideas, each once a site, and the slots that they fill."""
    out = {(i.site, i.idea): i for i in ideas}
    for i in list(out.values()):
        slot = library().ideas[i.idea].slot
        if slot and (i.site, slot) not in out:
            out[i.site, slot] = FoundIdea(idea=slot, site=i.site, status=i.status, from_=i.from_)
    return [out[k] for k in sorted(out)]


def read_template(name: str) -> Reading:
    """A template that ships with the program. Raises BadInput that names those there are."""
    folder = resource("templates")
    names = sorted(p.stem for p in folder.glob("*.json")) if folder.is_dir() else []
    if name not in names:
        raise BadInput(
            f"there is no template {name!r}", place=f"{TEMPLATE}{name}", mend=f"choose one of {', '.join(names)}"
        )
    data = (folder / f"{name}.json").read_bytes()
    value, place = load_json(data, f"{TEMPLATE}{name}"), f"{TEMPLATE}{name}"
    ideas = read_ideas({"ideas": [], **value}, place, place, "template")
    if isinstance(value.get("config"), dict):
        model = read_config(value["config"], place, format_name="template")
        seen = {(i.site, i.idea) for i in model.ideas} | {("", i.idea) for i in model.ideas}
        more = tuple(i for i in ideas.ideas if (i.site, i.idea) not in seen)
        ideas = msgspec.structs.replace(model, ideas=model.ideas + more, family=ideas.family, name=ideas.name)
    return msgspec.structs.replace(ideas, sha256=hashlib.sha256(data).hexdigest())


def _model_and_settings(value: Mapping[str, Any], name: str, place: str, form: str) -> Reading:
    """A file that describes both, as plain training scripts do: one reading with the facts of each."""
    settings = read_settings(value, name, **({"format_name": form} if form else {}))
    if not has_sizes(value):
        return settings
    model = read_config(value, name, place=place, format_name="model and training settings")
    return msgspec.structs.replace(
        model,
        found=settings.found + model.found,
        settings=settings.settings,
        metric=settings.metric,
        goal=settings.goal,
        unknown=tuple(dict.fromkeys((*model.unknown, *settings.unknown))),
    )


def _component(value: Mapping[str, Any], name: str) -> Reading:
    """A Hydra component without any known training parameter: it is never built, only named."""
    reading = read_settings(value, name, format_name="Hydra component")
    if reading.found:
        return reading
    words = f"what {value['_target_'][:80]} does in training: it has no known parameter here"
    return msgspec.structs.replace(reading, unknown=(*reading.unknown, words))


def closest(word: str, names: Iterable[str]) -> str:
    """A mend that names the closest ids."""
    near = difflib.get_close_matches(word, list(names), n=3, cutoff=0.5)
    return f"did you mean {', '.join(near)}?" if near else "the library lists the ids there are"


def _folder(folder: Path) -> list[Reading]:
    """What the files of a run folder tell; the last reading names what was not read, where anything was not."""
    from ablator.importers.folder import PRINTED, listed

    try:
        listing = listed(folder)
    except OSError as wrong:
        why = (wrong.strerror or "it cannot be listed").lower()
        raise CannotAccess(f"the folder cannot be read ({why})", place=str(folder), mend="check its mode") from None
    out: list[Reading] = []
    refused: list[AblatorError] = []
    passed = list(listing.passed)
    if listing.mlflow:
        from ablator.importers.log_mlflow import read_run_folders

        out.append(read_run_folders(listing.mlflow, folder.resolve().name, str(folder)))
    for path in sorted(without_shards(listing.files), key=lambda f: PRINTED.search(f.name.lower()) is not None):
        name = path.relative_to(folder).as_posix()
        if PRINTED.search(path.name.lower()) and any(r.log is not None and r.log.series for r in out):
            passed.append(f"{name}: printed lines, where a log of the run was read")
            continue
        try:
            out.append(read_file(path, name))
        except AblatorError as wrong:
            refused.append(wrong)
            passed.append(f"{name}: {wrong.what}")
    if out:
        if passed:
            out.append(
                Reading(file=f"{folder.resolve().name}/", format="folder", role=FOLDER, unknown=tuple(passed[:30]))
            )
        return out
    if len(refused) == 1:
        raise refused[0]
    raise BadInput(
        "nothing in this folder is a model, training settings or a log",
        place=str(folder),
        mend="hand in the folder that holds a config.json",
    )


Reader = Callable[[Mapping[str, Any], str, str, str], Reading]

_KINDS: tuple[tuple[Callable[[Mapping[str, Any]], bool], Reader], ...] = (
    (looks_like_trainer_state, lambda v, name, place, form: read_trainer_state(v, name)),
    (looks_like_node_link, lambda v, name, place, form: read_node_link_graph(v, name, place)),
    (looks_like_ideas, lambda v, name, place, form: read_ideas(v, name, place)),
    (trains, _model_and_settings),
    (looks_like_model, lambda v, name, place, form: read_config(v, name, place=place)),
    (
        looks_like_settings,
        lambda v, name, place, form: read_settings(v, name, **({"format_name": form} if form else {})),
    ),
    (lambda v: isinstance(v.get("_target_"), str), lambda v, name, place, form: _component(v, name)),
)
