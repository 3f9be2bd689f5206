"""The same pond, field and shop as the ledgers' own tests."""

from __future__ import annotations

from assets.conftest import assets

__all__ = ["assets"]
