"""Contracts as open data beside a document of holdings: its OCDS release package."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils import timezone

from cunwu.assets.ocds import Source, contracts, release_package
from cunwu.assets.publishing import FORMAT
from cunwu.portal.figures import SHANGHAI
from cunwu.portal.queries import PublicationFacts


def are_in(content: Mapping[str, Any]) -> bool:
    """Whether the document has contracts to publish so, and the county an ocid prefix to publish them under."""
    listed = content.get("format") == FORMAT and any(True for _ in contracts(content))
    return listed and bool(settings.CUNWU.ocids_begin)


def files(facts: PublicationFacts) -> dict[str, bytes]:
    """File name to bytes: `ocds.json`, a view that any later bake makes again; nothing where `are_in` says so."""
    content, held, shown = facts.content, settings.CUNWU, facts.publication
    if content is None or not are_in(content):
        return {}
    source = Source(
        prefix=held.ocids_begin,
        portal=held.portal_url.rstrip("/"),
        publisher=held.title_zh,
        publication=shown.public_id,
        published_at=timezone.localtime(shown.published_at, SHANGHAI),
        period=shown.period,
        organization=shown.organization.name_zh,
        organization_id=shown.organization.public_id,
    )
    package = release_package(content, source)
    return {"ocds.json": json.dumps(package, ensure_ascii=False, indent=1).encode()}
