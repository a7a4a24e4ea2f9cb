"""Texts with `{names}` in them."""

from collections.abc import Collection, Mapping
from string import Formatter


def fields(template: str) -> tuple[str, ...]:
    """Return the names in `template`, in order.

    Raises:
        ValueError: If a brace is left open, or a name is more than a name.
    """
    names = list[str]()
    for _, name, form, conversion in Formatter().parse(template):
        if name is None:
            continue
        if form or conversion or not name.isidentifier():
            message = f"'{{{name}}}' is no name; write '{{{{' for a brace"
            raise ValueError(message)
        names.append(name)
    return tuple(names)


def check(template: str, known: Collection[str]) -> None:
    """Refuse names that nothing will fill.

    Raises:
        ValueError: Naming the unknown name and the known ones.
    """
    for name in fields(template):
        if name not in known:
            message = (
                f"unknown name '{{{name}}}' in '{template}' "
                f"(known here: {', '.join(sorted(known))})"
            )
            raise ValueError(message)


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return `template` with its names replaced; values are never read as templates."""
    parts = list[str]()
    for literal, name, _, _ in Formatter().parse(template):
        parts.append(literal)
        if name is not None:
            parts.append(values[name])
    return " ".join("".join(parts).split())
