"""Text to speech by espeak-ng, in this process, through its C interface.

The library is loaded when the first voice is made. It has one global voice per process:
a lock gives it to one sentence at a time, and each sentence sets what it needs.
"""

import ctypes
import difflib
import threading
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from realtime_run.core.errors import ProviderError
from realtime_run_local.settings import EspeakSettings

RATE_HZ = 22_050
"""What espeak-ng's formant voices give."""

_SYNCHRONOUS = 2
_BUFFER_MS = 60
_UTF8 = 1
_FROM_CHARACTER = 1
_RATE, _VOLUME, _PITCH = 1, 2, 3
_OK = 0

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class _Voice(ctypes.Structure):
    """The beginning of `espeak_VOICE`."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
    )


class _Library:
    """The loaded library. C keeps its state for the whole process, and so does this."""

    def __init__(self) -> None:
        loader: Any = import_module("espeakng_loader")
        self.lock = threading.Lock()
        self.c: Any = ctypes.CDLL(loader.get_library_path())
        self.c.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        data = str(loader.get_data_path()).encode()
        rate = self.c.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, data, 0)
        if rate != RATE_HZ:
            message = f"espeak-ng does not start (code {rate}, data in {data.decode()})"
            raise ProviderError(message, is_recoverable=False)

    def voices(self) -> dict[str, bytes]:
        """Return the languages it can speak, and what it calls the voice of each."""
        listed = self.c.espeak_ListVoices(None)
        found: dict[str, bytes] = {}
        at = 0
        while listed[at]:
            voice = listed[at].contents
            # A byte of priority stands before the language's name.
            language = voice.languages[1:].decode("utf-8", "replace")
            found.setdefault(language, voice.identifier)
            at += 1
        return found


@cache
def _library() -> _Library:
    return _Library()


class EspeakSynthesizer:
    """One voice of espeak-ng."""

    def __init__(self, settings: EspeakSettings) -> None:
        self._settings = settings
        self._library = _library()
        with self._library.lock:
            known = self._set_voice()
        if not known:
            names = sorted(self._library.voices())
            near = difflib.get_close_matches(settings.voice, names)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            message = f"espeak-ng has no voice '{settings.voice}'{hint}"
            raise ProviderError(message, is_recoverable=False)

    @property
    def rate_hz(self) -> int:
        """Samples a second."""
        return RATE_HZ

    def speak(self, text: str, emit: Callable[[bytes], bool]) -> None:
        """Say one sentence; stops within a buffer of 60 ms when nobody listens."""
        failed = list[BaseException]()

        def on_samples(samples: Any, count: int, _events: object) -> int:
            if count <= 0 or not samples:
                return 0
            try:
                return 0 if emit(ctypes.string_at(samples, count * 2)) else 1
            except BaseException as error:  # noqa: BLE001 - C cannot carry it: see below
                failed.append(error)
                return 1

        # Held in a name until the call has returned: C keeps no reference.
        callback = _Callback(on_samples)
        # A zero byte would end the text for C; a lone surrogate has no UTF-8.
        spoken = text.replace("\0", " ").encode("utf-8", "replace")
        with self._library.lock:
            self._set_voice()
            self._library.c.espeak_SetSynthCallback(callback)
            code = self._library.c.espeak_Synth(
                spoken,
                ctypes.c_size_t(len(spoken) + 1),
                ctypes.c_uint(0),
                ctypes.c_int(_FROM_CHARACTER),
                ctypes.c_uint(0),
                ctypes.c_uint(_UTF8),
                None,
                None,
            )
        if failed:
            raise failed[0]
        if code != _OK:
            message = f"espeak-ng cannot say this sentence (code {code})"
            raise ProviderError(message)

    def close(self) -> None:
        """Keep the library: the process has one, and others may be speaking."""

    def _set_voice(self) -> bool:
        c, settings = self._library.c, self._settings
        language, plus, variant = settings.voice.partition("+")
        if c.espeak_SetVoiceByName(settings.voice.encode()) != _OK:
            # Some languages are not the name of their voice: 'en-gb' is spoken by 'en'.
            name = self._library.voices().get(language)
            if name is None:
                return False
            if c.espeak_SetVoiceByName(name + f"{plus}{variant}".encode()) != _OK:
                return False
        c.espeak_SetParameter(_RATE, settings.rate, 0)
        c.espeak_SetParameter(_VOLUME, settings.volume, 0)
        c.espeak_SetParameter(_PITCH, settings.pitch, 0)
        return True
