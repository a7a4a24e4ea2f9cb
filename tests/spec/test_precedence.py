"""Which of several values applies, and where a value came from."""

from collections.abc import Callable
from pathlib import Path

import pytest

from realtime_run.spec.load import LoadedSpec
from realtime_run.spec.overrides import parse_path

KEY = {"PARROT_API_KEY": "squawk"}


@pytest.mark.parametrize(
    ("overrides", "environ", "name"),
    [
        ([], {}, "file"),
        ([], {"RT__name": "environment"}, "environment"),
        (["name=set"], {}, "set"),
        (["name=set"], {"RT__name": "environment"}, "set"),
        (["name=set", "name=last"], {}, "last"),
    ],
)
def test_set_goes_over_environment_over_file(
    read: Callable[..., LoadedSpec],
    overrides: list[str],
    environ: dict[str, str],
    name: str,
) -> None:
    loaded = read(
        "provider: parrot\nname: file\n",
        overrides=overrides,
        environ={**KEY, **environ},
    )

    assert loaded.spec.name == name


def test_file_goes_over_default(read: Callable[..., LoadedSpec]) -> None:
    assert read("provider: parrot\n").spec.name == "agent"


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        ("name", "agent.yaml:2:7"),
        ("provider.use", "agent.yaml:1:11"),
        ("provider.pitch", "--set provider.pitch"),
        ("provider.model", "environment RT__PROVIDER__MODEL"),
        ("provider.api_key", "environment PARROT_API_KEY"),
        ("provider.words", "default"),
        ("provider.voice", "default"),
        ("audio.use", "default"),
        ("handlers[0].use", "default"),
        ("handlers[0].color", "default"),
        ("session.quiet", "agent.yaml:3:18"),
        ("session.reconnect.max_attempts", "default"),
        ("session.answer_within", "default"),
        ("barge_in", "default"),
    ],
)
def test_every_value_keeps_its_origin(
    read: Callable[..., LoadedSpec], path: str, origin: str
) -> None:
    loaded = read(
        "provider: parrot\nname: bakery\nsession: {quiet: 2s}\n",
        overrides=["provider.pitch=2"],
        environ={**KEY, "RT__PROVIDER__MODEL": "grey"},
    )

    assert loaded.origin(path) == origin


@pytest.mark.parametrize(
    "path", ["", "nam", "provider.nam", "handlers[1]", "name.x", "["]
)
def test_what_is_not_in_the_spec_has_no_origin(
    read: Callable[..., LoadedSpec], path: str
) -> None:
    loaded = read("provider: parrot\n")

    with pytest.raises(KeyError):
        loaded.origin(path)


def test_an_origin_in_a_base_names_that_file(
    read: Callable[..., LoadedSpec], tmp_path: Path
) -> None:
    (tmp_path / "base.yaml").write_text("provider: parrot\nname: x\n")

    loaded = read("extends: base.yaml\n", file=tmp_path / "a.yaml")

    assert loaded.origin("name") == f"{tmp_path}/base.yaml:2:7"


def test_a_setting_goes_below_a_plugin_written_short(
    read: Callable[..., LoadedSpec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "q.wav").touch()
    monkeypatch.chdir(tmp_path)

    spec = read("provider: parrot\naudio: file\n", overrides=["audio.input=q.wav"]).spec

    assert (spec.audio.use, spec.audio.settings.input) == ("file", tmp_path / "q.wav")


def test_paths_of_set_start_from_the_working_directory(
    read: Callable[..., LoadedSpec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    spec = read(
        "provider: parrot\nhandlers: [{use: jsonl, path: a}]\n",
        file=tmp_path / "deep" / "a.yaml",
        overrides=["handlers[0].path=x.jsonl"],
    ).spec

    assert spec.handlers[0].settings.path == tmp_path / "x.jsonl"


def test_a_mapping_of_the_same_plugin_merges(read: Callable[..., LoadedSpec]) -> None:
    spec = read(
        "provider: {use: parrot, pitch: 2}\n",
        overrides=["provider={use: parrot, model: grey}"],
    ).spec

    assert (spec.provider.settings.pitch, spec.provider.settings.model) == (2.0, "grey")


@pytest.mark.parametrize(
    "override",
    ["provider={use: clippy, low: 1}", "provider.use=clippy", "provider=clippy"],
)
def test_another_plugin_drops_the_settings_of_the_one_it_replaces(
    read: Callable[..., LoadedSpec], override: str
) -> None:
    spec = read("provider: {use: parrot, pitch: 2}\n", overrides=[override]).spec

    assert spec.provider.use == "clippy"


def test_the_plugin_is_set_before_its_settings_whatever_the_order(
    read: Callable[..., LoadedSpec],
) -> None:
    spec = read(
        "provider: {use: parrot, pitch: 2}\n",
        environ={"RT__PROVIDER__LOW": "3", "RT__PROVIDER__USE": "clippy"},
    ).spec

    assert spec.provider.settings.low == 3


def test_a_list_is_set_as_a_whole(read: Callable[..., LoadedSpec]) -> None:
    spec = read(
        "provider: parrot\n", overrides=["provider.words=[a, b]", "handlers=[]"]
    ).spec

    assert (spec.provider.settings.words, spec.handlers) == (("a", "b"), ())


def test_an_entry_of_a_default_list_can_be_set(read: Callable[..., LoadedSpec]) -> None:
    spec = read("provider: parrot\n", overrides=["handlers[0].color=false"]).spec

    assert spec.handlers[0].settings.color is False


def test_values_of_variables_are_yaml(read: Callable[..., LoadedSpec]) -> None:
    spec = read(
        "provider: parrot\n",
        environ={
            **KEY,
            "RT__PROVIDER__WORDS": "[a, 'b c']",
            "RT__SESSION__RECONNECT__MAX_ATTEMPTS": "0",
            "RT__HANDLERS__0__COLOR": "false",
        },
    ).spec

    assert spec.provider.settings.words == ("a", "b c")
    assert spec.session.reconnect.max_attempts == 0
    assert spec.handlers[0].settings.color is False


@pytest.mark.parametrize("name", ["RT__BARGE_IN", "RT__barge_in", "RT__Barge_In"])
def test_the_case_of_a_variable_does_not_matter(
    read: Callable[..., LoadedSpec], name: str
) -> None:
    assert (
        read("provider: parrot\n", environ={**KEY, name: "off"}).spec.barge_in.named
        == "off"
    )


def test_variables_of_another_prefix_are_left_alone(
    read: Callable[..., LoadedSpec],
) -> None:
    assert (
        read("provider: parrot\n", environ={**KEY, "RT_name": "x"}).spec.name == "agent"
    )


def test_a_value_may_hold_references(read: Callable[..., LoadedSpec]) -> None:
    spec = read(
        "provider: parrot\n", overrides=["name=${WHO}"], environ={**KEY, "WHO": "Ann"}
    ).spec

    assert spec.name == "Ann"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b_c.d-e", ("a", "b_c", "d-e")),
        ("a[0].b", ("a", 0, "b")),
        ("a[0][12]", ("a", 0, 12)),
    ],
)
def test_a_path_is_parted(text: str, path: tuple[str | int, ...]) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize(
    "text", ["", ".", ".a", "a.", "a..b", "[0]", "a[x]", "a[0", "a b", "a[-1]"]
)
def test_what_is_no_path_is_refused(text: str) -> None:
    assert parse_path(text) is None
