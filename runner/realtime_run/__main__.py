"""Run with `python -m realtime_run`."""

import sys

from realtime_run.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
