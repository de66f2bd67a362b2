"""Keras models by their configuration: JSON, `.keras` archives, HDF5 files; weights and code are never touched."""

import re
import stat
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ablator.core.errors import BadInput, CannotAccess, one_line
from ablator.importers.found import Found, Reading
from ablator.importers.hf_config import family_of
from ablator.importers.hf_ideas import Ideas
from ablator.importers.hf_part import Part, is_number
from ablator.importers.hf_sites import at_sites
from ablator.importers.text_source import CONFIG_LIMIT, load_json

FORMAT = "Keras configuration"
TRAINING_FORMAT = "Keras training configuration"
LAYERS_LIMIT = 100_000
DEPTH_LIMIT = 24
MEMBERS_LIMIT = 10_000
RATIO_LIMIT = 200
UNPACKED_LIMIT = 4 * 1024 * 1024 * 1024

IDEAS: Mapping[str, tuple[str, ...]] = {
    "LSTM": ("recurrence", "gated_cell", "forget_gate", "input_gate", "output_gate"),
    "ConvLSTM2D": ("recurrence", "gated_cell", "convolution"),
    "GRU": ("recurrence", "gated_cell"),
    "CuDNNLSTM": ("recurrence", "gated_cell", "forget_gate", "input_gate", "output_gate"),
    "CuDNNGRU": ("recurrence", "gated_cell"),
    "SimpleRNN": ("recurrence",),
    "Bidirectional": ("bidirectional_rnn",),
    "Embedding": ("token_embedding",),
    "TokenAndPositionEmbedding": ("token_embedding", "learned_absolute_position"),
    "PositionEmbedding": ("learned_absolute_position",),
    "SinePositionEncoding": ("sinusoidal_position",),
    "RotaryEmbedding": ("rope",),
    "MultiHeadAttention": ("softmax_attention", "multi_head_attention"),
    "GroupedQueryAttention": ("softmax_attention", "multi_head_attention", "grouped_query_attention"),
    "Attention": ("softmax_attention",),
    "AdditiveAttention": ("softmax_attention",),
    "TransformerEncoder": ("softmax_attention", "multi_head_attention", "ffn_mlp", "layernorm", "residual_connection"),
    "Conv1D": ("convolution",),
    "Conv2D": ("convolution",),
    "Convolution2D": ("convolution",),
    "Conv3D": ("convolution",),
    "DepthwiseConv2D": ("depthwise_conv",),
    "SeparableConv1D": ("depthwise_conv",),
    "SeparableConv2D": ("depthwise_conv",),
    "LayerNormalization": ("layernorm",),
    "RMSNormalization": ("rmsnorm",),
    "BatchNormalization": ("batchnorm",),
    "GroupNormalization": ("groupnorm",),
    "Add": ("residual_connection",),
    "GlobalAveragePooling1D": ("global_avg_pool",),
    "GlobalAveragePooling2D": ("global_avg_pool",),
    "Dropout": ("dropout",),
    "SpatialDropout1D": ("dropout",),
    "SpatialDropout2D": ("dropout",),
    "RandomFlip": ("data_augmentation",),
    "RandomRotation": ("data_augmentation",),
    "RandomCrop": ("data_augmentation",),
    "RandomZoom": ("data_augmentation",),
    "ReLU": ("relu",),
}
ACTIVATIONS: Mapping[str, str] = {"relu": "relu", "gelu": "gelu", "swish": "silu", "silu": "silu"}
SIZES = ("units", "filters", "num_heads", "input_dim", "rate")
MENDS = "save the model again, or hand in the JSON of model.to_json()"


