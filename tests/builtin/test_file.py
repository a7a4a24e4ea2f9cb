import asyncio
import subprocess
import sys
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest
from pydantic import ValidationError

from realtime_run.builtin.file_audio import FileAudio
from realtime_run.builtin.settings import FileAudioSettings
from realtime_run.core.errors import AudioError
from realtime_run.core.pcm import Pcm


class Clock(Protocol):
    time: float

    def now(self) -> float: ...
    async def sleep(self, seconds: float) -> None: ...


class Speech(Protocol):
    rate_hz: int
    waiting: bytes

    @property
    def pending_frames(self) -> int: ...
    def pull(
        self, frames: int, *, taken: Callable[[], None] | None = None
    ) -> bytes: ...
    async def until_pulled(self, frames: int) -> None: ...


async def edge(clock: Clock, **settings: object) -> FileAudio:
    # A spec is validated before the loop runs: that looks at files, which blocks.
    valid = await asyncio.to_thread(FileAudioSettings.model_validate, settings)
    return FileAudio(valid, clock)


def samples_of(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return file.readframes(1 << 30)


async def test_a_file_is_heard_in_periods_and_then_silence(
    tmp_path: Path, clock: Clock, speech: Speech
) -> None:
    said = bytes(range(250)) * 4  # 500 frames at 16 kHz: 31.25 ms
    (tmp_path / "q.raw").write_bytes(said)

    async with (await edge(clock, input=str(tmp_path / "q.raw"))).open(
        speech
    ) as microphone:
        assert microphone is not None
        heard: list[Pcm] = []
        ends: list[bool] = []
        for _ in range(4):
            heard.append(await microphone.read())
            ends.append(microphone.used_up)

    assert [each.duration_ms for each in heard] == [20] * 4
    assert b"".join(each.data for each in heard) == said.ljust(2560, b"\0")
    assert ends == [False, True, True, True]


async def test_a_file_of_whole_periods_is_used_up_with_its_last_one(
    tmp_path: Path, clock: Clock, speech: Speech
) -> None:
    (tmp_path / "q.raw").write_bytes(b"\1\0" * 640)

    async with (await edge(clock, input=str(tmp_path / "q.raw"))).open(
        speech
    ) as microphone:
        assert microphone is not None
        ends: list[bool] = []
        for _ in range(2):
            await microphone.read()
            ends.append(microphone.used_up)

    assert ends == [False, True]


async def test_a_microphone_keeps_real_time(
    tmp_path: Path, clock: Clock, speech: Speech
) -> None:
    (tmp_path / "q.raw").write_bytes(b"\1\0" * 160_000)
    silent = await edge(clock, input=str(tmp_path / "q.raw"), pace="realtime")

    async with silent.open(speech) as microphone:
        assert microphone is not None
        began = clock.time
        for _ in range(50):
            await microphone.read()
            heard_at = clock.time

    # The speaker sleeps on the same clock, so that it may have moved a period more.
    assert began + 1.0 <= heard_at


async def test_a_fast_microphone_waits_for_nothing_until_its_end(
    tmp_path: Path, clock: Clock, speech: Speech
) -> None:
    (tmp_path / "q.raw").write_bytes(b"\1\0" * 160_000)
    waits: list[float] = []

    class Noting:
        time = 0.0

        def now(self) -> float:
            return self.time

        async def sleep(self, seconds: float) -> None:
            waits.append(seconds)
            await asyncio.sleep(0)
            if seconds:
                await asyncio.Event().wait()

    audio = await edge(Noting(), input=str(tmp_path / "q.raw"), pace="fast")
    async with audio.open(speech) as microphone:
        assert microphone is not None
        for _ in range(500):
            await microphone.read()
        waits_before_end = [wait for wait in waits if wait]
        assert microphone.used_up
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await microphone.read()

    assert waits_before_end in ([], [0.02])  # the speaker's


async def test_an_hour_of_sound_is_not_loaded_whole(
    tmp_path: Path, clock: Clock, speech: Speech
) -> None:
    path = tmp_path / "q.raw"
    with path.open("wb") as file:
        file.truncate(16_000 * 2 * 3600)

    async with (await edge(clock, input=str(path), pace="fast")).open(
        speech
    ) as microphone:
        assert microphone is not None
        for _ in range(10):
            await microphone.read()
        position = await asyncio.to_thread(_furthest_read_position, path)

    assert 0 < position <= 16_000 * 2 * 4


def _furthest_read_position(path: Path) -> int:
    for link in Path("/proc/self/fd").iterdir():
        try:
            if link.readlink() == path:
                info = Path(f"/proc/self/fdinfo/{link.name}").read_text()
                return int(info.split()[1])
        except FileNotFoundError:
            continue
    return -1


async def test_the_output_is_a_timeline_with_its_silence(
    tmp_path: Path, clock: Clock, speech: Speech
) -> None:
    path = tmp_path / "runs" / "a.wav"

    async with (await edge(clock, output=str(path))).open(speech) as microphone:
        assert microphone is None
        await speech.until_pulled(640)
        before = speech.pulled
        speech.waiting = b"\1\0" * 320
        await speech.until_pulled(before + 640)

    played = samples_of(path)
    assert len(played) // 2 == speech.pulled
    assert played.index(b"\1") // 2 == before
    assert played.count(b"\1") == 320


async def test_a_fast_output_waits_only_in_silence(
    tmp_path: Path, clock: Clock, speech: Speech
) -> None:
    speech.waiting = b"\1\0" * 160_000

    fast = await edge(clock, output=str(tmp_path / "a.wav"), pace="fast")
    async with fast.open(speech):
        await speech.until_pulled(160_000)
        spoken_at = clock.time
        await speech.until_pulled(160_000 + 16_000)
        silent_at = clock.time

    assert spoken_at == 0.0
    assert silent_at == pytest.approx(1.0, abs=0.03)
    assert samples_of(tmp_path / "a.wav").startswith(b"\1\0" * 160_000)


async def test_the_output_has_the_rate_it_is_given(
    tmp_path: Path, clock: Clock, speech: Speech
) -> None:
    audio = await edge(clock, output=str(tmp_path / "a.wav"), output_rate=8_000)
    speech.rate_hz = 8_000

    async with audio.open(speech):
        await speech.until_pulled(8_000)

    assert audio.output_hz == 8_000
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert file.getframerate() == 8_000


async def test_an_input_that_is_no_sound_is_refused_before_it_is_heard(
    tmp_path: Path, clock: Clock, speech: Speech
) -> None:
    path = tmp_path / "q.wav"
    path.write_text("Dear reader,\n" * 99)
    before = len(asyncio.all_tasks())

    with pytest.raises(AudioError, match=r"q\.wav' as sound: it is no sound file"):
        async with (await edge(clock, input=str(path))).open(speech):
            pytest.fail("it was opened")

    assert len(asyncio.all_tasks()) == before


async def test_an_output_that_cannot_be_written_is_named(
    tmp_path: Path, clock: Clock, speech: Speech
) -> None:
    (tmp_path / "a.wav").mkdir()

    with pytest.raises(AudioError) as raised:
        async with (await edge(clock, output=str(tmp_path / "a.wav"))).open(speech):
            pytest.fail("it was opened")

    assert str(raised.value) == f"cannot write '{tmp_path}/a.wav': is a directory"


FULL_DISK = """
import asyncio, resource, sys
from realtime_run.builtin.file_audio import FileAudio
from realtime_run.builtin.settings import FileAudioSettings
from realtime_run.core.errors import AudioError

class Speech:
    rate_hz = 16_000
    pending_frames = 16_000
    def pull(self, frames):
        return b"\\1\\0" * frames

async def main(path):
    settings = FileAudioSettings.model_validate({"output": path, "pace": "fast"})
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    try:
        async with FileAudio(settings).open(Speech()):
            await asyncio.Event().wait()
    except AudioError as error:
        print(error)

asyncio.run(main(sys.argv[1]))
"""


def test_a_full_disk_ends_it_and_what_was_written_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"

    ended = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=9,
    )

    assert ended.stdout == f"cannot write '{path}': file too large\n"
    assert samples_of(path) == b"\1\0" * ((100_000 - 80) // 2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "neither 'input' nor 'output' is given"),
        ({"output": "a.mp3"}, "'a.mp3' does not end in .wav"),
        ({"input": "q.wav", "output": "q.wav"}, "'q.wav' is both input and output"),
        ({"input": "q.wav", "input_rate": 8000}, "'input_rate' is for .raw and .pcm"),
        ({"input": "q.wav", "output_rate": 8000}, "'output_rate' needs an 'output'"),
        ({"output": "a.wav", "pace": "slow"}, "Input should be 'realtime' or 'fast'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, object],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "q.wav").write_bytes(b"RIFF")

    with pytest.raises(ValidationError) as raised:
        FileAudioSettings.model_validate(settings)

    assert message in str(raised.value)


@pytest.mark.parametrize("way", ["path", "symlink", "hard link"])
def test_an_output_that_is_the_input_by_another_name_is_refused(
    tmp_path: Path, way: str
) -> None:
    question = tmp_path / "q.wav"
    question.write_bytes(b"RIFF")
    other = tmp_path / "a.wav"
    match way:
        case "symlink":
            other.symlink_to(question)
        case "hard link":
            other.hardlink_to(question)
        case _:
            (tmp_path / "folder").mkdir()
            other = tmp_path / "folder" / ".." / "q.wav"

    with pytest.raises(ValidationError, match="is both input and output"):
        FileAudioSettings.model_validate({"input": str(question), "output": str(other)})


def test_making_an_edge_touches_no_file(tmp_path: Path, clock: Clock) -> None:
    settings = FileAudioSettings.model_validate(
        {"output": str(tmp_path / "a" / "b.wav")}
    )

    FileAudio(settings, clock)

    assert list(tmp_path.iterdir()) == []
