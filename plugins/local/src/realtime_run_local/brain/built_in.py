"""What the rule brain can answer without any rule of the user's."""

from collections.abc import Mapping

from realtime_run_local import arithmetic, templates
from realtime_run_local.phrase_syntax import normalised
from realtime_run_local.phrases import compiled

GREETING = "Hello, how can I help?"

_RULES = tuple(
    (compiled(when), say)
    for when, say in (
        ("(hello|hi|hey|good (morning|afternoon|evening)) [there] [you]", GREETING),
        ("say hello *", GREETING),
        ("* what [is] [the] time [is it] *|* what's the time *", "It is {time}."),
        ("* what (day|date) is it [today]|* what is the date *", "It is {date}."),
        ("* (who are you|what is your name|what's your name)", "I am {agent}."),
        ("[please] stop [it|now|that|please]|(wait|cancel|be quiet)", "Okay."),
        ("* (thanks|thank you) *", "You are welcome."),
        ("(goodbye|good bye|bye) *", "Goodbye."),
    )
)


def answer(text: str, values: Mapping[str, str]) -> str | None:
    """Return the built-in answer to `text`, or None if there is none."""
    for pattern, say in _RULES:
        if pattern.match(text) is not None:
            return templates.fill(say, values)
    asked = arithmetic.read(normalised(text))
    return None if asked is None else _result(asked)


def _result(asked: arithmetic.Sum) -> str:
    try:
        return f"It is {arithmetic.spoken(arithmetic.evaluate(asked))}."
    except ZeroDivisionError:
        return "Nothing can be divided by zero."
