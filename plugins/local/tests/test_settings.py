from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from realtime_run_local.settings import LocalSettings


def problem(settings: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as refused:
        LocalSettings.model_validate(settings)
    return "\n".join(
        f"{'.'.join(map(str, error['loc']))}: {error['msg']}"
        for error in refused.value.errors()
    )


def rules(*replies: dict[str, Any]) -> dict[str, Any]:
    return {"brain": {"use": "rules", "replies": list(replies)}}


def test_without_any_settings_everything_has_a_default() -> None:
    settings = LocalSettings()

    uses = (
        settings.speech_to_text.use,
        settings.brain.use,
        settings.text_to_speech.use,
    )
    assert uses == ("pocketsphinx", "rules", "espeak")
    assert (settings.vad.silence, settings.vad.pre_roll) == (0.5, 0.25)


def test_settings_survive_being_written_and_read() -> None:
    settings = LocalSettings.model_validate({"vad": {"silence": "700ms"}})

    again = LocalSettings.model_validate(settings.model_dump(mode="json"))

    assert again == settings


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"vda": {}}, "vda: Extra inputs"),
        ({"brain": {"use": "oracle"}}, "brain: Input tag 'oracle'"),
        ({"brain": {"use": "chat"}}, "brain.chat.model: Field required"),
        ({"vad": {"silence": 500}}, "vad.silence: "),
        (
            {"brain": {"use": "chat", "model": "m", "base_url": "ftp://x"}},
            "'ftp://x' is no http:// or https:// address",
        ),
        (
            {"brain": {"use": "chat", "model": "m", "base_url": "http://a:b@c"}},
            "write the key as 'api_key'",
        ),
        (
            {"speech_to_text": {"use": "pocketsphinx", "grammar": "/none.jsgf"}},
            "no file '/none.jsgf'",
        ),
        (
            {"speech_to_text": {"use": "whisper", "model_path": "/none"}},
            "no folder '/none'",
        ),
        (
            rules({"when": "go {where}", "say": "To {place}."}),
            "'{place}' in 'To {place}.' (known here: agent, date, heard, time, where)",
        ),
        (rules({"when": "go (", "say": "x"}), "')' is missing in 'go ('"),
        (rules({"when": "a", "say": "{result}"}), "unknown name '{result}'"),
        (rules({"when": "a", "say": "{"}), "replies.0"),
        (rules({"when": "a", "say": "{heard!r}"}), "is no name"),
        (rules({"when": "a", "say": "x", "arguments": {"b": 1}}), "needs a 'tool'"),
        (
            rules({"when": "a", "say": "x", "tool": "t", "arguments": {"b": "{c}"}}),
            "unknown name '{c}'",
        ),
    ],
)
def test_a_mistake_is_named_at_its_place(settings: dict[str, Any], words: str) -> None:
    assert words in problem(settings)


def test_two_grammars_exclude_each_other(tmp_path: Path) -> None:
    grammar = tmp_path / "a.jsgf"
    grammar.write_text("#JSGF V1.0;")
    both = {"use": "pocketsphinx", "grammar": str(grammar), "phrases": ["go"]}

    assert "'grammar' and 'phrases' exclude each other" in problem(
        {"speech_to_text": both}
    )
