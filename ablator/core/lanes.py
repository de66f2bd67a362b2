"""The five models of the method, the kinds that lie on them, and the stages of the retrace."""

from typing import Final, Literal

Lane = Literal["noumenon", "perception", "instantiation", "reachability", "observation"]
Kind = Literal["phenomenon", "claim", "idea", "factor", "instrument"]
Stage = Literal["observe", "reach", "instantiate", "perceive"]

LANES: Final[tuple[Lane, ...]] = ("noumenon", "perception", "instantiation", "reachability", "observation")
"""Top of the graph first: degradation runs down this tuple, diagnosis runs up."""

SYMBOLS: Final[dict[Lane, str]] = {
    "noumenon": "M_D",
    "perception": "M_P",
    "instantiation": "M_I",
    "reachability": "M_R",
    "observation": "M_O",
}

KIND_OF_LANE: Final[dict[Lane, Kind]] = {
    "noumenon": "phenomenon",
    "perception": "claim",
    "instantiation": "idea",
    "reachability": "factor",
    "observation": "instrument",
}
LANE_OF_KIND: Final[dict[Kind, Lane]] = {kind: lane for lane, kind in KIND_OF_LANE.items()}

STAGES: Final[tuple[Stage, ...]] = ("observe", "reach", "instantiate", "perceive")
"""The retrace, in its order; after `perceive` it hands back to `observe`."""

STAGE_OF_LANE: Final[dict[Lane, Stage]] = {
    "observation": "observe",
    "reachability": "reach",
    "instantiation": "instantiate",
    "perception": "perceive",
}
"""The noumenon has no stage: it cannot be changed, only aimed at."""

GATED: Final[tuple[Stage, ...]] = ("instantiate", "perceive")


def a_kind(kind: str) -> str:
    """A kind with its article: `an idea`."""
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
