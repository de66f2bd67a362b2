"""From a request to an arrangement: rows, order, columns and ways, the same for the same request."""

from collections.abc import Mapping, Sequence

import msgspec

from ablator.app.layout.columns import free_columns
from ablator.app.layout.frame import Frame, levels
from ablator.app.layout.keep import kept_cells
from ablator.app.layout.rows import columns_for, depths, fill
from ablator.app.layout.types import Arrangement, Point, Request
from ablator.app.layout.ways import Layers
from ablator.core.lanes import LANES

TURNS = 4


def arrange(request: Request) -> Arrangement:
    """Lay cards out in their lanes without overlaps (two pinned ones may overlap, as a person wished).

    With the cells of a layout before, known cards stay where they were and newcomers take free cells. The answer
    depends on nothing but the request.
    """
    frame = Frame(request)
    kept = kept_cells(frame)
    if kept is None:
        return _fresh(frame)
    return _kept(frame, *kept)


def arrange_bytes(payload: bytes) -> bytes:
    """`arrange` between processes: a Request in msgpack to an Arrangement in msgpack."""
    return msgspec.msgpack.encode(arrange(msgspec.msgpack.decode(payload, type=Request)))


def _fresh(frame: Frame) -> Arrangement:
    order = _reading_order(frame)
    counts: dict[str, int] = {lane: len(order[lane]) for lane in LANES}
    chains: dict[str, int] = {lane: max(depths(order[lane], frame.below)[0].values(), default=0) + 1 for lane in LANES}
    columns = columns_for(counts, chains, frame.measures, frame.width, frame.request.aspect)
    blocks: dict[str, dict[str, tuple[int, int]]] = {
        lane: frame.blocks(lane, columns) if frame.open[lane] else {} for lane in LANES
    }
    rows: dict[str, list[list[str]]] = {lane: _rows(frame, lane, order[lane], columns, blocks[lane]) for lane in LANES}
    every = levels(rows)
    layers = Layers(frame, [ids for _, _, ids in every])
    layers.rank_clusters([lane for lane, _, _ in every])
    layers.sort()
    layers.place(columns)
    bands = frame.bands({lane: len(rows[lane]) for lane in LANES})
    pins = frame.pinned(bands)
    for r, (lane, row, ids) in enumerate(every):
        blocked = frame.blocked(pins, lane, frame.row_top(bands, lane, row))
        free = free_columns(blocked, frame.pitch, frame.width, max(columns - len(blocked) * 2, len(ids)))
        layers.snap(r, free, blocks[lane], packed=not frame.open[lane])
    layers.thread()
    return _answer(frame, layers, [(lane, row) for lane, row, _ in every], bands, columns)


def _rows(
    frame: Frame, lane: str, ids: Sequence[str], columns: int, blocks: Mapping[str, tuple[int, int]]
) -> list[list[str]]:
    """The rows of one lane; clusters are filled side by side."""
    if not blocks:
        return fill(ids, frame.below, columns, upright=frame.open[lane])
    parts = [
        fill([k for k in ids if frame.cards[k].cluster == name], frame.below, last - first, upright=True)
        for name, (first, last) in blocks.items()
    ]
    return [[k for part in parts if r < len(part) for k in part[r]] for r in range(max(len(p) for p in parts))]


def _kept(frame: Frame, cells: Mapping[str, tuple[int, int]], columns: int) -> Arrangement:
    rows: dict[str, list[list[str]]] = {}
    for lane in LANES:
        here = {k: cells[k] for k in frame.free[lane]}
        rows[lane] = [[] for _ in range(max((r + 1 for r, _ in here.values()), default=1))]
        for key, (row, _) in sorted(here.items(), key=lambda item: item[1]):
            rows[lane][row].append(key)
    every = levels(rows)
    layers = Layers(frame, [ids for _, _, ids in every])
    layers.adopt({k: c * frame.pitch for k, (_, c) in cells.items()}, frame.request.ways)
    layers.thread()
    bands = frame.bands({lane: len(rows[lane]) for lane in LANES})
    return _answer(frame, layers, [(lane, row) for lane, row, _ in every], bands, columns)


def _reading_order(frame: Frame) -> dict[str, list[str]]:
    """Ids of each lane from left to right, near to what they are joined to in other lanes."""
    order: dict[str, list[str]] = {lane: list(frame.free[lane]) for lane in LANES}
    at = {k: (i + 0.5) / len(ids) for ids in order.values() for i, k in enumerate(ids)}
    joined = frame.neighbours()
    for _ in range(TURNS):
        for lane in LANES:
            if not frame.open[lane]:
                continue
            ids = order[lane]
            centre = {}
            for k in ids:
                near = [at[o] for o in joined[k] if o in at]
                centre[k] = sum(near) / len(near) if near else at[k]
            ids.sort(key=lambda k: (centre[k], at[k]))
            for i, k in enumerate(ids):
                at[k] = (i + 0.5) / len(ids)
    return order


def _answer(
    frame: Frame, layers: Layers, rows: Sequence[tuple[str, int]], bands: Mapping[str, Point], columns: int
) -> Arrangement:
    half = frame.width / 2
    tops = [frame.row_top(bands, lane, row) for lane, row in rows]
    heights = [frame.measures[lane].height for lane, _ in rows]
    places: dict[str, Point] = dict(frame.pinned(bands))
    cells = {}
    for r, nodes in enumerate(layers.rows):
        for n in nodes:
            key = layers.names[n]
            if key:
                left = layers.x[n] - half
                places[key] = (left, tops[r])
                cells[key] = (rows[r][1], round(left / frame.pitch))
    return Arrangement(
        places=places,
        bands=bands,
        routes=layers.routes(tops, heights),
        cells=cells,
        ways=layers.ways(),
        columns=max([columns, *(c + 1 for _, c in cells.values())]),
    )
