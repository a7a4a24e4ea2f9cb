"""What a subject may leave out, and how it is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

import realtime_run.testing.conformance as suite
from realtime_run.core.pcm import Pcm
from realtime_run.plugin.provider_api import Provider
from realtime_run.testing.conformance import Scene, Subject
from realtime_run.testing.conformance.performance import staged
from realtime_run.testing.puppet import Puppet

SPEECH = Pcm.silence(100, 16_000)


@asynccontextmanager
async def stage(scene: Scene) -> AsyncIterator[Provider]:
    yield Puppet(scene)


@asynccontextmanager
async def without_video(scene: Scene) -> AsyncIterator[Provider]:
    puppet = Puppet(scene)
    puppet.capabilities = type(puppet.capabilities)(input_hz=16_000, output_hz=16_000)
    yield puppet


def test_plain_cannot_be_excused() -> None:
    with pytest.raises(ValueError, match="PLAIN cannot be excused"):
        Subject(name="p", stage=stage, speech=SPEECH, excuses={Scene.PLAIN: "why"})


def test_an_excuse_needs_a_reason() -> None:
    excuses = {Scene.TOOL: "", Scene.DROP: ""}

    with pytest.raises(ValueError, match="give a reason why TOOL, DROP cannot be"):
        Subject(name="p", stage=stage, speech=SPEECH, excuses=excuses)


def test_a_row_that_is_left_out_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="give a reason why off is not tried"):
        Subject(name="p", stage=stage, speech=SPEECH, untried={"off": ""})


def test_who_has_no_ears_says_so() -> None:
    with pytest.raises(ValueError, match="or a reason to excuse SPEECH"):
        Subject(name="p", stage=stage)


async def test_an_excused_scene_is_skipped_with_the_authors_reason() -> None:
    subject = Subject(
        name="p", stage=stage, speech=SPEECH, excuses={Scene.DROP: "no wire"}
    )

    with pytest.raises(pytest.skip.Exception, match=r"^p: no wire$"):
        async with staged(subject, Scene.DROP):
            pass


async def test_what_a_provider_cannot_do_is_skipped_with_the_capability() -> None:
    excuses = {Scene.IMAGES: "no camera"}
    subject = Subject(name="p", stage=without_video, speech=SPEECH, excuses=excuses)

    with pytest.raises(pytest.skip.Exception, match="its capability video is 'none'"):
        async with staged(subject, Scene.IMAGES):
            pass


async def test_a_row_that_is_left_out_is_skipped_with_the_authors_reason() -> None:
    subject = Subject(
        name="p", stage=stage, speech=SPEECH, untried={"off": "it takes long"}
    )

    with pytest.raises(pytest.skip.Exception, match=r"^p: it takes long$"):
        await suite.test_each_sound_does_to_the_agent_what_barge_in_says(
            subject, "off", "cough"
        )


async def test_what_needs_speech_is_skipped_where_there_is_none() -> None:
    subject = Subject(name="p", stage=stage, excuses={Scene.SPEECH: "it is deaf"})

    with pytest.raises(pytest.skip.Exception, match=r"^p: it is deaf$"):
        async with staged(subject, Scene.LONG, speaks=True):
            pass
