"""Commands of runs: the study's template with the settings and the seed of one run, quoted for a shell."""

import json
import shlex
from collections.abc import Mapping

from ablator.core.elements import Json


def setting_words(overrides: Mapping[str, Json]) -> list[str]:
    """Each setting as a quoted word `key=value`, sorted by key.

    >>> setting_words({"lr": 0.1, "name": "a b"})
    ['lr=0.1', "'name=a b'"]
    """
    return [shlex.quote(f"{k}={v if isinstance(v, str) else json.dumps(v)}") for k, v in sorted(overrides.items())]


def command(template: str, overrides: Mapping[str, Json], seed: int | None) -> str:
    """The study's command with `{overrides}` as `key=value` words and `{seed}` filled in; empty without a template."""
    if not template:
        return ""
    words = " ".join(setting_words(overrides))
    return template.replace("{overrides}", words).replace("{seed}", "" if seed is None else str(seed))


def argument_words(template: str, overrides: Mapping[str, Json], seed: int | None) -> list[str]:
    """The words of a run's command as a program is started with them: no shell reads them, so nothing is syntax.

    `{overrides}` as a word of its own becomes a word a setting. Raises ValueError for quotes that do not match.

    >>> argument_words("python train.py {overrides} --seed {seed}", {"name": "a; b"}, 3)
    ['python', 'train.py', 'name=a; b', '--seed', '3']
    """
    settings = [f"{k}={v if isinstance(v, str) else json.dumps(v)}" for k, v in sorted(overrides.items())]
    out: list[str] = []
    for word in shlex.split(template):
        if word == "{overrides}":
            out += settings
        else:
            filled = word.replace("{seed}", "" if seed is None else str(seed))
            out.append(filled.replace("{overrides}", " ".join(settings)))
    return out
