"""The one error of the embedded services."""


class EmbeddedError(Exception):
    """An embedded service cannot be had. The message says what, where, why and what to do about it."""
