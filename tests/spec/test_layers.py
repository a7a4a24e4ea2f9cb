"""`extends` and `include`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from realtime_run.core.errors import SpecError
from realtime_run.spec.load import LoadedSpec, load
from realtime_run.spec.model import SettingsLookup


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "spec").mkdir()
    return tmp_path / "spec"


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)


def messages(error: SpecError) -> list[str]:
    return [problem.message for problem in error.problems]


def test_a_spec_goes_over_what_it_extends(
    folder: Path, read: Callable[..., LoadedSpec]
) -> None:
    write(
        folder,
        base="provider: parrot\nname: base\nsession: {quiet: 3s, answer_within: 9s}\n",
    )

    spec = read(
        "extends: base.yaml\nsession: {quiet: 4s}\n", file=folder / "a.yaml"
    ).spec

    assert (spec.name, spec.session.quiet, spec.session.answer_within) == (
        "base",
        4.0,
        9.0,
    )


def test_later_bases_go_over_earlier_ones(
    folder: Path, read: Callable[..., LoadedSpec]
) -> None:
    write(folder, b="provider: parrot\nname: b\ninstructions: b\n", c="name: c\n")

    spec = read("extends: [b.yaml, c.yaml]\n", file=folder / "a.yaml").spec

    assert (spec.name, spec.instructions) == ("c", "b")


def test_bases_may_extend_others(folder: Path, read: Callable[..., LoadedSpec]) -> None:
    write(folder, b="extends: c.yaml\nname: b\n", c="provider: parrot\nname: c\n")

    spec = read("extends: b.yaml\n", file=folder / "a.yaml").spec

    assert (spec.name, spec.provider.use) == ("b", "parrot")


def test_lists_replace(folder: Path, read: Callable[..., LoadedSpec]) -> None:
    write(folder, b="provider: {use: parrot, words: [a, b]}\n")

    spec = read(
        "extends: b.yaml\nprovider: {words: [c]}\n", file=folder / "a.yaml"
    ).spec

    assert spec.provider.settings.words == ("c",)


def test_a_setting_goes_below_a_plugin_written_short(
    folder: Path, read: Callable[..., LoadedSpec]
) -> None:
    write(folder, b="provider: parrot\n")

    spec = read("extends: b.yaml\nprovider: {pitch: 2}\n", file=folder / "a.yaml").spec

    assert spec.provider.settings.pitch == 2.0


def test_another_plugin_drops_the_settings_of_the_one_it_replaces(
    folder: Path, read: Callable[..., LoadedSpec]
) -> None:
    write(folder, b="provider: {use: parrot, pitch: 2}\n")

    spec = read(
        "extends: b.yaml\nprovider: {use: clippy, low: 1}\n", file=folder / "a.yaml"
    ).spec

    assert spec.provider.settings.low == 1


def test_the_same_plugin_keeps_them(
    folder: Path, read: Callable[..., LoadedSpec]
) -> None:
    write(folder, b="provider: {use: parrot, pitch: 2}\n")

    spec = read("extends: b.yaml\nprovider: parrot\n", file=folder / "a.yaml").spec

    assert spec.provider.settings.pitch == 2.0


def test_keys_beside_an_include_win(
    folder: Path, read: Callable[..., LoadedSpec]
) -> None:
    write(folder, part="quiet: 3s\nanswer_within: 9s\n")

    spec = read(
        "provider: parrot\nsession: {include: part.yaml, quiet: 4s}\n",
        file=folder / "a.yaml",
    ).spec

    assert (spec.session.quiet, spec.session.answer_within) == (4.0, 9.0)


def test_an_include_at_the_top_fills_keys_in(
    folder: Path, read: Callable[..., LoadedSpec]
) -> None:
    write(folder, part="provider: parrot\nname: part\n")

    spec = read(
        "include: part.yaml\nprovider: {pitch: 2}\n", file=folder / "a.yaml"
    ).spec

    assert (spec.name, spec.provider.settings.pitch) == ("part", 2.0)


def test_later_parts_go_over_earlier_ones(
    folder: Path, read: Callable[..., LoadedSpec]
) -> None:
    write(folder, b="quiet: 1s\nanswer_within: 1s\n", c="quiet: 2s\n")

    spec = read(
        "provider: parrot\nsession: {include: [b.yaml, c.yaml]}\n",
        file=folder / "a.yaml",
    ).spec

    assert (spec.session.quiet, spec.session.answer_within) == (2.0, 1.0)


def test_a_file_may_be_included_twice(
    folder: Path, read: Callable[..., LoadedSpec]
) -> None:
    write(folder, part="use: console\ncolor: false\n")

    spec = read(
        "provider: parrot\nhandlers: [{include: part.yaml},"
        " {include: part.yaml, color: true}]\n",
        file=folder / "a.yaml",
    ).spec

    assert [one.settings.color for one in spec.handlers] == [False, True]


def test_paths_start_from_the_file_that_names_them(
    folder: Path, read: Callable[..., LoadedSpec]
) -> None:
    (folder / "parts").mkdir()
    (folder / "parts" / "q.wav").touch()
    write(folder / "parts", audio="use: file\ninput: q.wav\noutput: a.wav\n")

    spec = read(
        "provider: parrot\naudio: {include: parts/audio.yaml, output: b.wav}\n",
        file=folder / "a.yaml",
    ).spec

    assert spec.audio.settings.input == folder / "parts" / "q.wav"
    assert spec.audio.settings.output == folder / "b.wav"


def test_a_name_of_a_file_may_hold_references(
    folder: Path, read: Callable[..., LoadedSpec]
) -> None:
    write(folder, base_de="provider: parrot\nname: de\n")

    spec = read(
        "extends: base_${LANG_OF_AGENT}.yaml\n",
        file=folder / "a.yaml",
        environ={"LANG_OF_AGENT": "de", "PARROT_API_KEY": "k"},
    ).spec

    assert spec.name == "de"


def test_files_outside_of_the_folder_are_refused_unseen(
    folder: Path, read_bad: Callable[..., SpecError]
) -> None:
    (folder.parent / "secret.yaml").write_text("name: hush\n")

    error = read_bad(
        "extends: ../secret.yaml\nprovider: parrot\n", file=folder / "a.yaml"
    )

    assert messages(error) == ["'../secret.yaml' is outside of the spec's folder"]


def test_links_that_lead_out_are_refused(
    folder: Path, read_bad: Callable[..., SpecError]
) -> None:
    (folder.parent / "secret.yaml").write_text("name: hush\n")
    (folder / "link.yaml").symlink_to("../secret.yaml")

    error = read_bad("extends: link.yaml\nprovider: parrot\n", file=folder / "a.yaml")

    assert messages(error) == ["'link.yaml' is outside of the spec's folder"]


def test_links_within_the_folder_are_followed(
    folder: Path, read: Callable[..., LoadedSpec]
) -> None:
    write(folder, base="provider: parrot\n")
    (folder / "link.yaml").symlink_to("base.yaml")

    assert (
        read("extends: link.yaml\n", file=folder / "a.yaml").spec.provider.use
        == "parrot"
    )


def test_a_file_that_extends_itself_is_a_circle(
    folder: Path, read_bad: Callable[..., SpecError]
) -> None:
    write(folder, a="extends: a.yaml\n")

    error = read_bad("extends: a.yaml\nprovider: parrot\n", file=folder / "a.yaml")

    name = str(folder / "a.yaml")
    assert messages(error) == [f"'extends' goes in a circle: {name} -> {name}"]


def chain(folder: Path, length: int) -> None:
    for index in range(1, length):
        (folder / f"{index}.yaml").write_text(f"extends: {index + 1}.yaml\n")
    (folder / f"{length}.yaml").write_text("provider: parrot\n")


def test_a_chain_of_16_files_is_followed(
    folder: Path, read: Callable[..., LoadedSpec]
) -> None:
    chain(folder, 16)

    assert (
        read("extends: 1.yaml\n", file=folder / "a.yaml").spec.provider.use == "parrot"
    )


def test_a_longer_chain_is_refused(
    folder: Path, read_bad: Callable[..., SpecError]
) -> None:
    chain(folder, 17)

    error = read_bad("extends: 1.yaml\n", file=folder / "a.yaml")

    assert messages(error)[-1] == "files are named more than 16 deep by one another"


def test_parts_that_multiply_are_refused(
    folder: Path, read_bad: Callable[..., SpecError]
) -> None:
    for index in range(12):
        text = "\n".join(f"k{n}: {{include: {index + 1}.yaml}}" for n in range(10))
        (folder / f"{index}.yaml").write_text(text)
    (folder / "12.yaml").write_text("x: 1\n")

    error = read_bad("provider: parrot\ninclude: 0.yaml\n", file=folder / "a.yaml")

    assert "more than 256 uses of files" in messages(error)


def test_parts_in_parts_are_not_nested_without_bound(
    folder: Path, read_bad: Callable[..., SpecError]
) -> None:
    for index in range(5):
        (folder / f"{index}.yaml").write_text(
            "{a: " * 30 + f"{{include: {index + 1}.yaml}}" + "}" * 30
        )
    (folder / "5.yaml").write_text("x: 1\n")

    error = read_bad("provider: parrot\nx: {include: 0.yaml}\n", file=folder / "a.yaml")

    assert messages(error) == ["nested deeper than 64 levels"]


def test_problems_of_all_files_come_in_the_order_of_the_files(
    folder: Path, read_bad: Callable[..., SpecError]
) -> None:
    write(folder, b="nam: x\nprovider: parrot\n", c="quiet: 1\n")

    error = read_bad(
        "extends: b.yaml\nsession: {include: c.yaml}\nbarge_in: x\n",
        file=folder / "a.yaml",
    )

    assert [(problem.file, problem.line) for problem in error.problems] == [
        (str(folder / "a.yaml"), 3),
        (str(folder / "c.yaml"), 1),
        (str(folder / "b.yaml"), 1),
    ]


def test_every_file_that_had_a_part_is_known(
    folder: Path, installed: SettingsLookup
) -> None:
    write(
        folder,
        a="extends: b.yaml\nname: ${file:key}\ntools: [./t.py]\n",
        b="provider: parrot\n",
    )
    (folder / "key").write_text("k")
    (folder / "t.py").write_text("")

    loaded = load(
        folder / "a.yaml", settings_of=installed, environ={"PARROT_API_KEY": "k"}
    )

    assert {path.name for path in loaded.files} == {"a.yaml", "b.yaml", "key", "t.py"}


def test_what_may_stand_in_a_file_that_cannot_be_read_is_not_called_missing(
    folder: Path, read_bad: Callable[..., SpecError]
) -> None:
    write(folder, base="provider: [\n")

    error = read_bad("extends: base.yaml\nnam: x\n", file=folder / "a.yaml")

    assert messages(error) == ["unknown key 'nam'", "expected a value here"]


def test_a_path_of_too_many_steps_is_refused(
    read_bad: Callable[..., SpecError],
) -> None:
    path = ".".join("a" * 5000)

    error = read_bad("provider: parrot\n", overrides=[f"{path}=1"])

    assert messages(error) == ["nested deeper than 64 levels"]
