"""Ablator turns a frustrating machine-learning model into an ordered plan of ablations.

The house has seven floors. A module imports only from lower floors, packages of one floor do not know each other
(but that `app` and `cli` call into `api`, and `cli` starts the worker of `app`), and there are no circles at any depth.
`lint-imports` holds this. One door leads up: `cli.window` opens the window of `ui`, inside a function.

    6  ui                                widgets; decides nothing
    5  app, cli, api                     the program without widgets; the commands; what `import ablator` gives
    4  importers, exporters, runners     artefacts in; tables, pictures and sweeps out; runs of a plan
    3  files                             study files on disk: save, journal, migrate, diff, merge
    2  diagnose, plan                    evidence to posterior; study to plan, pure
    1  library                           ideas, claims, factors, symptoms and detection rules as typed values
    0  core                              nouns and laws: lanes, elements, study, changes, edits, queries, findings
       resources, describing             where the data files lie; what a live module looks like

`core` up to `runners` never import Qt, and only `ui` knows widgets. A `Study` is a frozen value; the one mutable
holder is the document of `app`, and its `do(change)` is the one way to change what it holds.

`import ablator` alone loads nothing: the names of `ablator.api` are fetched when first asked for.
"""

TYPE_CHECKING = False  # as type checkers read it; to load `typing` for it would hold up every start

if TYPE_CHECKING:
    from ablator.api import *  # noqa: F403

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Return what `ablator.api` exports as `name`; raises AttributeError for anything else."""
    if not name.startswith("_"):
        from importlib import import_module

        api = import_module("ablator.api")
        if name in api.__all__:
            value: object = getattr(api, name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names, those of the api included."""
    from importlib import import_module

    return sorted({*globals(), *import_module("ablator.api").__all__})
