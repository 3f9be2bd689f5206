"""The QR code on the paper: an address in capitals, so that it needs the fewest squares and reads on an old phone."""

from __future__ import annotations

from base64 import b32encode
from io import BytesIO

import segno
from django.conf import settings

from cunwu.disclosure.models import LogEntry

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def leaf_name(entry: LogEntry) -> str:
    """The leaf hash as 52 characters of base32 (RFC 4648, no padding): its name in addresses, for ever."""
    return b32encode(bytes.fromhex(entry.leaf_hash)).decode().rstrip("=")


def verify_address(entry: LogEntry) -> str:
    """`HTTPS://HOST/V/` and the leaf's name, on the public host of the installation, in capitals."""
    return f"{settings.CUNWU.portal_url.rstrip('/').upper()}/V/{leaf_name(entry)}"


def qr_svg(entry: LogEntry, *, title: str, scale: float = 4) -> str:
    """The code as an SVG element with `title` for screen readers; alphanumeric mode, error correction M or better.

    `scale` is the width of one square in pixels; the quiet zone of four squares (ISO/IEC 18004) is part of it.
    """
    code = segno.make_qr(verify_address(entry), error="m", mode="alphanumeric")
    out = BytesIO()
    code.save(
        out,
        kind="svg",
        scale=scale,
        border=4,
        xmldecl=False,
        title=title,
        svgclass="qr",
        omitsize=False,
        nl=False,
    )
    return out.getvalue().decode()
