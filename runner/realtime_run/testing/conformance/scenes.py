"""What a provider must be seen to do: one scene for each thing its far end may do."""

from enum import Enum

from realtime_run.core.capabilities import Capabilities


class Scene(Enum):
    """What the far end of the provider, a simulator as a rule, plays.

    The value says it in full; `TELL` is the text that a test sends first, and `add` is
    a tool of the suite that takes two whole numbers, `a` and `b`.
    """

    PLAIN = "each text gets one spoken answer of less than 2 seconds, with a transcript"
    SPEECH = (
        "each utterance is noticed, transcribed and answered as in PLAIN;"
        " silence ends it"
    )
    TOLD = (
        "as PLAIN, and a response that is told `WELCOME` says 'welcome aboard', which"
        " no other does"
    )
    LONG = (
        "as SPEECH, and the answer to `STORY` lasts 3 seconds or more, as does a"
        " response that is told `STORY`"
    )
    FAST = "as LONG, and the sound comes ten times as fast as it is spoken, or faster"
    STEADY = "as LONG, and the sound comes no faster than it is spoken"
    LATE_AUDIO = (
        "as LONG, and more sound of an answer comes after the user began to speak"
    )
    FALSE_ALARM = (
        "as LONG, but the user's sound turns out to be none:"
        " the provider goes on with the same answer"
    )
    TOOL = (
        "the first answer is a call of `add` with a=2 and b=3;"
        " results, and each text after it, are answered as in PLAIN"
    )
    TWO_TOOLS = (
        "the first answer calls `add` with a=2 and b=3, and with a=4 and b=5;"
        " the results are answered as in PLAIN"
    )
    IMAGES = "pictures are taken; texts are answered as in PLAIN"
    GARBAGE = "messages that make no sense come before each answer; else as PLAIN"
    DROP = (
        "the first connection breaks, with no goodbye, after its first answer;"
        " later connections are PLAIN"
    )
    CLOSE = (
        "the first connection is closed by the far end, in good order, after its first"
        " answer; later connections are PLAIN"
    )
    STALL = (
        "the first connection does nothing more after its first answer,"
        " and is not closed"
    )
    RECALL = (
        "as DROP; asked for the name, the model answers with one that it was told in"
        " the conversation, on whatever connection"
    )
    MEMORY = (
        "as PLAIN; asked for the name, the model answers with one that it was told in"
        " the conversation, on whatever connection"
    )
    EXPIRY = "the first connection announces that it will end; texts get PLAIN answers"
    REFUSED = "nobody answers at the address"
    UNAUTHORISED = "the credentials are refused"


TELL = "Tell me something."
"""What a test asks for if it does not matter."""
STORY = (
    "Tell me a long story, of a captain who sails around the world in eighty days, with"
    " a dog that is afraid of water, a cook who has never seen an onion, and a parrot"
    " that knows all the stars by their names but will tell them to nobody, because the"
    " moon once laughed at it. Take as much time as you like."
)
WELCOME = "Say these words: Welcome aboard."
ADD = "Add 2 and 3."
ADD_TWICE = "Add 2 and 3. Also add 4 and 5."
NAME = "Ann"
INTRODUCE = f"My name is {NAME}."
ASK_NAME = "What is my name?"


def lacking(
    scene: Scene, capabilities: Capabilities, *, speaks: bool = False
) -> str | None:
    """Return which capability is needed and not there, in words; None if all are.

    Args:
        scene: What is to be played.
        capabilities: What the provider can do.
        speaks: Whether the user is to be noticed when he speaks.
    """
    if scene in _NEED_TOOLS and not capabilities.tools:
        return "tools is False"
    if scene is Scene.IMAGES and capabilities.video == "none":
        return "video is 'none'"
    if scene is Scene.TOLD and not capabilities.response_instructions:
        return "response_instructions is False"
    if (speaks or scene in _NEED_EARS) and not capabilities.speech_events:
        return "speech_events is False"
    return None


_NEED_TOOLS = frozenset({Scene.TOOL, Scene.TWO_TOOLS})
_NEED_EARS = frozenset({Scene.SPEECH, Scene.FALSE_ALARM, Scene.LATE_AUDIO})
