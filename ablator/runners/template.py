"""A command with places for settings: the words and the environment that start one run."""

import json
import re
import shlex
from collections.abc import Mapping
from typing import Literal, get_args

import msgspec

from ablator.core.elements import Json
from ablator.core.errors import BadInput

Style = Literal["hydra", "argparse", "json", "env"]
STYLES: tuple[Style, ...] = get_args(Style)

PLACES = frozenset({"overrides", "overrides_json", "seed", "run", "folder", "step", "element"})
"""What may stand in braces in a command; other braces are left as they are."""

_PLACE = re.compile(r"\{(" + "|".join(sorted(PLACES, key=len, reverse=True)) + r")\}")
_FORBIDDEN = re.compile(
    r"(LD|DYLD|PYTHON|PERL|RUBY|NODE|JAVA|GIT|BASH|ABLATOR|SLURM)_?.*|PATH|HOME|SHELL|IFS|ENV|PS4|CDPATH|TMPDIR"
)


class Filling(msgspec.Struct, frozen=True, kw_only=True):
    """What fills the places of a command for one run; `file` is where its settings lie as JSON."""

    run: str
    folder: str
    file: str
    overrides: Mapping[str, Json]
    seed: int | None = None
    step: str = ""
    element: str = ""


class Template(msgspec.Struct, frozen=True):
    """A command cut into words once, as a shell would; a run's settings then fill words, and no shell reads them.

    >>> t = Template.of("python train.py {overrides} --seed {seed}")
    >>> t.words(Filling(run="a/b/s1", folder="f", file="f/o.json", overrides={"name": "a; b"}, seed=3))
    ['python', 'train.py', 'name=a; b', '--seed', '3']
    """

    parts: tuple[str, ...]
    style: Style = "hydra"

    @classmethod
    def of(cls, text: str, style: Style = "hydra") -> "Template":
        """Raises BadInput for an empty command and for quotes that do not match."""
        try:
            parts = tuple(shlex.split(text))
        except ValueError as wrong:
            raise BadInput(
                f"the command cannot be cut into words: {str(wrong).lower()}",
                place="run --command",
                mend="mend its quotes",
            ) from None
        if not parts:
            raise BadInput(
                "there is no command",
                place="run",
                mend="give --command 'python train.py {overrides}', or set it with `ablator set STUDY command …`",
            )
        return cls(parts, style)

    def has(self, place: str) -> bool:
        """Whether `{place}` stands in the command."""
        return any(f"{{{place}}}" in part for part in self.parts)

    def takes_settings(self) -> bool:
        """Whether the settings of a run reach the program at all."""
        return self.style == "env" or self.has("overrides") or self.has("overrides_json")

    def words(self, filling: Filling) -> list[str]:
        """The words of a run's command; `{overrides}` as a word of its own becomes a word a setting.

        A run without a seed (a trial of a sweep) leaves out `seed={seed}`, and `--seed {seed}` as a whole.
        """
        settings = [] if self.style == "env" else setting_words(filling.overrides, self.style, filling.file)
        values = {
            "overrides": " ".join(settings),
            "overrides_json": json.dumps(dict(filling.overrides), sort_keys=True),
            "seed": "" if filling.seed is None else str(filling.seed),
            "run": filling.run,
            "folder": filling.folder,
            "step": filling.step,
            "element": filling.element,
        }
        out: list[str] = []
        for part in self.parts:
            if part == "{overrides}":
                out += settings
            elif filling.seed is None and (part == "{seed}" or part.endswith("={seed}")):
                if part == "{seed}" and out and out[-1].startswith("-"):
                    out.pop()
            else:
                out.append(_PLACE.sub(lambda found: values[found[1]], part))
        return out

    def environment(self, filling: Filling) -> dict[str, str]:
        """The variables that every run gets, and one a setting in the style `env`."""
        names = {
            "ABLATOR_RUN": filling.run,
            "ABLATOR_FOLDER": filling.folder,
            "ABLATOR_OVERRIDES": filling.file,
            "WANDB_NAME": filling.run,
            "WANDB_TAGS": filling.run,
        }
        if filling.seed is not None:
            names["ABLATOR_SEED"] = str(filling.seed)
        return {**names, **(variables(filling.overrides) if self.style == "env" else {})}


def setting_words(overrides: Mapping[str, Json], style: Style, file: str) -> list[str]:
    """The settings as words in one style, by key; for `json` the path of the file that holds them.

    >>> setting_words({"lr": 0.1, "name": "-x", "sizes": [1, 2]}, "argparse", "")
    ['--lr', '0.1', '--name=-x', '--sizes', '1', '2']
    """
    if style == "json":
        return [file]
    out = []
    for key, value in sorted(overrides.items()):
        if style == "hydra":
            out.append(f"{key}={_text(value)}")
            continue
        values = [_text(v) for v in value] if isinstance(value, list) and value else [_text(value)]
        if any(v.startswith("-") for v in values) and len(values) == 1:
            out.append(f"--{key}={values[0]}")
        else:
            out += [f"--{key}", *values]
    return out


def variables(overrides: Mapping[str, Json]) -> dict[str, str]:
    """Settings as environment variables: capitals, with `_` for any other sign.

    Raises BadInput for names that would change how programs are found, and for two settings of one name.

    >>> variables({"optim.lr": 0.1})
    {'OPTIM_LR': '0.1'}
    """
    out: dict[str, str] = {}
    for key, value in sorted(overrides.items()):
        name = re.sub(r"[^A-Z0-9]", "_", key.upper())
        if name[:1].isdigit() or _FORBIDDEN.fullmatch(name) or name in out:
            why = "is the name of two settings" if name in out else "is no name for a setting"
            raise BadInput(
                f"the environment variable {name} {why}", place="run --style env", mend="use --style json instead"
            )
        out[name] = _text(value)
    return out


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)
