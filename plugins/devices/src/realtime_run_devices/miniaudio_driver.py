"""The sound systems that miniaudio knows: PulseAudio, ALSA, Core Audio, WASAPI, ….

The package's own device classes are not used: they never free the connection to the
sound system, fail on names that are no UTF-8, and do not tell which device is the
default. The library below them is.
"""

import importlib
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

from realtime_run.core.errors import AudioError
from realtime_run.core.pcm import BYTES_PER_SAMPLE
from realtime_run.plugin.sound_devices import SoundDevice
from realtime_run_devices.driver import Direction, Format, Found, Pull, Take
from realtime_run_devices.held import PERIODS
from realtime_run_devices.results import in_words

_APP = b"realtime-run"
_NOT_REAL = ("NULL", "CUSTOM")
"""Backends that are no sound system."""
_PLUGINS = frozenset(
    (
        *(b"jack", b"lavrate", b"null", b"oss", b"pulse", b"samplerate"),
        *(b"speex", b"speexrate", b"upmix", b"vdownmix"),
    )
)
"""What ALSA lists though nothing is plugged in: converters, and other sound systems,
which were asked before it."""


class MiniaudioDriver:
    """Reaches the first sound system that answers."""

    def __init__(self, backends: Sequence[str] = ()) -> None:
        """Make a driver; nothing is loaded before it is used.

        Args:
            backends: The names of miniaudio's backends to try, in order; none: all
                real ones.
        """
        self._backends = tuple(backends)

    def listed(self) -> Sequence[Found]:
        """See `Driver.listed`."""
        library = _library()
        with self._context(library) as context:
            return (
                *_found(library, context, "input"),
                *_found(library, context, "output"),
            )

    def open_output(
        self, found: Found | None, form: Format, pull: Pull
    ) -> "MiniaudioStream":
        """See `Driver.open_output`."""

        def play(output: Any, _input: Any, frames: int) -> None:
            samples = pull(frames)
            library.ffi.memmove(output, samples, len(samples))

        library = _library()
        return self._opened(library, "output", found, form, play)

    def open_input(
        self, found: Found | None, form: Format, take: Take
    ) -> "MiniaudioStream":
        """See `Driver.open_input`."""

        def hear(_output: Any, heard: Any, frames: int) -> None:
            take(bytes(library.ffi.buffer(heard, frames * BYTES_PER_SAMPLE)))

        library = _library()
        return self._opened(library, "input", found, form, hear)

    def _opened(
        self,
        library: Any,
        direction: Direction,
        found: Found | None,
        form: Format,
        call: Any,
    ) -> "MiniaudioStream":
        context = self._new_context(library)
        try:
            config = _config(library, direction, found, form)
            return MiniaudioStream(library, context, config, call)
        except BaseException:
            library.lib.ma_context_uninit(context)
            raise

    @contextmanager
    def _context(self, library: Any) -> Generator[Any]:
        context = self._new_context(library)
        try:
            yield context
        finally:
            library.lib.ma_context_uninit(context)

    def _new_context(self, library: Any) -> Any:
        ffi, lib = library.ffi, library.lib
        enabled = {backend.name: backend for backend in library.get_enabled_backends()}
        names = self._backends or [
            backend.name
            for backend in library.Backend
            if backend.name in enabled and backend.name not in _NOT_REAL
        ]
        backends = ffi.new("ma_backend[]", [enabled[name].value for name in names])
        config = lib.ma_context_config_init()
        config.threadPriority = library.ThreadPriority.HIGHEST.value
        app = ffi.from_buffer(_APP)
        config.pulse.pApplicationName = app
        config.jack.pClientName = app
        context = ffi.new("ma_context *")
        result = lib.ma_context_init(
            backends, len(names), ffi.addressof(config), context
        )
        if result != lib.MA_SUCCESS:
            message = (
                "no sound system answers: is a sound server running, and may this"
                " program use it?"
            )
            if result != lib.MA_NO_BACKEND:
                message = f"{message} ({in_words(lib, result)})"
            raise AudioError(message)
        return context


