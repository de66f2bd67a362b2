"""Layout against Graphviz dot forced into the same lanes; prints ratios, fails nothing."""

import shutil
import statistics
import time

import msgspec
import pytest

from ablator.app.layout import Card, Edge, arrange
from tests.benchmarks import graphs

SIZES = ((30, 7), (100, 5), (1000, 1))
needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="needs Graphviz dot")


@needs_dot
@pytest.mark.slow
@pytest.mark.parametrize("joined", [False, True], ids=["as shown", "every lane joined"])
@pytest.mark.parametrize(("size", "rounds"), SIZES)
def test_time_and_crossings(size: int, rounds: int, joined: bool, capsys: pytest.CaptureFixture[str]) -> None:
    times, ours, theirs, milliseconds = [], 0, 0, []
    for seed in range(rounds):
        asked = graphs.request(size, seed, joined=joined)
        arrange(asked)
        start = time.perf_counter()
        found = arrange(asked)
        took = time.perf_counter() - start
        dot_took, _, ways = graphs.dot(asked)
        times.append(took / dot_took)
        milliseconds.append(took * 1000)
        ours += graphs.crossings([list(w) for w in found.routes.values()])
        theirs += graphs.crossings(list(ways.values()))
    with capsys.disabled():
        print(
            f"\nlayout of {size} cards{', every lane joined' * joined}: {statistics.median(milliseconds):.1f} ms, "
            f"{statistics.median(times):.2f} x dot's time, {ours / max(theirs, 1):.2f} x its crossings"
        )


@pytest.mark.parametrize("size", [30, 100])
def test_cards_that_move_when_one_is_added(size: int, capsys: pytest.CaptureFixture[str]) -> None:
    shares, afresh = [], []
    for seed in range(10):
        asked = graphs.request(size, seed)
        found = arrange(asked)
        grown = msgspec.structs.replace(
            asked,
            cards=(*asked.cards, Card("new", "instantiation", "1")),
            edges=(*asked.edges, Edge("new", "new", "perception-0000")),
        )
        kept = msgspec.structs.replace(grown, cells=found.cells, ways=found.ways, columns=found.columns)
        for request, out in ((kept, shares), (grown, afresh)):
            then = arrange(request)
            out.append(sum(then.places[k] != p for k, p in found.places.items()) / len(found.places))
    with capsys.disabled():
        print(
            f"\none card more than {size}: {statistics.mean(shares):.1%} move "
            f"({statistics.mean(afresh):.0%} where the layout before is not given)"
        )
