from typing import Any

from realtime_run.core.commands import CancelResponse, SendText
from realtime_run.core.provider_events import ResponseDone

KIB = 1024


def counted(talk: Any) -> list[tuple[str, int | None, float | None]]:
    """Return of each response that is done: status, tokens, dollars."""
    return [
        (
            done.status,
            done.usage["totalTokenCount"] if done.usage else None,
            done.cost_usd,
        )
        for done in talk.of(ResponseDone)
    ]


def usage(talk: Any, total: int, **members: object) -> None:
    talk.hear(usageMetadata={"totalTokenCount": total}, **members)


def test_the_last_count_of_a_turn_is_of_the_whole_turn(talk: Any) -> None:
    talk.sound()
    usage(talk, 5)
    usage(talk, 7)
    usage(talk, KIB, serverContent={"turnComplete": True})

    assert counted(talk) == [("completed", KIB, 1.0)]


def test_a_turn_with_calls_is_counted_at_its_end(talk: Any) -> None:
    usage(talk, 5, toolCall={"functionCalls": [{"id": "a", "name": "look"}]})
    talk.sound()
    usage(talk, KIB, serverContent={"turnComplete": True})

    assert counted(talk) == [("completed", None, None), ("completed", KIB, 1.0)]


def test_an_interrupted_turn_is_counted_with_the_next(talk: Any) -> None:
    talk.sound()
    talk.content(interrupted=True)
    usage(talk, KIB, serverContent={"turnComplete": True})
    talk.sound()
    usage(talk, 2 * KIB, serverContent={"turnComplete": True})
    talk.sound()
    usage(talk, KIB, serverContent={"turnComplete": True})

    assert counted(talk) == [
        ("cancelled", None, None),
        ("completed", 3 * KIB, 3.0),
        ("completed", KIB, 1.0),
    ]


def test_an_interruption_that_ends_the_turn_at_once_is_counted_at_once(
    talk: Any,
) -> None:
    talk.sound()
    usage(talk, KIB, serverContent={"interrupted": True, "turnComplete": True})
    talk.sound()
    usage(talk, 2 * KIB, serverContent={"turnComplete": True})

    assert counted(talk) == [("cancelled", KIB, 1.0), ("completed", 2 * KIB, 2.0)]


def test_a_cancelled_turn_is_counted_with_the_next(talk: Any) -> None:
    talk.sound()
    talk.ask(CancelResponse(response_id="turn_1"))
    usage(talk, KIB, serverContent={"turnComplete": True})
    talk.sound()
    talk.turn_complete()

    assert counted(talk) == [("cancelled", None, None), ("completed", KIB, 1.0)]


def test_a_count_after_a_turn_that_had_none_is_not_lost(talk: Any) -> None:
    talk.sound()
    talk.turn_complete()
    usage(talk, KIB)
    talk.sound()
    usage(talk, KIB, serverContent={"turnComplete": True})

    assert counted(talk) == [("completed", None, None), ("completed", 2 * KIB, 2.0)]


def test_a_count_before_a_turn_is_replaced_by_the_count_of_it(talk: Any) -> None:
    talk.sound()
    usage(talk, KIB, serverContent={"turnComplete": True})
    usage(talk, 3)
    talk.sound()
    usage(talk, 2 * KIB, serverContent={"turnComplete": True})

    assert counted(talk) == [("completed", KIB, 1.0), ("completed", 2 * KIB, 2.0)]


def test_counts_are_added_by_modality(talk: Any) -> None:
    def end(text: int, audio: int) -> None:
        talk.hear(
            serverContent={"turnComplete": True},
            usageMetadata={
                "promptTokensDetails": [
                    {"modality": "TEXT", "tokenCount": text},
                    {"modality": "AUDIO", "tokenCount": audio},
                ],
                "trafficType": "ON_DEMAND",
            },
        )

    end(1, 2)
    talk.sound()
    end(10, 20)

    (done,) = talk.of(ResponseDone)
    assert done.usage == {
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": 11},
            {"modality": "AUDIO", "tokenCount": 22},
        ],
        "trafficType": "ON_DEMAND",
    }


def test_the_names_of_vertex_are_those_of_the_gemini_api(talk: Any) -> None:
    talk.sound()
    talk.hear(
        serverContent={"turnComplete": True},
        usageMetadata={
            "candidatesTokenCount": 3,
            "candidates_tokens_details": [{"modality": "AUDIO", "token_count": 3}],
        },
    )

    (done,) = talk.of(ResponseDone)
    assert done.usage == {
        "responseTokenCount": 3,
        "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 3}],
    }
    assert done.cost_usd is None


def test_a_count_in_a_turn_after_one_without_is_not_added_to_its_end(talk: Any) -> None:
    talk.sound()
    talk.turn_complete()
    talk.sound()
    usage(talk, 5)
    usage(talk, KIB, serverContent={"turnComplete": True})

    assert counted(talk)[1] == ("completed", KIB, 1.0)


def test_a_count_before_an_answer_that_was_asked_for_is_of_that(talk: Any) -> None:
    talk.sound()
    talk.turn_complete()
    talk.ask(SendText(text="And?"))
    usage(talk, 5)
    talk.sound()
    usage(talk, KIB, serverContent={"turnComplete": True})

    assert counted(talk)[1] == ("completed", KIB, 1.0)


def test_nonsense_that_is_counted_does_not_grow(talk: Any) -> None:
    for turn in range(8):
        talk.sound()
        talk.content(interrupted=True)
        names = {f"of{turn}And{number}": 1 for number in range(50)}
        talk.hear(serverContent={"turnComplete": True}, usageMetadata=names)
    talk.sound()
    usage(talk, KIB, serverContent={"turnComplete": True})

    assert len(talk.of(ResponseDone)[-1].usage) <= 2 * 50
