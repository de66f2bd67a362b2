"""Whose name stands below what is entered: that of the preferences, else that of the environment or the login."""

import os

from ablator.app.settings import Settings

KEY = "person/name"
VARIABLE = "ABLATOR_AUTHOR"


class Signature:
    """Keeps the variable that decisions are signed by in step with the preferences, for child processes too."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._before = os.environ.get(VARIABLE)
        settings.changed.connect(self._follow)
        self._follow(KEY)

    def _follow(self, key: str) -> None:
        if key != KEY:
            return
        name = " ".join(str(self._settings.get(KEY)).split())
        if name:
            os.environ[VARIABLE] = name
        elif self._before is not None:
            os.environ[VARIABLE] = self._before
        else:
            os.environ.pop(VARIABLE, None)
