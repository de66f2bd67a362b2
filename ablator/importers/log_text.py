"""Training logs as printed lines: `step 100 loss 2.31`, nanoGPT, progress bars, Keras and Trainer output."""

import functools
import itertools
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from ablator.diagnose.log import canonical
from ablator.importers.dumped import printed
from ablator.importers.found import Reading
from ablator.importers.log_rows import CURVES, log_of_rows, reading_of, with_settings

HEAD = 1 << 18
"""Bytes in which two rows must stand for a text to be a log."""

MAX_LINE = 4000
MAX_PAIRS = 60
MAX_SHAPES = 2000
"""Shapes of lines beyond which each new one is searched by itself."""


NUMBER = r"[-+]?(?:\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan|inf(?:inity)?)"
_TOKEN = re.compile(r"([-+]?(?:\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?))")
"""A number within a line; what stands between is the line's shape, by which lines of one program are alike."""

_STYLE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_CURVE = re.compile(r"loss|acc|perplexity|ppl|reward|return|mae|mse|[-_ ]auc|merror|bleu|\bwer\b", re.IGNORECASE)
_EPOCH = re.compile(r"\bepochs?['\"]?\W{0,4}(\d+(?:\.\d+)?)", re.IGNORECASE)
_STEP = re.compile(
    r"\b(?:global_?step|num_update|step|iter(?:ation)?|update)s?['\"]?(?:\W{0,4}|[ \t]{0,16})(\d+)\b(?:\s*/\s*(\d+))?",
    re.IGNORECASE,
)
_TURN = re.compile(r"\btrain\W{0,3}(\d+)\]?\s*\[\s*\d+/\d+", re.IGNORECASE)
_BATCH = re.compile(r"\b(?:epoch|train)\W{0,3}\d+\]?\s*\[\s*(\d+)/(\d+)", re.IGNORECASE)
_LEADING = re.compile(r"^\s*(?:[IWE]\d{4} \S[^\]]{0,80}\] )?\[(?:\d+,\s*)?(\d+)\][ \t:]()?")
"""`[100] loss=…` of JAX and boosting libraries, `[epoch, step] loss: …` of PyTorch's tutorial."""

_LEADING_EPOCH = re.compile(r"^\s*\[(\d+),\s*\d+\][ \t:]")
_SPANNED = re.compile(r"epoch:train:\d+-(\d+)batch()?")
_SPANNED_EPOCH = re.compile(r"\b(\d+)epoch:train:\d+-\d+batch")
"""ESPnet names the epoch and the batches that a line sums up."""

_OWNED = re.compile(r"\b(train(?:ing)?|val(?:id(?:ation)?)?(?:_\d+)?|eval|test)'s\s+(?=\w)")
"""LightGBM: `training's binary_logloss: 0.5`."""

_SAMPLES = re.compile(r"\btrain epoch\W{0,3}\d+\]?\s*\[\s*\d+/\d+\s*\(\s*\d+(?:\.\d+)?%\)\]", re.IGNORECASE)
"""PyTorch's examples print how many samples an epoch has seen, where others print batches."""

