"""Training logs as printed lines: `step 100 loss 2.31`, nanoGPT, progress bars, Keras and Trainer output."""

import functools
import itertools
import re
from collections.abc import Iterator
from typing import Any

from ablator.diagnose.log import canonical
from ablator.importers.found import Reading
from ablator.importers.log_rows import CURVES, log_of_rows, reading_of

HEAD = 1 << 18
"""Bytes in which two rows must stand for a text to be a log."""

MAX_LINE = 4000
MAX_PAIRS = 60

NUMBER = r"[-+]?(?:\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan|inf(?:inity)?)"
_STYLE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_CURVE = re.compile(r"loss|acc|perplexity|ppl|reward|return|mae|mse", re.IGNORECASE)
_EPOCH = re.compile(r"\bepochs?['\"]?\W{0,4}(\d+(?:\.\d+)?)", re.IGNORECASE)
_STEP = re.compile(
    r"\b(?:global_?step|step|iter(?:ation)?|update)s?['\"]?\W{0,4}(\d+)\b(?:\s*/\s*(\d+))?", re.IGNORECASE
)
_BATCH = re.compile(r"\b(?:epoch|train)\W{0,3}\d+\]?\s*\[\s*(\d+)/(\d+)", re.IGNORECASE)
_BAR = re.compile(r"\|\s*(\d+)/(\d+)\s*\[")
_PAIR = re.compile(
    r"(?:\b(?P<split>train(?:ing)?|val(?:id(?:ation)?)?|eval|test)[ \t]+)?"
    r"(?<![\w.])(?P<name>[A-Za-z][\w./@-]{0,60})['\"]?(?P<mark>\s{0,3}[:=]\s{0,3}|[ \t]{1,3})['\"]?"
    rf"(?P<value>{NUMBER})(?![\w/:])(?!\.\d)",
    re.IGNORECASE,
)
_SPLITS = {"train": "train", "training": "train", "test": "test"}
_COUNTS = frozenset({"epoch", "epochs", "step", "steps", "global_step", "iter", "iteration", "update", "total", "seed"})
_BARE = frozenset({"lr", "learning_rate", "grad_norm", "gnorm", "norm"})
"""Names beside curves that may stand before a number without a colon."""


def looks_like_text_log(data: bytes) -> bool:
    """Whether at least two of the first lines give a count of steps or epochs and a curve."""
    head = data[:HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"\x00" in head or re.match(rb'\{\s*"|\{\s*$|\[\s*[\[{"\]]|[<#%]', head[:200]):
        return False
    if re.search(rb"^(?:import|from|def|class) \w", head, re.MULTILINE):
        return False
    rows = _rows(head.decode("utf-8", "replace"))
    return sum(1 for _, _, row in rows if any(_is_curve(k) for k in row)) > 1


def read_text_log(data: bytes, name: str) -> Reading:
    """The reading of printed lines. A bar drawn anew counts by its last state; a step within an epoch is made one."""
    kept: list[tuple[int, dict[str, Any]]] = []
    last: tuple[str, str] | None = None
    for key, size, row in _rows(data.decode("utf-8", "replace")):
        if key == last:
            kept[-1][1].update(row)
        else:
            kept.append((size, row))
        last = key
    return reading_of(log_of_rows(_joined(kept), name), "printed log")


def _joined(rows: list[tuple[int, dict[str, Any]]]) -> list[dict[str, Any]]:
    """The rows with steps that go on through the epochs, where they were counted anew in each."""
    both = [(r["epoch"], r["step"]) for _, r in rows if "epoch" in r and "step" in r]
    anew = any(b[0] > a[0] and b[1] < a[1] for a, b in itertools.pairwise(both))
    if anew:
        first = min(int(e) for e, _ in both)
        for size, row in rows:
            if size and "epoch" in row and "step" in row:
                row["step"] += (int(row["epoch"]) - first) * size
    return [row for _, row in rows]


def _rows(text: str) -> Iterator[tuple[tuple[str, str], int, dict[str, Any]]]:
    """What names the point of each line, the steps of an epoch where they are said (0 else), and the numbers."""
    heading = ""
    for raw in re.split(r"[\r\n]+|\x08{2,}", text):
        line = _STYLE.sub("", raw[:MAX_LINE])
        count = _EPOCH.search(line)
        pairs = _pairs(line)
        if not pairs:
            heading = count[1] if count else heading
            continue
        step = _BATCH.search(line) or _STEP.search(line) or _BAR.search(line)
        epoch = count[1] if count else heading
        if not step and not epoch:
            continue
        row: dict[str, Any] = dict(pairs)
        if epoch:
            row["epoch"] = float(epoch)
        if step:
            row["step"] = float(step[1])
        yield (epoch, step[1] if step else ""), int(step[2] or 0) if step else 0, row


def _pairs(line: str) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    if not _CURVE.search(line):
        return found
    for match in _PAIR.finditer(line):
        name, split = match["name"].lower(), (match["split"] or "").lower()
        if name in _COUNTS or (not match["mark"].strip() and name not in _BARE and not _is_curve(name)):
            continue
        if split:
            name = f"{_SPLITS.get(split, 'val')}_{name}"
        found.append((name, float(match["value"])))
        if len(found) >= MAX_PAIRS:
            break
    return found if any(_is_curve(n) for n, _ in found) else []


@functools.lru_cache(4096)
def _is_curve(name: str) -> bool:
    return canonical(name) in CURVES or bool(_CURVE.search(name))
