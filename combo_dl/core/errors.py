"""Error kinds. One root, so that the command line can print any of them as one line.

A message says what was wrong, the value, what was expected and what to do.
"""


class ComboError(Exception):
    """Root of every error that a user can cause or mend."""


class InputError(ComboError):
    """A table, a row or a value that a user gave is not usable."""


class UnknownNameError(InputError):
    """A name (drug, profile, column, endpoint) is not known; the message lists the nearest."""


class ConfigError(ComboError):
    """A setting is missing, unknown, or contradicts another one."""


class SourceError(ComboError):
    """A source file is missing or is not the file it should be."""


class FormatError(ComboError):
    """A file that the package wrote (study, bundle, checkpoint) is broken or of another format."""


class LeakageError(ComboError):
    """A split, a graph or a table would let training see what it is tested on."""
