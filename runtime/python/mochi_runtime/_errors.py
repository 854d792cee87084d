"""The one error of the bridge."""


class MochiError(Exception):
    """A host function failed, or a value or a call cannot cross.

    ``kind`` is the host's own name of the error, and ``payload`` what it gave with it. Where a
    Python exception caused it (a host function that called Python again), ``__cause__`` tells.
    """

    def __init__(self, message, kind="MochiError", payload=None):
        super().__init__(message)
        self.kind = kind
        self.payload = payload
