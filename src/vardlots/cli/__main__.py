"""`python -m vardlots.cli` is the same as `vardlots`; the demo starts its children so."""

import sys

from vardlots.cli.main import main

sys.exit(main())
