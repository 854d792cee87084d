"""A package that takes half a second to import, and breaks for good where that is cut off."""

import time

from .part import *  # noqa: F403

_end = time.monotonic() + 0.5
while time.monotonic() < _end:
    pass
# Only the import of `part` itself binds its name, and that is not done again.
names = part.__all__  # noqa: F821


def one():
    return 1
