"""How training programs spell their parameters: a name in any of their settings to the factor that it sets."""

import re
from collections.abc import Mapping
from functools import cache

from ablator.library import library

_SPELLINGS: Mapping[str, str] = {
    "learning-rate": "learning_rate lr lr0 base_lr base_learning_rate peak_lr peak_learning_rate max_lr lr_max init_lr "
    "initial_lr initial_learning_rate adam_lr unet_lr blr lr_base lrate learn_rate learningrate alpha_lr",
    "batch-size": "per_device_train_batch_size per_device_batch_size per_gpu_train_batch_size per_gpu_batch_size "
    "train_batch_size global_train_batch_size global_batch_size total_batch_size batch_size micro_batch_size "
    "train_micro_batch_size_per_gpu micro_batch_size_per_gpu device_train_microbatch_size device_batch_size "
    "batch_size_per_gpu batch_size_per_device per_replica_batch ims_per_batch samples_per_gpu imgs_per_gpu batch bs "
    "mini_batch_size minibatch_size mini_batch minibatch train_bs batchsize n_batch train_batchsize local_batch_size",
    "training-length": "n_timesteps total_timesteps "
    "max_steps train_steps max_train_steps num_train_steps num_training_steps training_steps "
    "total_steps num_steps steps train_iters max_iters max_iter total_iters iterations num_iterations max_update "
    "max_updates max_duration n_epoch num_train_epochs train_epochs max_epochs max_epoch num_epochs num_epoch n_epochs "
    "number_of_epochs total_epochs nepochs epochs max_train_epochs epoch_num n_steps "
    "max_tokens_trained train_tokens target_train_tokens total_train_tokens",
    "warmup": "warmup_steps num_warmup_steps warmup_num_steps n_warmup_steps warmup_iters lr_warmup_steps "
    "lr_warmup_iters "
    "warmup_updates warmup_ratio warmup_fraction warmup_proportion lr_warmup_fraction warmup_epochs lr_warmup_epochs "
    "lr_warmup_samples t_warmup warmup_t warmup warmup_length linear_warmup_steps lr_warmup_ratio warm_up_steps "
    "warmup_step",
    "weight-decay": "weight_decay wd l2 weight_decay_rate adamw_weight_decay",
    "gradient-clipping": "max_grad_norm grad_clip clip_grad clip_grad_norm grad_clip_norm grad_norm_clip "
    "gradient_clip_val "
    "gradient_clipping gradient_clip gradient_clip_norm clip_norm clipping_threshold clip_gradients max_norm clip "
    "grad_norm grad_clip_value gradient_clip_value",
    "optimizer-choice": "optim optimizer opt optimizer_type optimizer_name optim_type",
    "lr-schedule": "lr_scheduler_type lr_scheduler lr_schedule scheduler_type sched scheduler lr_decay_style "
    "learning_rate_schedule schedule cos_lr lr_scheduler_name scheduler_name lr_policy",
    "precision": "bf16 fp16 mixed_precision precision dtype amp use_amp use_fp16 use_bf16 half compute_dtype "
    "mixed_precision_type dtype_str",
    "seeds": "seed random_seed manual_seed global_seed rng_seed data_seed numpy_seed pytorch_seed init_seed",
    "dropout": "dropout dropout_rate dropout_p p_dropout hidden_dropout attention_dropout attn_dropout embed_dropout",
    "initialisation": "init_std initializer_range init_method_std init_scale",
    "label-smoothing": "label_smoothing label_smoothing_factor smoothing",
    "gradient-accumulation": "gradient_accumulation_steps accumulate_grad_batches grad_accum_steps accumulation_steps "
    "grad_accumulation_factor num_gradient_accumulation_steps update_freq grad_accum batch_accumulation_per_replica",
    "shuffling": "shuffle",
    "data-quantity": "max_train_samples train_samples num_train_samples n_train",
    "eval-set-size": "eval_samples max_eval_samples num_eval_samples val_samples n_val",
    "eval-cadence": "eval_steps eval_interval eval_every eval_freq val_interval val_check_interval",
    "label-noise": "label_noise",
}
"""Factor → spellings (lower case, `_` for `-`); where a file has several, the first here tells the factor's value."""

