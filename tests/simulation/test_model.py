from dataclasses import replace

from realtime_run.simulation.model import (
    GREETING,
    STILL_THERE,
    Call,
    KnownTool,
    Mind,
    Reply,
    Situation,
)
from realtime_run.simulation.script import Script, ScriptedCall, ScriptedTurn
from realtime_run.simulation.tones import spoken

MOVE = KnownTool(
    name="move",
    schema={
        "type": "object",
        "properties": {"meters": {"type": "number"}},
        "required": ["meters"],
    },
)
WROTE = Situation(kind="text", heard="How are you?", turn="1", first="How are you?")
SPOKE = Situation(kind="voice", heard="(speech)", spoken_s=1.24, turn="1")


def scripted(*turns: ScriptedTurn, repeat: bool = False) -> Mind:
    return Mind(Script(turns=turns, repeat=repeat))


def test_what_is_written_is_quoted() -> None:
    assert Mind().reply(WROTE) == Reply(text='You wrote: "How are you?".')


def test_speech_is_answered_with_its_length() -> None:
    assert Mind().reply(SPOKE) == Reply(text="I heard you for 1.2 seconds.")


def test_what_is_seen_is_told() -> None:
    situation = replace(SPOKE, images="1 picture, 4 by 3")

    answer = Mind().reply(situation).text

    assert answer == "I heard you for 1.2 seconds. I see 1 picture, 4 by 3."


def test_who_is_asked_to_begin_greets() -> None:
    assert Mind().reply(Situation(kind="nothing")).text == GREETING
    script = Script(greeting="Good morning.")
    assert Mind(script).reply(Situation(kind="nothing")).text == "Good morning."


def test_a_script_can_show_what_the_model_is_told() -> None:
    script = Script(greeting="I was told: {instructions}")
    told = Situation(kind="nothing", instructions="Greet the user.")

    assert Mind(script).reply(told).text == "I was told: Greet the user."


def test_long_silence_is_asked_about() -> None:
    assert Mind().reply(Situation(kind="silence")).text == STILL_THERE


def test_the_first_turn_calls_the_first_tool_and_no_other_turn_does() -> None:
    mind = Mind()

    first = mind.reply(replace(WROTE, tools=(MOVE,)))
    second = mind.reply(replace(WROTE, tools=(MOVE,), turn="2"))

    assert first == Reply(calls=(Call(name="move", arguments='{"meters": 1}'),))
    assert second.calls == ()


def test_an_answer_tells_the_results_and_can_be_interrupted() -> None:
    situation = replace(WROTE, kind="results", results=("it is sunny", "17"))

    answer = Mind().reply(situation).text

    assert "it is sunny and 17" in answer
    assert spoken(answer).duration_ms >= 4000


def test_a_script_can_speak_of_what_was_said_first_and_before() -> None:
    turn = ScriptedTurn(say="First {first}, then {before}, now {heard}")
    situation = replace(WROTE, heard="c", first="a", before="b")

    reply = Mind(Script(turns=(turn,))).reply(situation)

    assert reply.text == "First a, then b, now c"


def test_the_first_thing_said_is_remembered() -> None:
    situation = replace(WROTE, heard="What did I say first?", first="I am Ada.")

    assert Mind().reply(situation).text == 'The first thing you said was "I am Ada.".'


def test_a_tool_that_must_be_called_is_called_until_its_result_is_there() -> None:
    mind = Mind()
    situation = replace(WROTE, tools=(MOVE,), must_call="move")

    assert mind.reply(situation).calls
    assert mind.reply(replace(situation, turn="2")).calls
    assert not mind.reply(replace(situation, kind="results", results=("ok",))).calls


def test_turns_are_taken_in_order_and_then_come_plausible_answers() -> None:
    mind = scripted(ScriptedTurn(say="one"), ScriptedTurn(write="two {heard}"))

    replies = [mind.reply(replace(WROTE, turn=str(turn))) for turn in range(3)]

    assert replies == [
        Reply(text="one"),
        Reply(text="two How are you?", written=True),
        Reply(text='You wrote: "How are you?".'),
    ]


def test_a_script_may_begin_again() -> None:
    mind = scripted(ScriptedTurn(say="one"), ScriptedTurn(say="two"), repeat=True)

    texts = [mind.reply(replace(WROTE, turn=str(turn))).text for turn in range(5)]

    assert texts == ["one", "two", "one", "two", "one"]


def test_a_turn_whose_pattern_does_not_fit_is_passed_over() -> None:
    mind = scripted(
        ScriptedTurn(when="*weather*", say="sunny"), ScriptedTurn(say="anything")
    )

    assert mind.reply(WROTE).text == "anything"


def test_a_pattern_fits_whatever_the_case() -> None:
    mind = scripted(ScriptedTurn(when="how *", say="fine"))

    assert mind.reply(WROTE).text == "fine"


def test_the_same_turn_takes_one_entry_however_often_it_is_answered() -> None:
    mind = scripted(ScriptedTurn(say="one"), ScriptedTurn(say="two"))

    assert [mind.reply(WROTE).text, mind.reply(WROTE).text] == ["one", "one"]


def test_a_result_that_is_a_sentence_ends_with_one_full_stop() -> None:
    situation = replace(WROTE, kind="results", results=("I moved.",))

    told = Mind().reply(situation)

    assert told.text.startswith("The tool returned: I moved. That is")


def test_scripted_calls_come_before_the_answer_with_their_results() -> None:
    call = ScriptedCall(name="move", arguments={"meters": 3})
    mind = scripted(ScriptedTurn(calls=(call, call), say="Done: {results}."))
    results = replace(WROTE, kind="results", results=("moved",))

    asked = mind.reply(WROTE)
    told = mind.reply(results)

    assert asked.calls == (Call(name="move", arguments='{"meters": 3}'),) * 2
    assert told == Reply(text="Done: moved.")


def test_a_model_without_parallel_calls_makes_one() -> None:
    call = ScriptedCall(name="move")
    mind = scripted(ScriptedTurn(calls=(call, call)))

    assert len(mind.reply(replace(WROTE, parallel_calls=False)).calls) == 1


def test_the_transcript_is_what_the_script_says_or_the_length_of_the_speech() -> None:
    mind = scripted(ScriptedTurn(heard="Hello."), ScriptedTurn(say="and so on"))

    first = mind.transcript(2.0)
    mind.reply(replace(SPOKE, heard=first))
    second = mind.transcript(2.0)

    assert (first, second) == ("Hello.", "(2.0 seconds of speech)")


def test_a_very_long_text_is_not_repeated_whole() -> None:
    answer = Mind().reply(replace(WROTE, heard="word " * 10_000)).text

    assert len(answer) < 500
