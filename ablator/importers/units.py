"""In what a length, a warm-up or a batch is counted: steps, samples, tokens or epochs; a device or all together."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ablator.importers.found import Found

SHARE = "of the run"
PER_DEVICE = "per device"
GLOBAL = "over all devices"

_DURATION = re.compile(r"\s*([0-9][0-9_]*(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)\s*([a-zA-Z]+)\s*$")
_LETTERS: Mapping[str, str] = {
    **dict.fromkeys(("ep", "epoch", "epochs"), "epochs"),
    **dict.fromkeys(("ba", "batch", "batches", "step", "steps", "it", "iters"), "steps"),
    **dict.fromkeys(("tok", "t", "token", "tokens"), "tokens"),
    **dict.fromkeys(("sp", "sample", "samples"), "samples"),
    "dur": SHARE,
}
"""Letters behind the number of a duration, as Composer and OLMo write it."""

_SHORT = re.compile(r"\s*([0-9][0-9_]*(?:\.[0-9]+)?)\s*([kKMBG%])\s*$")
_TIMES: Mapping[str, float] = {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "G": 1e9, "%": 0.01}
"""What a letter behind a number multiplies it by."""

_EACH = re.compile(r"per_(device|gpu|replica)|micro|local_batch|device_batch|device_train|samples_per_gpu|imgs_per_gpu")
_ALL = re.compile(r"global|total_batch|effective|ims_per_batch|^train_batch_size$")
_DEVICES = ("world_size", "num_processes", "n_gpu", "num_gpus", "ngpus", "num_devices", "devices", "gpus")
_A_NODE = ("nproc_per_node", "gpus_per_node", "num_gpus_per_node", "nproc", "ntasks_per_node")
_PARALLEL = re.compile(r"(tensor|pipeline|context|expert)_(model_)?parallel|^(tp|pp|cp)(_size)?$")
"""Settings that spread one copy of a model over several devices."""

_NODES = ("nnodes", "num_nodes", "num_machines", "nodes")


def plain_name(key: str) -> str:
    """The last name of a dotted key, in lower case with `_`."""
    name = key.rpartition(".")[2]
    if not name.islower() and not name.isupper():
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return name.strip().lstrip("-").lower().replace("-", "_")


def counted(factor: str, key: str, value: Any, beside: Mapping[str, Any]) -> tuple[Any, str]:
    """The value as a number where it is a duration, and its unit; the unit is empty where nothing tells.

    `beside` maps all keys of the file to values: a scheduler may say its units in a key of its own.

    >>> counted("training-length", "max_duration", "4800ba", {})
    (4800, 'steps')
    """
    if factor == "batch-size":
        return value, _of_batch(plain_name(key))
    short = _SHORT.match(value) if isinstance(value, str) else None
    if factor in {"data-quantity", "eval-set-size"} and short and short[2] != "%":
        return int(float(short[1].replace("_", "")) * _TIMES[short[2]]), "samples"
    if factor not in {"training-length", "warmup"}:
        return value, ""
    if isinstance(value, str):
        if short:
            share, number = short[2] == "%", float(short[1].replace("_", "")) * _TIMES[short[2]]
            unit = SHARE if share else _of_length(factor, plain_name(key), 2, "")
            return (round(number, 9) if share else int(number)), unit
        said = _DURATION.match(value)
        unit = _LETTERS.get(said[2].lower(), "") if said else ""
        if said and unit:
            number = float(said[1].replace("_", ""))
            return int(number) if number == int(number) and number < 2**63 else number, unit
        return value, ""
    return value, _of_length(factor, plain_name(key), value, str(beside.get(key.rpartition(".")[0] + ".units", "")))


def _of_length(factor: str, name: str, value: Any, said: str) -> str:
    if said in {"tokens", "steps", "epochs", "samples"} and factor == "warmup":
        return said
    if re.search(r"epoch|^nepochs$", name):
        return "epochs"
    if "token" in name:
        return "tokens"
    if "sample" in name:
        return "samples"
    if re.search(r"ratio|fraction|proportion", name):
        return SHARE
    if factor == "warmup" and isinstance(value, float) and 0 < value < 1:
        return SHARE
    return "steps" if re.search(r"step|iter|update|_t$|^t_", name) else ""


def _of_batch(name: str) -> str:
    if "token" in name:
        return "tokens"
    return PER_DEVICE if _EACH.search(name) else GLOBAL if _ALL.search(name) else ""


def global_batch(found: Iterable[Found], values: Mapping[str, Any], file: str) -> tuple[Found | None, str]:
    """The batch over all devices, inferred from the one of a device, or why it is not known (empty: no question).

    Nothing is inferred where the file names the batch over all devices itself.
    """
    rows = list(found)
    if any(_ALL.search(plain_name(k)) and "batch" in plain_name(k) for k in values):
        return None, ""
    batches = [f for f in rows if f.fact == "batch-size" and _whole(f.value)]
    each = next((f for f in batches if f.unit == PER_DEVICE), None)
    if each is None or any(f.unit in {GLOBAL, "tokens"} for f in batches):
        return None, ""
    if any(_PARALLEL.search(plain_name(k)) and _whole(v) and v > 1 for k, v in values.items()):
        return None, f"how many copies of the model train: {each.key} counts the samples of one"
    named = {plain_name(k): v for k, v in values.items() if _whole(v)}
    keys = next(([k] for k in _DEVICES if k in named), [])
    a_node, nodes = next((k for k in _A_NODE if k in named), ""), next((k for k in _NODES if k in named), "")
    if not keys and a_node:
        keys = [a_node, *([nodes] if nodes else [])]
    elif keys and nodes and keys[0] in {"devices", "gpus"}:
        keys.append(nodes)
    if not keys:
        return None, f"how many devices train: {each.key} counts the samples of one"
    gathered = next((f for f in rows if f.fact == "gradient-accumulation" and _whole(f.value)), None)
    factors = [each.value, *([gathered.value] if gathered else []), *(named[k] for k in keys)]
    key = " × ".join([each.key, *([gathered.key] if gathered else []), *keys])
    return Found("global_batch_size", math.prod(factors), file, key, "inferred", "", GLOBAL), ""


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**40