_HELD_OUT = re.compile(r"(?:^|\|)\W*(?P<split>test|val(?:id(?:ation)?)?|eval(?:uation)?)\b", re.IGNORECASE)
_OWN = re.compile(r"train|test|val|eval", re.IGNORECASE)
_RATIO = re.compile(r"\bacc(?:uracy)?[:= ]{1,3}(\d{1,12})/(\d{1,12})\b", re.IGNORECASE)
_BAR = re.compile(r"\|\s*(\d+)/(\d+)\s*\[")
_PAIR = re.compile(
    r"(?:\b(?P<split>train(?:ing)?|val(?:id(?:ation)?)?|eval|test)[ \t]+)?"
    r"(?<![\w.])(?P<name>learning rate|grad(?:ient)? norm|lm loss (?:value|ppl)|[A-Za-z][\w./@-]{0,60})"
    r"['\"]?(?P<mark>\s{0,3}[:=]\s{0,3}|[ \t]{1,3})['\"]?"
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
    head = data[:HEAD].decode("utf-8", "replace")
    unknown = ("steps: the lines count samples, not steps",) if _SAMPLES.search(head) else ()
    reading = reading_of(log_of_rows(_joined(kept), name), "printed log", unknown=unknown)
    return with_settings(reading, printed(head))


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
    before = _Line([])
    seen: dict[str, _Shape | None] = {}
    plain = "\r" not in text and "\x08" not in text
    for raw in text.split("\n") if plain else re.split(r"[\r\n]+|\x08{2,}", text):
        line = _STYLE.sub("", raw[:MAX_LINE]) if "\x1b" in raw else raw[:MAX_LINE]
        if "'s " in line:
            line = _OWNED.sub(r"\1_", line)
        parts = _TOKEN.split(line)
        shape = "\0".join(parts[::2])
        if shape not in seen and len(seen) < MAX_SHAPES:
            seen[shape] = _placed(line)
        known = seen.get(shape)
        told = (_filled(known, parts) if known else None) or _line(line)
        if not told.pairs:
            heading = told.epoch or heading
            continue
        if not told.step and not told.epoch and _HELD_OUT.search(line):
            told = before._replace(pairs=told.pairs)  # an evaluation is of the point at which it is printed
        before = told
        epoch = told.epoch or heading
        if not told.step and not epoch:
            continue
        row: dict[str, Any] = dict(told.pairs)
        if epoch:
            row["epoch"] = float(epoch)
        if told.step:
            row["step"] = float(told.step)
        yield (epoch, told.step), int(told.size) if told.size else 0, row


class _Line(NamedTuple):
    """What one line tells."""

    pairs: list[tuple[str, float]]
    epoch: str = ""
    step: str = ""
    size: str = ""


class _Shape(NamedTuple):
    """Where the numbers of a line stand among its tokens; of `counts` (epoch, step, size) None where it has none."""

    pairs: list[tuple[str, int]]
    counts: tuple[int | None, int | None, int | None]


def _line(line: str) -> _Line:
    count, step = _turn(line), _step(line)
    pairs = [(name, float(value)) for name, value, _ in _pairs(line)]
    return _Line(pairs, count[1] if count else "", step[1] if step else "", (step[2] or "") if step else "")


def _step(line: str) -> re.Match[str] | None:
    return (
        _BATCH.search(line) or _STEP.search(line) or _BAR.search(line) or _LEADING.search(line) or _SPANNED.search(line)
    )


def _turn(line: str) -> re.Match[str] | None:
    return _EPOCH.search(line) or _TURN.search(line) or _LEADING_EPOCH.search(line) or _SPANNED_EPOCH.search(line)


def _placed(line: str) -> _Shape | None:
    """The places of a line's numbers, so that lines of the same shape need not be searched again.

    None where a number is no whole token, or a name holds digits, which may differ in the next line.
    """
    places = {m.span(1): n for n, m in enumerate(_TOKEN.finditer(line))}
    count, step = _turn(line), _step(line)
    told = [(count, 1), (step, 1), (step, 2)]
    counts = [m.span(group) if m and m[group] else None for m, group in told]
    pairs = [(name, span) for name, _, span in _pairs(line)]
    if any(span is not None and span not in places for span in (*counts, *(span for _, span in pairs))):
        return None
    if any(c.isdigit() for name, _ in pairs for c in name):
        return None
    first, second, third = (None if span is None else places[span] for span in counts)
    return _Shape([(name, places[span]) for name, span in pairs], (first, second, third))


def _filled(shape: _Shape, parts: list[str]) -> _Line | None:
    """A line of a known shape with its own numbers; None where a count is written as no count is."""
    numbers = parts[1::2]
    first, second, third = shape.counts
    epoch = "" if first is None else numbers[first]
    step = "" if second is None else numbers[second]
    size = "" if third is None else numbers[third]
    if not f"0{step}{size}{epoch.replace('.', '0', 1)}".isdecimal():
        return None
    return _Line([(name, float(numbers[n])) for name, n in shape.pairs], epoch, step, size)


def _named(words: str) -> str:
    """A name of two words as one."""
    return {"lm loss value": "loss", "lm loss ppl": "ppl"}.get(words, words.replace(" ", "_"))


def _pairs(line: str) -> list[tuple[str, str, tuple[int, int]]]:
    """Names and numbers of a line that holds a curve, and where the numbers stand."""
    found: list[tuple[str, str, tuple[int, int]]] = []
    if not _CURVE.search(line):
        return found
    held = _HELD_OUT.search(line)
    for match in _PAIR.finditer(line):
        name, split = _named(match["name"].lower()), (match["split"] or "").lower()
        if name in _COUNTS or (not match["mark"].strip() and name not in _BARE and not _is_curve(name)):
            continue
        if held and not split and name not in _BARE and not _OWN.match(name):
            split = held["split"].lower()
        if split:
            name = f"{_SPLITS.get(split, 'val')}_{name}"
        found.append((name, match["value"], match.span("value")))
        if len(found) >= MAX_PAIRS:
            break
    ratio = _RATIO.search(line)
    if ratio and int(ratio[1]) <= int(ratio[2]) > 0:
        prefix = f"{_SPLITS.get(held['split'].lower(), 'val')}_" if held else ""
        found.append((f"{prefix}accuracy", str(int(ratio[1]) / int(ratio[2])), (-1, -1)))
    return found if any(_is_curve(n) for n, _, _ in found) else []


@functools.lru_cache(4096)
def _is_curve(name: str) -> bool:
    return canonical(name) in CURVES or bool(_CURVE.search(name))
