"""A character model in plain numpy: predicts the next letter of small sentences from the letters before it.

    python train.py learning_rate=0.01 residual=true --seed 1      prints {"val_loss": …} on its last line

Two faults are planted in settings.json: a learning rate far too high, and eight layers without residual connections.
"""

import itertools
import json
import os
import pathlib
import random
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")  # small matrices: more threads only wait for each other
import numpy as np

HERE = pathlib.Path(__file__).parent
WORDS = {
    "who": "the cat|the old dog|a small bird|my sister|the tall man|nobody",
    "does": "sees|wants|finds|follows|leaves|remembers",
    "what": "the river|a red ball|an empty box|the long road|her garden|some bread",
    "when": "today|at night|in the rain|before noon|again|for no reason",
}
LETTERS = " .abcdefghijklmnopqrstuvwxyz"


def text(start: int, end: int) -> np.ndarray:
    """Some of the 1,296 sentences of a small grammar, as numbers of letters; none stands there twice."""
    said = [" ".join(parts) + ". " for parts in itertools.product(*(w.split("|") for w in WORDS.values()))]
    random.Random(1).shuffle(said)
    return np.array([LETTERS.index(letter) for letter in "".join(said[start:end])])


def windows(letters: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Each stretch of letters, and the letter that follows it."""
    starts = np.arange(len(letters) - length)
    return letters[starts[:, None] + np.arange(length)], letters[starts + length]


class Model:
    """Letters become vectors, layers mix them, the last one scores every letter."""

    def __init__(self, s: dict, rng: np.random.Generator) -> None:
        wide, look, e = s["hidden_size"], s["window"], 12
        self.s, self.act = s, s["hidden_act"]
        shapes = [(look * e, wide), *[(wide, wide)] * s["num_layers"], (wide, len(LETTERS))]
        self.p = [rng.normal(0, 0.3, (len(LETTERS), e))]
        for a, b in shapes:
            self.p += [rng.normal(0, a**-0.5, (a, b)), np.zeros(b)]
        self.p[-2] *= 0.1

    def bend(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The activation and its slope."""
        if self.act == "relu":
            return np.maximum(x, 0), (x > 0).astype(float)
        if self.act in {"silu", "gelu"}:
            k = 1.0 if self.act == "silu" else 1.702
            gate = 1 / (1 + np.exp(-np.clip(k * x, -50, 50)))
            return x * gate, gate * (1 + k * x * (1 - gate))
        return x, np.ones_like(x)

    def loss(self, x: np.ndarray, y: np.ndarray, learn: bool = False) -> tuple[float, list[np.ndarray]]:
        """Cross entropy in nats a letter, and its gradient by each parameter."""
        p, skip, kept = self.p, self.s["residual"], []
        h = p[0][x].reshape(len(x), -1)
        for i in range(1, len(p) - 2, 2):
            out, slope = self.bend(h @ p[i] + p[i + 1])
            add = skip and i > 1
            kept.append((h, slope, add))
            h = h + out if add else out
        scores = h @ p[-2] + p[-1]
        scores -= scores.max(1, keepdims=True)
        share = np.exp(scores)
        share /= share.sum(1, keepdims=True)
        value = float(-np.log(share[np.arange(len(y)), y] + 1e-30).mean())
        if not learn:
            return value, []
        share[np.arange(len(y)), y] -= 1
        d = share / len(y)
        grads = [h.T @ d, d.sum(0)]
        d = d @ p[-2].T
        for i, (before, slope, add) in zip(range(len(p) - 4, 0, -2), reversed(kept), strict=True):
            inner = d * slope
            grads[:0] = [before.T @ inner, inner.sum(0)]
            d = inner @ p[i].T + (d if add else 0)
        table = np.eye(len(LETTERS))[x.ravel()].T @ d.reshape(x.size, -1)
        return value, [table, *grads]


def train(s: dict, seed: int, rows: int | None = None) -> tuple[float, float, float]:
    """Loss before training, on the last batch, and on sentences that were never trained on."""
    rng = np.random.default_rng(seed)
    x, y = windows(text(0, 900)[:rows], s["window"])
    vx, vy = windows(text(900, 960), s["window"])
    model = Model(s, rng)
    first, last = model.loss(vx, vy)[0], 0.0
    speed, power = [np.zeros_like(p) for p in model.p], [np.zeros_like(p) for p in model.p]
    for step in range(1, s["max_steps"] + 1):
        some = rng.integers(len(x), size=s["batch_size"])
        last, grads = model.loss(x[some], y[some], learn=True)
        for p, g, m, v in zip(model.p, grads, speed, power, strict=True):
            p -= s["learning_rate"] * s["weight_decay"] * p
            m += 0.1 * (g - m)
            v += 0.01 * (g * g - v)
            p -= s["learning_rate"] * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.99**step)) + 1e-8)
    return first, last, model.loss(vx, vy)[0]


def main(words: list[str]) -> None:
    """Settings as `key=value` words over settings.json; an unknown key is an error, never passed over."""
    s = json.loads((HERE / "settings.json").read_text())
    for word in words:
        key, equals, value = word.partition("=")
        if equals and key not in s:
            sys.exit(f"no setting is called {key}")
        if equals:
            s[key] = value if isinstance(s[key], str) else json.loads(value)
    seed = int(words[words.index("--seed") + 1] or 0) if "--seed" in words else 0
    print(json.dumps({"val_loss": round(train(s, seed)[2], 4)}))


if __name__ == "__main__":
    main(sys.argv[1:])
