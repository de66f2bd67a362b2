"""Building a study from what a person dropped: the question to the worker, its answer, and the work itself."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from ablator.core.errors import AblatorError
from ablator.importers.found import Reading


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What to build from, and what the person said about it.

    `sources` are paths or `template:NAME`; `options` are those of `ablator new`, with underscores; `without` names
    symptoms that were found but that the person does not see.
    """

    sources: tuple[str, ...] = ()
    options: dict[str, Any] = {}
    without: tuple[str, ...] = ()


class Problem(msgspec.Struct, frozen=True):
    """A source that could not be read: its name, and the sentence."""

    source: str
    sentence: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The canonical bytes of the study, what each source told, how graphs were understood, what could not be read."""

    study: bytes
    readings: tuple[Reading, ...] = ()
    problems: tuple[Problem, ...] = ()
    told: tuple[str, ...] = ()


def build(payload: bytes, progress: Callable[[float, str], None]) -> bytes:
    """A Wish in msgpack to its Answer in msgpack. A source that cannot be read is named and left out."""
    from ablator.core import edits
    from ablator.files.study_file import encode
    from ablator.importers.build import Options, study_from_files

    wish = msgspec.msgpack.decode(payload, type=Wish)
    progress(0.0, "")
    options = Options(**wish.options)
    good = wish.sources
    problems: list[Problem] = []
    try:
        built = study_from_files(good, options)
        failed = bool(built.problems)
    except AblatorError:
        failed = True
    if failed:
        good, problems = _sifted(wish.sources, options.tables, progress)
        built = study_from_files(good, options)
        problems += [Problem("", str(p)) for p in built.problems]
    study = built.study
    unseen = [k for k, e in study.evidence.items() if e.kind == "symptom" and e.name in wish.without]
    if unseen:
        study = edits.forget_evidence(study, unseen).apply(study)
    answer = Answer(
        study=encode(study), readings=tuple(built.readings), problems=tuple(problems), told=tuple(built.told)
    )
    return msgspec.msgpack.encode(answer)


def _sifted(
    sources: Sequence[str],
    tables: Mapping[str, tuple[tuple[str, str], ...]],
    progress: Callable[[float, str], None],
) -> tuple[tuple[str, ...], list[Problem]]:
    """The sources that can be read alone, and what is wrong with the others."""
    from ablator.importers.build import Options, study_from_files

    good: list[str] = []
    problems: list[Problem] = []
    for n, source in enumerate(sources):
        progress(0.8 * n / len(sources), source.rpartition("/")[2])
        try:
            tried = study_from_files([source], Options(tables=dict(tables)))
            wrong: AblatorError | None = tried.problems[0] if tried.problems else None
        except AblatorError as refused:
            wrong = refused
        if wrong is None:
            good.append(source)
        else:
            problems.append(Problem(source, str(wrong)))
    return tuple(good), problems
