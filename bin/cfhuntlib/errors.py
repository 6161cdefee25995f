"""The one exception that carries a sentence for the user."""

from __future__ import annotations


class CfhuntError(Exception):
    """What the user is told; str() of it is a whole sentence."""
