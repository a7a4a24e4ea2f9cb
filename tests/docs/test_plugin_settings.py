"""Every setting of a provider says what it means, and stands in its plugin's README."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from realtime_run.plugin.host import Host

PLUGINS = Path(__file__).parents[2] / "plugins"
PROVIDERS = ("gemini", "local", "openai", "qwen")
each_provider = pytest.mark.parametrize("name", PROVIDERS)


def settings_of(name: str) -> list[type[BaseModel]]:
    """Return the settings of a provider, and all that their fields are made of."""
    found: dict[type[BaseModel], None] = {}
    waiting: list[Any] = [Host().offer("provider", name).settings]
    while waiting:
        part = waiting.pop()
        if isinstance(part, type) and issubclass(part, BaseModel):
            if part not in found:
                found[part] = None
                waiting += [field.annotation for field in part.model_fields.values()]
        else:
            waiting += getattr(part, "__args__", ())
    return list(found)


@each_provider
def test_every_setting_says_what_it_means(name: str) -> None:
    silent = [
        f"{model.__name__}.{key}"
        for model in settings_of(name)
        for key, field in model.model_fields.items()
        if field.description is None and key not in {"api_key", "use"}
    ]

    assert silent == []


@each_provider
def test_every_setting_is_explained_in_the_readme(name: str) -> None:
    text = (PLUGINS / name / "README.md").read_text(encoding="utf-8")

    missing = [
        f"{model.__name__}.{key}"
        for model in settings_of(name)
        for key in model.model_fields
        if f"`{key}`" not in text
    ]

    assert missing == []


@each_provider
def test_sections_are_looked_into(name: str) -> None:
    assert len(settings_of(name)) > 1
