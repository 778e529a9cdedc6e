"""Makes the fixtures of `tests/fixtures.py` known to the tests in `tests/` and to each subject's own."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

pytest_plugins = ["tests.fixtures", "tests.cast_fixtures"]
