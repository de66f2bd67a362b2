"""Every error a person can meet, as one tree.

AblatorError                 one line: place, what is wrong, what to do
├── BadInput                 malformed file or usage                        exit 2
│   ├── LeftByGit            a merge that git began left both sides in it   exit 2
│   └── NewerVersion         written by a newer program, never touched      exit 2
├── CannotAccess             missing, no permission, disk full              exit 3
├── ChangedOnDisk            somebody else wrote the file since it was read exit 4
└── EditRefused              an edit that would break a law of the study    exit 2
"""


class AblatorError(Exception):
    """A problem with a place, a sentence and a mend; `str()` gives the one line that is shown."""

    exit_code = 2

    def __init__(self, what: str, *, place: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.place = place
        self.mend = mend

    def __str__(self) -> str:
        head = f"{self.place}: " if self.place else ""
        tail = f"; {self.mend}" if self.mend else ""
        return one_line(f"{head}{self.what}{tail}")

    def at(self, place: str) -> "AblatorError":
        """The same error with the file put before its place (`FILE: place` or `FILE:LINE`)."""
        joined = f"{place}{'' if self.place.startswith(':') else ': '}{self.place}" if self.place else place
        return type(self)(self.what, place=joined, mend=self.mend)


class BadInput(AblatorError):
    """A file or a word on the command line that cannot be understood."""


class ForeignFile(BadInput):
    """A sound file that tells nothing about a model, its training or its logs."""


class LeftByGit(BadInput):
    """A study in which git's merge by lines left both sides, between marks."""


class NewerVersion(BadInput):
    """A study written by a newer program: refused, its bytes left alone."""


class CannotAccess(AblatorError):
    """A file that cannot be read or written."""

    exit_code = 3


class ChangedOnDisk(AblatorError):
    """The file is no longer what was loaded."""

    exit_code = 4


class EditRefused(AblatorError):
    """An edit that would break a law; `what` is the reason, shown at the cursor."""


def one_line(text: str, limit: int = 600) -> str:
    """`text` on one line without control characters, so that a message can never drive a terminal."""
    if text.isprintable() and len(text) <= limit:
        return text
    clean = "".join(c if c.isprintable() else ("\\n" if c == "\n" else f"\\x{ord(c):02x}") for c in text)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
