"""What the codec has to know of the settings."""

from functools import partial

from realtime_run.plugin.provider_api import Opening
from realtime_run_openai.codec import CodecOptions
from realtime_run_qwen.dialect import INPUT_HZ, OUTPUT_HZ, QWEN
from realtime_run_qwen.places import setting_of
from realtime_run_qwen.prices import cost_usd
from realtime_run_qwen.session_object import instructions_of, turn_detection_of
from realtime_run_qwen.settings import QwenSettings
from realtime_run_qwen.urls import without_bare_urls
from realtime_run_qwen.verdicts import verdict


def codec_options(settings: QwenSettings, opening: Opening) -> CodecOptions:
    """Return what does not change while a connection is open.

    Raises:
        ProviderError: If the spec's `turn` cannot be.
    """
    turns = turn_detection_of(settings, opening)
    return CodecOptions(
        dialect=QWEN,
        transport="websocket",
        creates_responses=turns is not None and turns["create_response"] is True,
        interrupts=turns is not None and turns["interrupt_response"] is True,
        answers=opening.answers,
        manual_turns=opening.manual_turns,
        instructions=instructions_of(settings, opening),
        images_kept=1,
        cost=partial(cost_usd, settings.model),
        setting_of=partial(setting_of, settings=settings),
        verdict=verdict,
        keep_alive_s=settings.keep_alive,
        rewritten=without_bare_urls if settings.sanitise_urls else str,
        append_ms=settings.append_ms,
        input_hz=INPUT_HZ,
        output_hz=OUTPUT_HZ,
    )
