"""The example study that comes with the program."""

from pathlib import Path
from typing import TYPE_CHECKING

from ablator.core.errors import AblatorError
from ablator.resources import resource

if TYPE_CHECKING:
    from ablator.core.study import Study


def example_study() -> Path | None:
    """Its file, or None where it was not installed."""
    folder = resource("examples")
    found = sorted([*folder.glob("*.ablation"), *folder.glob("*/*.ablation")])
    return found[0] if found else None


def is_example(study: "Study") -> bool:
    """Whether a study is the example as it comes, which is no loss."""
    from ablator.files.study_file import open_study

    path = example_study()
    if path is None:
        return False
    try:
        return open_study(path)[0].same_as(study)
    except AblatorError:
        return False
