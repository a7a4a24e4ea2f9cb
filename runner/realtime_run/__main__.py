"""Run with `python -m realtime_run`."""

from realtime_run.cli.main import program

if __name__ == "__main__":
    program()