class MiniaudioStream:
    """An open device of miniaudio.

    It has no `__del__`: to close it while the interpreter ends would wait for ever, for
    a callback that waits for the interpreter.
    """

    def __init__(self, library: Any, context: Any, config: Any, call: Any) -> None:
        """Open and start it.

        Args:
            library: The module `miniaudio`.
            context: The connection to the sound system; freed by `close`.
            config: What kind of device.
            call: Is given where to write, where to read, and the number of frames.

        Raises:
            AudioError: If it cannot be opened.
        """
        self._lib = library.lib
        self._context = context
        self._call = call
        # What the library gives back to the package's trampoline, which finds us by it.
        self._handle = library.ffi.new_handle(self)
        config.pUserData = self._handle
        self._device = library.ffi.new("ma_device *")
        result = self._lib.ma_device_init(
            context, library.ffi.addressof(config), self._device
        )
        if result == self._lib.MA_SUCCESS:
            result = self._lib.ma_device_start(self._device)
            if result != self._lib.MA_SUCCESS:
                self._lib.ma_device_uninit(self._device)
        if result != self._lib.MA_SUCCESS:
            raise AudioError(in_words(self._lib, result))
        self._open = True

    def close(self) -> None:
        """Stop it, without playing what it still holds, and free all that it has."""
        if self._open:
            self._open = False
            self._lib.ma_device_uninit(self._device)
            self._lib.ma_context_uninit(self._context)

    def _data_callback(self, device: Any, output: Any, heard: Any, frames: int) -> None:
        """Carry sound; called by the package, in a thread of the library."""
        del device
        self._call(output, heard, frames)

    def _stop_callback(self, device: Any) -> None:
        """Take no notice: not every sound system calls it when a device is lost."""


def _library() -> Any:
    """Return the module `miniaudio`, which has no types.

    Raises:
        AudioError: If it does not load.
    """
    try:
        return importlib.import_module("miniaudio")
    except (ImportError, OSError) as error:
        message = f"the package 'miniaudio' does not load on this machine: {error}"
        raise AudioError(message) from error


def _config(
    library: Any, direction: Direction, found: Found | None, form: Format
) -> Any:
    lib, ffi = library.lib, library.ffi
    plays = direction == "output"
    kind = lib.ma_device_type_playback if plays else lib.ma_device_type_capture
    config = lib.ma_device_config_init(kind)
    config.sampleRate = form.rate_hz
    config.periodSizeInMilliseconds = form.period_ms
    config.periods = PERIODS if plays else 0
    side = config.playback if plays else config.capture
    side.format = library.SampleFormat.SIGNED16.value
    side.channels = 1
    side.pDeviceID = ffi.NULL if found is None else found.address
    config.dataCallback = lib._internal_data_callback  # noqa: SLF001 - the only one
    config.stopCallback = lib._internal_stop_callback  # noqa: SLF001 - that it has
    return config


def _found(library: Any, context: Any, direction: Direction) -> list[Found]:
    """Return the devices of a direction."""
    ffi, lib = library.ffi, library.lib
    infos, count = ffi.new("ma_device_info **"), ffi.new("ma_uint32 *")
    ignored = (ffi.NULL, ffi.NULL)
    wanted = (infos, count)
    arguments = (*wanted, *ignored) if direction == "output" else (*ignored, *wanted)
    result = lib.ma_context_get_devices(context, *arguments)
    if result != lib.MA_SUCCESS:
        message = f"the sound system does not list its devices: {in_words(lib, result)}"
        raise AudioError(message)
    system = ffi.string(lib.ma_get_backend_name(context.backend)).decode()
    found: list[Found] = []
    for info in infos[0][0 : count[0]]:
        # A sound system's name of a device is text at the beginning of its number.
        key = bytes(ffi.buffer(ffi.addressof(info.id))).split(b"\0", 1)[0]
        if system == "ALSA" and key in _PLUGINS:
            continue
        device = SoundDevice(
            index=len(found),
            name=ffi.string(info.name).decode("utf-8", "replace"),
            direction=direction,
            default=bool(info.isDefault),
        )
        found.append(
            Found(
                device=device,
                # Copied: the list is freed with the context.
                address=ffi.new("ma_device_id *", info.id),
                loopback=system == "PulseAudio" and key.endswith(b".monitor"),
            )
        )
    return found
