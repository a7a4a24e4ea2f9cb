import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from realtime_run.core.errors import PluginError
from realtime_run.plugin.hooks import Offer, hookimpl
from realtime_run.plugin.host import Host, InstalledPlugin, PluginDescription
from realtime_run.plugin.inspection import Kind
from realtime_run.plugin.settings import Settings

PROVIDER = """
from realtime_run.plugin.hooks import Offer, hookimpl
from realtime_run.plugin.settings import Settings

class ParrotSettings(Settings):
    pitch: float = 1.0

@hookimpl
def realtime_run_provider():
    return Offer(ParrotSettings, lambda settings: settings.pitch)
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Put a distribution with one plugin on the path, as pip would."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def put(
        name: str,
        source: str,
        *,
        distribution: str | None = None,
        folder: Path = tmp_path,
    ) -> None:
        distribution = distribution or f"realtime-run-{name}"
        module = distribution.replace("-", "_") + "_plugin"
        folder.mkdir(exist_ok=True)
        (folder / f"{module}.py").write_text(source, encoding="utf-8")
        metadata = folder / f"{distribution.replace('-', '_')}-1.2.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n",
            encoding="utf-8",
        )
        (metadata / "entry_points.txt").write_text(
            f"[realtime_run]\n{name} = {module}\n", encoding="utf-8"
        )

    before = set(sys.modules)
    yield put
    for module in set(sys.modules) - before:
        if module.endswith("_plugin"):
            del sys.modules[module]


def offering(kind: str, offer: object) -> Any:
    plugin = SimpleNamespace()

    def hook() -> object:
        return offer() if callable(offer) else offer

    hook.__name__ = f"realtime_run_{kind}"
    setattr(plugin, hook.__name__, hookimpl(hook))
    return plugin


def refusal(kind: str, name: str, host: Host | None = None) -> tuple[str, str | None]:
    with pytest.raises(PluginError) as caught:
        (host or Host()).offer(cast("Kind", kind), name)
    return caught.value.message, caught.value.hint


def test_an_installed_plugin_is_listed_without_being_imported(install: Install) -> None:
    install("parrot", "raise SystemExit('imported')")

    plugins = Host().installed()

    assert (
        InstalledPlugin(
            name="parrot",
            distribution="realtime-run-parrot",
            version="1.2",
            module="realtime_run_parrot_plugin",
        )
        in plugins
    )
    assert [plugin.name for plugin in plugins] == sorted(p.name for p in plugins)


def test_a_plugin_is_found_by_its_entry_points_name(install: Install) -> None:
    install("parrot", PROVIDER)

    offer = Host().offer("provider", "parrot")

    settings = offer.settings.model_validate({"pitch": 1.5})
    assert cast("Any", offer.make)(settings) == 1.5


def test_the_settings_of_a_plugin_are_known_by_kind_and_name(install: Install) -> None:
    install("parrot", PROVIDER)

    settings = Host().settings_of("provider", "parrot")

    assert list(settings.model_fields) == ["pitch"]


def test_a_plugin_installed_after_the_first_look_is_found(install: Install) -> None:
    host = Host()
    host.installed()
    install("parrot", PROVIDER)

    offer = host.offer("provider", "parrot")

    assert offer.settings.__name__ == "ParrotSettings"


def test_one_plugin_may_offer_several_kinds() -> None:
    handler: Any = Offer(Settings, list)
    tools: Any = Offer(Settings, list)
    plugin = offering("handler", handler)
    plugin.realtime_run_tools = offering("tools", tools).realtime_run_tools
    host = Host()

    host.register(plugin, "both")

    assert host.offer("handler", "both") is handler
    assert host.offer("tools", "both") is tools


def test_a_hook_is_called_once_however_often_its_offer_is_asked_for() -> None:
    calls: list[str] = []

    def offer() -> Offer[Any]:
        calls.append("called")
        return Offer(Settings, list)

    host = Host()
    host.register(offering("provider", offer), "parrot")

    assert host.offer("provider", "parrot") is host.offer("provider", "parrot")
    assert calls == ["called"]


def test_a_registered_plugin_takes_the_place_of_the_one_before() -> None:
    first: Any = Offer(Settings, list)
    second: Any = Offer(Settings, dict)
    host = Host()
    host.register(offering("provider", first), "parrot")
    host.offer("provider", "parrot")

    host.register(offering("provider", second), "parrot")

    assert host.offer("provider", "parrot") is second


def test_a_misspelt_name_suggests_the_nearest(install: Install) -> None:
    install("parrot", PROVIDER)

    message, hint = refusal("provider", "parot")

    assert message.startswith("no plugin 'parot' (installed: ")
    assert "parrot" in message
    assert hint == "did you mean 'parrot'?"


def test_an_unknown_name_suggests_what_to_install() -> None:
    _, hint = refusal("provider", "zyxwvu")

    assert hint == "pip install realtime-run-zyxwvu"


def test_a_plugin_of_our_own_is_installed_and_not_mistaken_for_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # `silero` is as near to `file` as a slip of the finger is.
    only = EntryPoint("file", "realtime_run.builtin.file", "realtime_run")
    monkeypatch.setattr("realtime_run.plugin.host.entry_points", lambda group: [only])

    message, hint = refusal("vad", "silero")

    assert message == "no plugin 'silero' (installed: file)"
    assert hint == "pip install realtime-run-silero"


def test_a_name_no_distribution_can_have_is_not_suggested_for_installation() -> None:
    _, hint = refusal("provider", "zyx; rm -rf")

    assert hint is None


def test_a_missing_dependency_names_the_distribution_to_upgrade(
    install: Install,
) -> None:
    install("parrot", "import nonexistent_sdk")

    message, hint = refusal("provider", "parrot")

    assert message == (
        "plugin 'parrot' does not load: "
        "ModuleNotFoundError: No module named 'nonexistent_sdk'"
    )
    assert hint == "pip install --upgrade realtime-run-parrot"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("raise RuntimeError", "RuntimeError"),
        ("raise ValueError('one\\ntwo')", "ValueError: one"),
        ("def (", "SyntaxError: invalid syntax"),
    ],
)
def test_whatever_an_import_raises_is_told_in_one_line(
    install: Install, source: str, said: str
) -> None:
    install("parrot", source)

    message, _ = refusal("provider", "parrot")

    assert message.startswith(f"plugin 'parrot' does not load: {said}")
    assert "\n" not in message


def test_an_interrupt_during_an_import_is_not_swallowed(install: Install) -> None:
    install("parrot", "raise KeyboardInterrupt")
    host = Host()

    with pytest.raises(KeyboardInterrupt):
        host.offer("provider", "parrot")


def test_a_broken_plugin_disturbs_no_other(install: Install) -> None:
    install("broken", "raise SystemExit")
    install("parrot", PROVIDER)
    host = Host()

    refusal("provider", "broken", host)

    assert host.offer("provider", "parrot").settings.__name__ == "ParrotSettings"


def test_a_plugin_that_was_repaired_loads_at_the_next_try(
    install: Install, tmp_path: Path
) -> None:
    install("parrot", "import nonexistent_sdk")
    host = Host()
    refusal("provider", "parrot", host)
    repaired = tmp_path / "realtime_run_parrot_plugin.py"
    repaired.write_text(PROVIDER, encoding="utf-8")

    offer = host.offer("provider", "parrot")

    assert offer.settings.__name__ == "ParrotSettings"


def test_two_distributions_with_one_name_are_both_named(install: Install) -> None:
    install("parrot", PROVIDER)
    install("parrot", PROVIDER, distribution="acme-parrot")

    message, hint = refusal("provider", "parrot")

    assert message == (
        "plugin 'parrot' is offered by acme-parrot and by realtime-run-parrot"
    )
    assert hint == "keep one of them: pip uninstall realtime-run-parrot"


def test_two_installations_of_one_distribution_are_one_plugin(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = tmp_path / "second"
    install("parrot", PROVIDER)
    install("parrot", "raise SystemExit", folder=second)
    monkeypatch.syspath_prepend(str(second))
    monkeypatch.syspath_prepend(str(tmp_path))

    names = [plugin.name for plugin in Host().installed()]

    assert names.count("parrot") == 1
    assert Host().offer("provider", "parrot").settings.__name__ == "ParrotSettings"


def test_a_plugin_of_another_kind_says_where_it_belongs() -> None:
    host = Host()
    host.register(offering("handler", Offer(Settings, list)), "console")

    message, hint = refusal("provider", "console", host)

    assert message == "plugin 'console' is a handler, not a provider"
    assert hint == "name it under `handlers:`"


def test_a_plugin_without_hooks_says_which_it_needs() -> None:
    host = Host()
    host.register(SimpleNamespace(), "log")

    assert refusal("provider", "log", host) == (
        "plugin 'log' offers nothing",
        "it has to implement realtime_run_provider",
    )


def test_a_hook_that_raises_is_named() -> None:
    def fail() -> None:
        raise LookupError("no voice")

    host = Host()
    host.register(offering("provider", fail), "parrot")

    message, _ = refusal("provider", "parrot", host)

    assert message == (
        "plugin 'parrot' fails in realtime_run_provider: LookupError: no voice"
    )


def test_a_hook_may_say_itself_what_is_missing_and_what_to_do() -> None:
    def fail() -> None:
        raise PluginError("the parrot has no beak", hint="pip install beak")

    host = Host()
    host.register(offering("vad", fail), "parrot")

    assert refusal("vad", "parrot", host) == (
        "the parrot has no beak",
        "pip install beak",
    )


async def offer_later() -> None: ...


@pytest.mark.parametrize(
    ("offer", "wrong"),
    [
        ("parrot", "returned 'parrot', not an Offer"),
        (None, "returned None, not an Offer"),
        (offer_later, "is an async function"),
        (
            Offer(dict, list),  # type: ignore[arg-type]  # what is refused
            "offers settings that are no Settings: <class 'dict'>",
        ),
        (
            Offer("no class", list),  # type: ignore[arg-type]  # what is refused
            "offers settings that are no Settings: 'no class'",
        ),
        (
            Offer(Settings, "no factory"),  # type: ignore[arg-type]  # what is refused
            "offers a factory that cannot be called: 'no factory'",
        ),
    ],
    ids=["text", "none", "coroutine", "model", "settings", "factory"],
)
def test_a_hook_that_hands_over_something_else_is_named(
    offer: object, wrong: str
) -> None:
    host = Host()
    host.register(offering("provider", offer), "parrot")

    message, hint = refusal("provider", "parrot", host)

    assert message == f"plugin 'parrot': realtime_run_provider {wrong}"
    assert hint is not None


def test_a_misspelt_hook_suggests_the_nearest() -> None:
    plugin = offering("providr", Offer(Settings, list))

    with pytest.raises(PluginError) as caught:
        Host().register(plugin, "parrot")

    assert caught.value.message == (
        "plugin 'parrot' implements an unknown hook 'realtime_run_providr'"
    )
    assert caught.value.hint == "did you mean 'realtime_run_provider'?"


def test_a_hook_without_its_decorator_is_named() -> None:
    def realtime_run_provider() -> None: ...

    plugin = SimpleNamespace(realtime_run_provider=realtime_run_provider)

    with pytest.raises(PluginError, match="realtime_run_provider without @hookimpl"):
        Host().register(plugin, "parrot")


def test_a_hook_that_takes_arguments_is_refused() -> None:
    @hookimpl
    def realtime_run_provider(spec: object) -> object:
        return spec

    plugin = SimpleNamespace(realtime_run_provider=realtime_run_provider)

    with pytest.raises(PluginError, match="plugin 'parrot' does not load: "):
        Host().register(plugin, "parrot")


def test_a_description_of_all_plugins_tells_kinds_and_failures(
    install: Install,
) -> None:
    install("broken", "raise SystemExit(3)")
    install("parrot", PROVIDER)
    install("twice", PROVIDER)
    install("twice", PROVIDER, distribution="acme-twice")
    host = Host()
    host.register(offering("handler", Offer(Settings, list)), "mine")

    described = {
        (plugin.name, plugin.distribution): plugin for plugin in host.describe()
    }

    assert described["parrot", "realtime-run-parrot"] == PluginDescription(
        name="parrot",
        distribution="realtime-run-parrot",
        version="1.2",
        kinds=("provider",),
        error=None,
    )
    assert described["mine", ""].kinds == ("handler",)
    assert described["broken", "realtime-run-broken"].error == (
        "plugin 'broken' does not load: SystemExit: 3"
    )
    for distribution in ("acme-twice", "realtime-run-twice"):
        assert described["twice", distribution].error == (
            "plugin 'twice' is offered by acme-twice and by realtime-run-twice"
        )