_ELSEWHERE = re.compile(
    r"(^|[._])((light|lm_?|auto_?|m)?eval(?!ue)\w*|val(_\w+)?|valid(ation)?(_\w+)?|test(_\w+)?|dev|predict\w*|benchmark\w*|"
    r"profiler|profiling|logger|logging|callbacks?|checkpoint\w*|"
    r"generator|(?<!batch_)sampler|sampling|diffusion|early_stopping|wandb|hub|inference|model_checkpoint|generation|"
    r"quantization_config)\."
)
"""Parts of a path under which `steps`, `batch_size` and the like say nothing about training."""

_NAMED = frozenset({"name", "type", "_target_", "class_name", "class_path", "class", "_component_", "_name", "_name_"})
"""Keys that name a class, below `optimizer` or `scheduler`."""

SEARCHED = re.compile(r"\s*(interval|choice|range|tag|glob|shuffle|uniform|loguniform)\(")
"""Texts of a Hydra sweep: a search range, not a value."""


_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
"""Where a name in camel case is parted."""


@cache
def _table() -> Mapping[str, str]:
    out: dict[str, str] = {}
    for factor, names in _SPELLINGS.items():
        for name in names.split():
            out.setdefault(name, factor)
    for row in library().factors.values():
        for dialect, keys in row.config_keys.items():
            if dialect != "model_config":
                for name in keys:
                    out.setdefault(_plain(name.rpartition(".")[2] if dialect == "hydra" else name), row.id)
    return out


@cache
def _ranks() -> Mapping[str, int]:
    return {name: rank for names in _SPELLINGS.values() for rank, name in enumerate(names.split())}


def _plain(name: str) -> str:
    if not name.islower() and not name.isupper():
        name = _HUMP.sub("_", name)
    return name.strip().lstrip("-").lower().replace("-", "_").replace(" ", "_")


def factor_of_class(name: str, value: object) -> str | None:
    """The factor that a class named by `_target_` and the like sets, where no path tells: a schedule, an optimizer."""
    if _plain(name) not in _NAMED or not isinstance(value, str):
        return None
    if re.search(
        r"lr_?schedul|ReduceLR|(Annealing|Step|Cosine|Cyclic|Cycle|Exponential|Polynomial|Lambda|Linear)LR", value
    ):
        return "lr-schedule"
    return "optimizer-choice" if re.search(r"(^|\.)optim(izers?)?\.", value) else None


def factor_of(path: str, name: str) -> str | None:
    """The factor that a parameter sets, by its own name and the path that leads to it; None where none is known."""
    plain = _plain(name.rpartition(".")[2])
    parent = path[: path.rfind(".") + 1].lower()
    if plain in _NAMED and parent:
        owner = parent.rstrip(".").rpartition(".")[2]
        if "sched" in owner:
            return "lr-schedule"
        return "optimizer-choice" if re.search(r"optim(izer)?$", owner) else None
    factor = _table().get(plain)
    if factor is None:
        if plain == "enabled" and re.search(r"(fp16|bf16|amp)\.$", parent):
            return "precision"
        if plain == "max_tokens":
            return {"dataset": "batch-size", "train": "training-length"}.get(parent.rstrip(".").rpartition(".")[2])
        return None
    if parent and _ELSEWHERE.search(parent) and factor not in {"eval-set-size", "eval-cadence"}:
        return None
    return factor


DECIDED = frozenset(
    {"learning-rate", "batch-size", "training-length", "warmup", "weight-decay", "gradient-clipping"}
    | {"gradient-accumulation", "optimizer-choice", "lr-schedule"}
)
"""Factors whose value only their own parameter tells: Adam's beta is no optimizer, an end rate no schedule."""


def tells_value(factor: str, path: str) -> bool:
    """Whether a parameter tells the value of its factor, or only belongs to it."""
    name = _plain(path.rpartition(".")[2])
    return factor not in DECIDED or name in _ranks() or name in _NAMED or name == "max_tokens"


def rank_of(path: str) -> tuple[int, int]:
    """Which of several parameters of one factor tells its value: the usual spelling first, then the shallower path."""
    return _ranks().get(_plain(path.rpartition(".")[2]), 999), path.count(".")
