"""Maximum closures by minimum cuts, in integers of any size (Picard 1976; Dinic 1970)."""

from collections import deque
from collections.abc import Sequence


def max_closure(gain: Sequence[int], needs: Sequence[Sequence[int]]) -> list[int]:
    """The smallest set of jobs, closed under `needs`, with the largest sum of gains; empty where no sum is positive.

    Jobs whose whole ancestry gains are taken without a cut; what is left is a flow from gains to losses.
    """
    network = _Network(len(gain) + 2)
    source, sink = len(gain), len(gain) + 1
    unbounded = sum(g for g in gain if g > 0) + 1
    wanted = False
    for i, g in enumerate(gain):
        if g > 0:
            network.link(source, i, g)
            wanted = True
        elif g < 0:
            network.link(i, sink, -g)
        for p in needs[i]:
            network.link(i, p, unbounded)
    if not wanted:
        return []
    network.saturate(source, sink)
    return sorted(i for i in network.reached(source) if i < len(gain))


class _Network:
    """Residual capacities in parallel lists; edge e and its way back e ^ 1 stand side by side."""

    def __init__(self, size: int) -> None:
        self.head: list[int] = []
        self.room: list[int] = []
        self.edges: list[list[int]] = [[] for _ in range(size)]

    def link(self, a: int, b: int, capacity: int) -> None:
        """An edge of this capacity."""
        self.edges[a].append(len(self.head))
        self.head.append(b)
        self.room.append(capacity)
        self.edges[b].append(len(self.head))
        self.head.append(a)
        self.room.append(0)

    def saturate(self, source: int, sink: int) -> None:
        """Push as much as possible from source to sink."""
        while True:
            level = self._levels(source)
            if level[sink] < 0:
                return
            self._blocking(source, sink, level)

    def reached(self, source: int) -> list[int]:
        """Nodes on the source's side of the minimum cut."""
        return [i for i, d in enumerate(self._levels(source)) if d >= 0]

    def _levels(self, source: int) -> list[int]:
        level = [-1] * len(self.edges)
        level[source] = 0
        todo = deque([source])
        head, room = self.head, self.room
        while todo:
            a = todo.popleft()
            for e in self.edges[a]:
                b = head[e]
                if room[e] and level[b] < 0:
                    level[b] = level[a] + 1
                    todo.append(b)
        return level

    def _blocking(self, source: int, sink: int, level: list[int]) -> None:
        """A blocking flow by depth-first search without recursion."""
        head, room, edges = self.head, self.room, self.edges
        at = [0] * len(edges)
        path: list[int] = []
        node = source
        while True:
            if node == sink:
                push = min(room[e] for e in path)
                back = len(path)
                for k, e in enumerate(path):
                    room[e] -= push
                    room[e ^ 1] += push
                    if not room[e] and k < back:
                        back = k
                node = head[path[back] ^ 1]
                del path[back:]
                continue
            moved = False
            while at[node] < len(edges[node]):
                e = edges[node][at[node]]
                b = head[e]
                if room[e] and level[b] == level[node] + 1:
                    path.append(e)
                    node = b
                    moved = True
                    break
                at[node] += 1
            if moved:
                continue
            if node == source:
                return
            level[node] = -1
            e = path.pop()
            node = head[e ^ 1]
            at[node] += 1
