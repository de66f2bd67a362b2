"""Several experiments in one file: objects side by side that each say how to train."""

from collections.abc import Mapping
from typing import Any

from ablator.core.errors import BadInput
from ablator.importers.setting_names import factor_of

PARTS = frozenset({"learning-rate", "batch-size", "training-length"})
"""What an experiment says of its own: at least two of these."""

FEW = 2
"""So many side by side are experiments only where each says all three."""

MAX_LOOKED = 400


def experiments(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Dotted paths of the experiments of a file, at the top or one level below; empty where it holds one run."""
    for path, body in (("", config), *((k, v) for k, v in list(config.items())[:MAX_LOOKED] if isinstance(v, dict))):
        rows = [(k, _told(v)) for k, v in list(body.items())[:MAX_LOOKED] if isinstance(k, str) and isinstance(v, dict)]
        full = [k for k, told in rows if len(told) >= len(PARTS)]
        most = [k for k, told in rows if len(told) >= 2]
        own = most if len(most) > FEW else full if len(full) == FEW and len(most) == FEW else []
        if own:
            near = [k for k, told in rows if told]
            return tuple(f"{path}.{k}" if path else k for k in near)
    return ()


def experiment(value: Any, chosen: str, place: str) -> dict[str, Any]:
    """One experiment of a file, with the scalars that all of them share. Raises BadInput that names those there are."""
    there = experiments(value) if isinstance(value, dict) else ()
    if chosen not in there:
        mend = f"choose one of {', '.join(there[:12])}"[:300] if there else "hand in the file alone"
        raise BadInput(f"the file holds no experiment {chosen!r}", place=place, mend=mend)
    outer, inner = ("", chosen) if chosen in value else chosen.split(".", 1)
    home = value[outer] if outer else value
    shared = {k: v for k, v in value.items() if not isinstance(v, dict | list)}
    return {**shared, **home[inner]}


def _told(body: Mapping[Any, Any]) -> set[str]:
    """Which of the three an object says itself."""
    rows = ((k, v) for k, v in list(body.items())[:MAX_LOOKED] if isinstance(k, str) and not isinstance(v, dict))
    return {factor_of(k, k) or "" for k, v in rows if v is not None} & PARTS


def several(paths: tuple[str, ...]) -> str:
    """A sentence that names them."""
    more = f" and {len(paths) - 6} more" if len(paths) > 6 else ""
    names = ", ".join(paths[:6])[:200]
    held = f"the file holds {len(paths)} experiments ({names}{more})"
    return f"which run this is: {held}, and none is taken; choose one as FILE#{paths[0]}"
