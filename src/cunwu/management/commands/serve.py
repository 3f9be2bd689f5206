"""`cunwu serve`"""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import CommandParser

from cunwu.management import serving
from cunwu.management.base import Command as Base


class Command(Base):
    """The installation running: reader, desk and background work, until Ctrl-C or SIGTERM."""

    help = "运行。 Run the public reader, the desk and the background work. Refuses to start while a system check fails."

    def options(self, parser: CommandParser) -> None:
        """Where to listen; the ports are those of the addresses in installation.toml unless given."""
        parser.add_argument("--host", default="127.0.0.1", help="behind a front server the default is right")
        parser.add_argument("--port", type=int, help="of residents' pages")
        parser.add_argument("--desk-port", type=int, help="of the desk")

    def run(self, options: dict[str, Any]) -> None:
        """Serve."""
        logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s", level=logging.INFO)
        port = options["port"] or port_of(settings.CUNWU.portal_url, 8000)
        desk_port = options["desk_port"] or port_of(settings.CUNWU.desk_url, 8001)
        self.stderr.write(
            f"Residents' pages on http://{options['host']}:{port}/, the desk on http://{options['host']}:{desk_port}/",
            lambda text: text,
        )
        serving.serve(options["host"], port, desk_port)


def port_of(address: str, otherwise: int) -> int:
    """The port that an address names, or `otherwise`."""
    return urlsplit(address).port or otherwise