def looks_like_keras(value: object) -> bool:
    """Whether a JSON value is the configuration of a Keras model."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("class_name"), str)
        and isinstance(value.get("config"), dict | list)
    )


def looks_like_keras_training(value: object) -> bool:
    """Whether a JSON value is what `compile` was called with."""
    return isinstance(value, dict) and isinstance(value.get("optimizer_config"), dict) and "loss" in value


def read_keras(value: Mapping[str, Any], file: str) -> Reading:
    """Ideas of the layers of a model, and how it was compiled where the configuration says so."""
    ideas = Ideas(Part({}, "", file))
    dense = 0
    layers = list(_layers(value))
    for name, kind, config in layers:
        for idea in IDEAS.get(kind, ()):
            ideas.put(idea, "read", [f"{name} ({kind})"], value=_value(idea, config))
        word = config.get("activation")
        if isinstance(word, str) and word.lower() in ACTIVATIONS and not ideas.filler("activation_function"):
            ideas.put(ACTIVATIONS[word.lower()], "read", [f"{name}.activation"])
        if isinstance(config.get("kernel_regularizer"), dict):
            ideas.put("weight_decay", "read", [f"{name}.kernel_regularizer"])
        dense += kind in {"Dense", "TimeDistributed", "EinsumDense"}
        if kind in {"Dense", "EinsumDense"} and dense == 2:
            ideas.put("ffn_mlp", "inferred", [f"{name} ({kind})"])
        if config.get("causal") is True or config.get("use_causal_mask") is True or config.get("padding") == "causal":
            ideas.put("causal_masking", "read", [name])
    if dense == 1 and len(layers) <= 4 and not ideas.here:
        ideas.put("ffn_mlp", "inferred", [next(n for n, k, _ in layers if k in {"Dense", "EinsumDense"})])
    ideas.slots()
    here = at_sites(ideas)
    compiled = value.get("compile_config")
    found = [Found("layers", len([k for _, k, _ in layers if k != "InputLayer"]), file, "config.layers")]
    found += list(_sizes(layers, file))
    if isinstance(compiled, dict):
        found += _training(compiled, file, "compile_config.")
    return Reading(
        file=file,
        format=FORMAT,
        role="model",
        found=tuple(found),
        ideas=here,
        family=family_of(here),
        unknown=("the number of parameters (the shapes of inputs are not read)",),
        name=_text(value["config"].get("name")) if isinstance(value["config"], dict) else "",
    )


def read_keras_training(value: Mapping[str, Any], file: str) -> Reading:
    """Optimizer, learning rate and loss of a compiled model."""
    return Reading(file=file, format=TRAINING_FORMAT, role="settings", found=tuple(_training(value, file, "")))


def _layers(value: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(name, class, configuration) of each layer, nested models and wrapped layers included."""
    config = value.get("config")
    rows = config.get("layers", []) if isinstance(config, dict) else config
    for number, row in enumerate(rows if isinstance(rows, list) else ()):
        if not isinstance(row, dict) or number > LAYERS_LIMIT:
            continue
        kind, inner = _text(row.get("class_name")), row.get("config")
        own = inner if isinstance(inner, dict) else {}
        yield _text(own.get("name")) or _text(row.get("name")) or f"layers/{number}", kind, own
        if depth < DEPTH_LIMIT:
            wrapped = own.get("layer")
            if isinstance(wrapped, dict):
                yield from _layers({"config": [wrapped]}, depth + 1)
            if kind in {"Sequential", "Functional", "Model"}:
                yield from _layers(row, depth + 1)


def _value(idea: str, config: Mapping[str, Any]) -> object:
    key = {"multi_head_attention": "num_heads", "dropout": "rate", "token_embedding": "input_dim"}.get(idea)
    value = config.get(key) if key else None
    return value if is_number(value) else None


def _sizes(layers: list[tuple[str, str, Mapping[str, Any]]], file: str) -> Iterator[Found]:
    for name, _, config in layers[:200]:
        for key in SIZES:
            if is_number(config.get(key)):
                yield Found(key, config[key], file, f"{name}.{key}")


def _training(value: Mapping[str, Any], file: str, prefix: str) -> list[Found]:
    key = "optimizer" if isinstance(value.get("optimizer"), dict) else "optimizer_config"
    optimizer = value.get(key)
    out = []
    if isinstance(optimizer, dict):
        kind, config = _text(optimizer.get("class_name")), optimizer.get("config")
        if kind:
            out.append(Found("optimizer-choice", kind, file, f"{prefix}{key}.class_name"))
        rows = (
            ("learning-rate", ("learning_rate", "lr")),
            ("weight-decay", ("weight_decay",)),
            ("gradient-clipping", ("clipnorm", "global_clipnorm", "clipvalue")),
        )
        for fact, names in rows:
            for name in names:
                number = config.get(name) if isinstance(config, dict) else None
                if is_number(number):
                    out.append(Found(fact, float(f"{number:.7g}"), file, f"{prefix}{key}.config.{name}"))
                    break
    loss = value.get("loss")
    if isinstance(loss, str):
        out.append(Found("loss", loss[:80], file, f"{prefix}loss"))
    return out


