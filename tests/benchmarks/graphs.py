"""Studies of any size for benchmarks of the graph, Graphviz dot forced into the same lanes, and crossings counted."""

import itertools
import random
import subprocess
import time

from ablator.app.layout import Card, Edge, Request
from ablator.core.elements import Element, Info, Relation
from ablator.core.lanes import KIND_OF_LANE, LANES
from ablator.core.study import Study, study_from

SHARES = {"noumenon": 0.02, "perception": 0.12, "instantiation": 0.33, "reachability": 0.4, "observation": 0.13}
Way = list[tuple[float, float]]


def request(size: int, seed: int = 0, *, joined: bool = False) -> Request:
    """About `size` cards with claims, and ideas that stand on earlier ideas; if `joined`, every lane has edges."""
    pick = random.Random(seed)
    lanes = {lane: [f"{lane}-{i:04d}" for i in range(max(1, round(size * SHARES[lane])))] for lane in LANES}
    edges = []
    for i, idea in enumerate(lanes["instantiation"]):
        for claim in pick.sample(lanes["perception"], min(len(lanes["perception"]), pick.choice([1, 1, 2]))):
            edges.append(Edge(f"{idea} instantiates {claim}", idea, claim))
        earlier = lanes["instantiation"][max(0, i - 25) : i]
        for other in sorted(set(pick.choices(earlier, k=pick.choice([0, 1, 1, 2])))) if earlier else ():
            edges.append(Edge(f"{idea} requires {other}", idea, other))
    for i, factor in enumerate(lanes["reachability"] if joined else ()):
        for other in (
            sorted(set(pick.choices(lanes["reachability"][max(0, i - 25) : i], k=pick.choice([0, 1])))) if i else ()
        ):
            edges.append(Edge(f"{factor} needs {other}", factor, other))
        edges.append(Edge(f"{factor} retuned {i}", pick.choice(lanes["instantiation"]), factor))
    for instrument in lanes["observation"] if joined else ():
        edges.append(Edge(f"{instrument} observes", instrument, pick.choice(lanes["noumenon"])))
    cards = tuple(Card(k, lane, str(i % 5)) for lane in LANES for i, k in enumerate(lanes[lane]))
    return Request(cards=cards, edges=tuple(edges))


def dot(asked: Request) -> tuple[float, dict[str, tuple[float, float]], dict[str, Way]]:
    """(seconds, places, ways) of Graphviz dot with one rank a lane."""
    lines = ["digraph {", 'node [shape=box fixedsize=true width=2.44 height=0.78 label=""]', "edge [arrowhead=none]"]
    for lane in LANES:
        names = " ".join(f'"{c.id}"' for c in asked.cards if c.lane == lane)
        lines.append(f'{{ rank=same; "#{lane}"; {names} }}')
    lines += [f'"#{a}" -> "#{b}" [style=invis weight=0]' for a, b in itertools.pairwise(LANES)]
    rank = {c.id: LANES.index(c.lane) for c in asked.cards}
    for e in asked.edges:
        a, b = (e.source, e.target) if rank[e.source] <= rank[e.target] else (e.target, e.source)
        lines.append(f'"{a}" -> "{b}"')
    lines.append("}")
    start = time.perf_counter()
    answer = subprocess.run(["dot", "-Tplain"], input="\n".join(lines), capture_output=True, text=True, check=True)
    took = time.perf_counter() - start
    places, ways = {}, {}
    for row in answer.stdout.splitlines():
        word = row.split()
        if word[0] == "node":
            places[word[1].strip('"')] = (float(word[2]), float(word[3]))
        elif word[0] == "edge" and "#" not in word[1]:
            n = int(word[3])
            flat = [float(x) for x in word[4 : 4 + 2 * n]]
            ways[f"{word[1]} {word[2]}"] = curve(list(zip(flat[::2], flat[1::2], strict=True)))
    return took, places, ways


def curve(points: Way, steps: int = 6) -> Way:
    """Points along a chain of cubic curves."""
    out = [points[0]]
    for i in range(0, len(points) - 1, 3):
        a, b, c, d = points[i : i + 4]
        for s in range(1, steps + 1):
            t = s / steps
            u = 1 - t
            w = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
            out.append(tuple(sum(k * p[j] for k, p in zip(w, (a, b, c, d), strict=True)) for j in (0, 1)))  # type: ignore[arg-type]
    return out


def crossings(ways: list[Way]) -> int:
    """Pairs of lines that cross, away from common ends."""
    boxes = [(min(x for x, _ in w), min(y for _, y in w), max(x for x, _ in w), max(y for _, y in w)) for w in ways]
    found = 0
    for i, (a, box) in enumerate(zip(ways, boxes, strict=True)):
        for j in range(i):
            o = boxes[j]
            if o[0] < box[2] and o[2] > box[0] and o[1] < box[3] and o[3] > box[1]:
                found += _cross(a, ways[j])
    return found


def _cross(a: Way, b: Way) -> int:
    found = 0
    for p, q in itertools.pairwise(a):
        for r, s in itertools.pairwise(b):
            if (
                max(p[0], q[0]) > min(r[0], s[0])
                and max(r[0], s[0]) > min(p[0], q[0])
                and _side(p, q, r) * _side(p, q, s) < 0
                and _side(r, s, p) * _side(r, s, q) < 0
            ):
                found += 1
    return found


def _side(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def study(size: int) -> Study:
    """The same graph as a study."""
    asked = request(size)
    elements = [
        Element(
            id=c.id, lane=c.lane, kind=KIND_OF_LANE[c.lane], name=c.id.replace("-", " "), category=f"group {c.group}"
        )
        for c in asked.cards
    ]
    relations = []
    for e in asked.edges:
        kind = "instantiates" if " instantiates " in e.id else "requires"
        relations.append(Relation(source=e.source, target=e.target, kind=kind))  # type: ignore[arg-type]
    return study_from(Info(name="large"), elements, relations)


class Silent:
    """A worker that never answers."""

    def submit(self, *_: object) -> "Silent":
        return self

    def cancel(self) -> None:
        """Nothing is under way."""
