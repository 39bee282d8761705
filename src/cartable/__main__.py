"""Run the command line: `python -m cartable`."""

import sys

from cartable.cli import main

sys.exit(main())