def _text(value: object) -> str:
    return value[:80] if isinstance(value, str) else ""


def read_keras_zip(path: Path, name: str = "") -> Reading:
    """The configuration inside a `.keras` archive. Raises BadInput for archives that are unsafe or no model."""
    place = str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            rows = archive.infolist()
            check_members(rows, place)
            names = [r.filename for r in rows]
            if any(n.endswith("data.pkl") for n in names):
                raise BadInput(
                    "this is a PyTorch checkpoint (entry data.pkl): opening it would run code",
                    place=place,
                    mend="hand in config.json or .safetensors, ONNX, or a tree from ablator.describe(module)",
                )
            if "config.json" not in names:
                raise BadInput(
                    "this archive holds no config.json (entry list)",
                    place=place,
                    mend="unpack it and hand in what is inside",
                )
            data = archive.read("config.json")
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError) as wrong:
        raise BadInput(
            f"the archive is damaged (byte 0): {one_line(str(wrong), 100)}", place=place, mend="fetch the file again"
        ) from None
    except OSError as wrong:
        raise CannotAccess(
            f"the file cannot be read ({(wrong.strerror or str(wrong)).lower()})", place=place, mend="check the path"
        ) from None
    return _configuration(data, name or path.name, f"{place}: /config.json")


def check_members(rows: list[zipfile.ZipInfo], place: str) -> None:
    """Raise BadInput for names that leave the archive or come twice, for odd files, and for sizes that are a trap."""
    seen: set[str] = set()
    if len(rows) > MEMBERS_LIMIT:
        raise BadInput(f"the archive has {len(rows):,} entries", place=place, mend=MENDS)
    total = 0
    for row in rows:
        shown = f"entry “{one_line(row.filename, 80)}”"
        parts = row.filename.split("/")
        if row.filename.startswith("/") or "\\" in row.orig_filename or ".." in parts or ":" in parts[0]:
            raise BadInput(f"{shown} lies outside the archive", place=place, mend=MENDS)
        if row.filename in seen:
            raise BadInput(f"{shown} is there twice", place=place, mend=MENDS)
        seen.add(row.filename)
        mode = row.external_attr >> 16
        if mode & (stat.S_ISUID | stat.S_ISGID) or (stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}):
            raise BadInput(f"{shown} is a link or a privileged program", place=place, mend=MENDS)
        total += row.file_size
        packed = row.file_size > 1_000_000 and row.file_size > RATIO_LIMIT * max(row.compress_size, 1)
        if packed or total > UNPACKED_LIMIT or (row.filename == "config.json" and row.file_size > CONFIG_LIMIT):
            raise BadInput(f"{shown} unpacks to {row.file_size:,} bytes", place=place, mend=MENDS)


def read_keras_hdf5(path: Path, name: str = "") -> Reading:
    """The configuration that Keras writes into an HDF5 file, found by its first words; nothing else is looked at."""
    import mmap

    place = str(path)
    try:
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            seen = re.compile(rb'\{"(module": ?"keras|class_name": ?"(Sequential|Functional|Model)")').search(data)
            start = seen.start() if seen else -1
            raw = data[start : start + CONFIG_LIMIT] if seen else b""
    except (OSError, ValueError) as wrong:
        why = (getattr(wrong, "strerror", None) or str(wrong)).lower()
        raise CannotAccess(f"the file cannot be read ({why})", place=place, mend="check the path") from None
    if not raw:
        raise BadInput(
            "this HDF5 file (byte 0) holds no model configuration, perhaps weights alone",
            place=place,
            mend="hand in the JSON of model.to_json(), or the model saved whole",
        )
    return _configuration(raw[: _end_of_object(raw)], name or path.name, f"{place}: /model_config")


def _end_of_object(raw: bytes) -> int:
    """Where the JSON object at the start ends; brackets in texts do not count."""
    depth = 0
    for token in re.finditer(rb'"(?:[^"\\]|\\.)*"|[{}]', raw):
        word = token.group()
        if word == b"{":
            depth += 1
        elif word == b"}":
            depth -= 1
            if depth == 0:
                return token.end()
    return len(raw)


def _configuration(data: bytes, file: str, place: str) -> Reading:
    value = load_json(data, place)
    if not looks_like_keras(value):
        raise BadInput("the configuration is not that of a Keras model", place=place, mend=MENDS)
    return read_keras(value, file)
