import os

from realtime_run.cli.typed import TypedLines


async def test_who_wants_to_know_is_told_after_the_last_line() -> None:
    happened: list[str] = []
    reader, writer = os.pipe()
    os.write(writer, b"hello\n\nbye")
    os.close(writer)
    typed = TypedLines(reader, interactive=True)
    typed.when_ended(lambda: happened.append("ended"))

    async for line in typed.lines():
        happened += [line]
    os.close(reader)

    assert happened == ["hello", "bye", "ended"]
