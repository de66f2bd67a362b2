"""The warm-up that settings name: how long, which share of the run, and where on the log's axis it ends."""

from collections.abc import Mapping
from typing import Any

import msgspec

from ablator.diagnose.extent import PASSES, finite, positive

STEPS = ("warmup_steps", "warmup_iters", "num_warmup_steps", "warmup", "lr_warmup_iters", "lr_warmup_steps")
SHARES = ("warmup_ratio", "warmup_fraction", "lr_warmup_fraction")
TURNS = ("warmup_epochs",)


class Warmup(msgspec.Struct, frozen=True):
    """A warm-up; every figure is None where nothing tells it."""

    told: float | None
    """As it is set: in steps, else as a share of the run, else in passes."""
    steps: float | None
    share: float | None
    """Of the planned run."""
    place: str
    """The setting that tells it."""


def warmup_of(settings: Mapping[str, Any], planned: float | None) -> Warmup:
    """The warm-up of a run of `planned` optimizer steps; steps go before shares, as trainers take them."""
    steps, share, turns = (finite(settings, names) for names in (STEPS, SHARES, TURNS))
    told = next((v for v in (steps, share, turns) if v), None)
    known = [v for v in (steps, share, turns) if v is not None]
    rows = (*STEPS, *SHARES, *TURNS)
    given = [n for n in rows if finite(settings, (n,)) is not None]
    place = next((n for n in given if finite(settings, (n,))), next(iter(given), ""))
    if told is None:
        none = 0.0 if known else None
        return Warmup(none, none, none, place)
    if steps and steps >= 1:
        return Warmup(told, steps, steps / planned if planned else None, place)
    if steps or share:
        return Warmup(told, None, told, place)
    passes = positive(settings, PASSES)
    return Warmup(told, None, told / passes[0] if passes else None, place)
