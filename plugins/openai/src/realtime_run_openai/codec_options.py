"""What a codec has to know of the settings."""

import time
from collections.abc import Callable, Mapping
from functools import partial

from realtime_run.plugin.provider_api import Opening
from realtime_run_openai.codec import Codec, CodecOptions
from realtime_run_openai.dialect import OPENAI
from realtime_run_openai.places import setting_of
from realtime_run_openai.prices import cost_usd
from realtime_run_openai.session_object import instructions_of, turn_detection_of
from realtime_run_openai.settings import OpenAISettings, Transport
from realtime_run_openai.transports import sample_rate_hz


def codec_for(
    settings: OpenAISettings, opening: Opening, transport: Transport
) -> Codec:
    """Return a codec for one connection.

    Raises:
        ProviderError: If the spec's `turn` cannot be.
    """
    return Codec(codec_options(settings, opening, transport))


def codec_options(
    settings: OpenAISettings, opening: Opening, transport: Transport
) -> CodecOptions:
    """Return what does not change while a connection is open.

    Raises:
        ProviderError: If the spec's `turn` cannot be.
    """
    turns = turn_detection_of(settings, opening, settings.spoken)
    rate_hz = sample_rate_hz(transport)
    return CodecOptions(
        dialect=settings.spoken,
        transport=transport,
        creates_responses=turns is not None and turns["create_response"] is True,
        answers=opening.answers,
        manual_turns=opening.manual_turns,
        instructions=instructions_of(settings, opening),
        images_kept=settings.images_kept,
        image_detail=settings.image_detail,
        cost=_cost_of(settings),
        setting_of=partial(setting_of, settings=settings, functions=len(opening.tools)),
        append_ms=settings.append_ms,
        input_hz=rate_hz,
        output_hz=rate_hz,
        unix_offset=time.time() - time.monotonic(),
    )


def _cost_of(
    settings: OpenAISettings,
) -> Callable[[Mapping[str, object]], float | None]:
    # A deployment of Azure's may be called as a model is, at another price.
    if settings.spoken is OPENAI:
        return partial(cost_usd, settings.model)
    return lambda _usage: None
