"""The base of every plugin's settings, and the types its fields may use.

Settings are what stands beside `use:` in the spec. The model is strict: an unknown key
is an error at its place in the file, and `1` is no string. A plugin that wants an
environment variable as default says so with `env("NAME")`.
"""

from realtime_run.spec.values import (
    Duration,
    ExistingFile,
    NonEmptySecret,
    Secret,
    Settings,
    SpecPath,
    env,
    seconds,
    value_error,
)

__all__ = [
    "Duration",
    "ExistingFile",
    "NonEmptySecret",
    "Secret",
    "Settings",
    "SpecPath",
    "env",
    "seconds",
    "value_error",
]
