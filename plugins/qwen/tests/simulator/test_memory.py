from realtime_run_qwen.simulator.memory import first_words, last_words

DIGEST = "Be brief.\n- User: I am Ann.\n- Assistant: Hello.\n- User: I am hungry.\n"


def test_what_was_said_first_and_last_is_read_from_a_digest() -> None:
    assert (first_words(DIGEST), last_words(DIGEST)) == ("I am Ann.", "I am hungry.")


def test_instructions_without_a_digest_tell_nothing() -> None:
    assert (first_words("Be brief."), last_words("Be brief.")) == ("", "")
