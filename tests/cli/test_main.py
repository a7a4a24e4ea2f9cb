import pytest

from realtime_run.cli import main as main_module
from realtime_run.cli.main import main


def test_ctrl_c_before_a_command_has_begun_leaves_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main_module, "parser_of_arguments", interrupted)

    code = main(["agent.yaml"])

    printed = capsys.readouterr()
    assert (code, printed.out, printed.err) == (130, "", "")
