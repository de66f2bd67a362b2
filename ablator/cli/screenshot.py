"""`ablator screenshot`: the real window, painted to a file without a display."""

import os
from pathlib import Path

from ablator.core.errors import BadInput

VIEWS = (
    "workspace",
    "welcome",
    "new",
    "graph",
    "plan",
    "inspector",
    "findings",
    "symptoms",
    "curves",
    "forest",
    "tuning",
    "noise",
    "power",
    "devices",
    "retrace",
    "library",
    "help",
    "method",
    "shortcuts",
    "about",
    "palette",
    "settings",
    "preferences",
    "tour",
    "compare",
    "conflicts",
)
WITHOUT_STUDY = ("welcome", "new", "help", "method", "shortcuts", "about", "palette", "preferences")
"""Views that need no study."""

THEMES = ("light", "dark")
SCALES = (1, 2)


def screenshot(
    study: Path | None,
    output: Path,
    *,
    view: str | None = None,
    theme: str = "light",
    scale: int = 1,
    size: tuple[int, int] = (1280, 800),
) -> None:
    """Paint a view of the window to a PNG, `size` logical pixels large, `scale` device pixels each.

    Without a study the view is `welcome`, with one `workspace`. Raises BadInput for unknown words and damaged studies,
    CannotAccess where the picture cannot be written.
    """
    chosen = view or "workspace"
    if study is None and chosen == "workspace":
        chosen = "welcome"
    for word, known, option in ((chosen, VIEWS, "--view"), (theme, THEMES, "--theme"), (scale, SCALES, "--scale")):
        if word not in known:
            names = ", ".join(str(k) for k in known)
            raise BadInput(f"{word!r} is not known", place=f"screenshot {option}", mend=f"use one of {names}")
    if study is None and chosen not in WITHOUT_STUDY:
        raise BadInput(f"the view {chosen!r} needs a study", place="screenshot", mend="name a .ablation file")
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_SCALE_FACTOR"] = str(scale)
    os.environ["QT_ENABLE_HIGHDPI_SCALING"] = "1"
    os.environ.setdefault("QT_LOGGING_RULES", "*.debug=false;qt.qpa.*=false")
    from ablator.cli.window import paint
    from ablator.files.atomic import save_bytes

    save_bytes(output, paint(study, chosen, theme, size))
