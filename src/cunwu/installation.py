"""What makes one installation this county's and no other's: a folder of data, a folder of keys, one settings file.

No Django here: the settings module reads it, and so do the reader and the witness, which run without Django.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from cunwu.errors import Invalid

PROJECT = Path(__file__).resolve().parents[2]
KEY_NAMES = ("django", "field", "index", "log", "seal")


class WitnessSetting(BaseModel):
    """A witness that cosigns our checkpoints: whose it is, its verifier key, where it listens.

    `independent` says that somebody outside the county runs it; the public page says so, or says that none does.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title_zh: str
    title_en: str
    key: str
    url: str
    independent: bool


class Installation(BaseModel):
    """The settings of one county, read from `installation.toml` in the data folder; unknown keys are refused.

    `meetings_from` is the day from which the villages enter their meetings here: of the time before, and without it,
    no meeting is owed, for what nobody could record nobody is reminded of. `ocid_prefix` is what the Open Contracting
    Partnership registered for the county; without it contracts are not published in that standard, but in a demo.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))

    title_zh: str = "未命名县"
    title_en: str = "Unnamed county"
    county_code: str = ""
    packs: tuple[str, ...] = ("cn",)
    log_origin: str = "localhost/cunwu"
    portal_url: str = "http://127.0.0.1:8000"
    desk_url: str = "http://127.0.0.1:8001"
    meetings_from: date | None = None
    ocid_prefix: str = Field(default="", pattern=r"^(ocds-[a-z0-9]{6})?$")
    mode: Literal["production", "demo"] = "production"
    witnesses: tuple[WitnessSetting, ...] = Field(default=())

    @field_validator("portal_url", "desk_url")
    @classmethod
    def _leads_somewhere(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
            raise ValueError("an address begins with https:// (or http://) and a host")
        return url

    @property
    def ocids_begin(self) -> str:
        """How identifiers of contracting processes begin; a demo uses the standard's own example, else blank: none."""
        return self.ocid_prefix or ("ocds-213czf" if self.demo else "")

    @property
    def demo(self) -> bool:
        """Whether the data are invented; such data refuse to run as anything else."""
        return self.mode == "demo"


def home() -> Path:
    """The folder of everything that a backup holds: `CUNWU_HOME`, or `var/` in the checkout."""
    return Path(os.environ.get("CUNWU_HOME", PROJECT / "var")).resolve()


def keys_folder() -> Path:
    """The folder of keys, outside the data and outside every backup: `CUNWU_KEYS`, or `keys/` beside the data."""
    return Path(os.environ.get("CUNWU_KEYS", home().parent / "keys")).resolve()


def packs_folder() -> Path:
    """Where the packs lie: `CUNWU_PACKS`, or `packs/` in the checkout."""
    return Path(os.environ.get("CUNWU_PACKS", PROJECT / "packs")).resolve()


def read_installation(folder: Path) -> Installation:
    """The installation described in `folder`; the defaults where it has no settings file yet.

    Raises Invalid `installation.unreadable` for an unknown key or a wrong value: a misread setting must not start.
    """
    path = folder / "installation.toml"
    if not path.exists():
        return Installation()
    try:
        return Installation.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (ValueError, RecursionError) as error:
        # Of pydantic's complaints the place and the reason, never the value: a line may hold a key.
        told = (
            "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            if isinstance(error, ValidationError)
            else " ".join(str(error).split())
        )
        raise Invalid(
            "installation.unreadable",
            f"{path}读不出来（{told}）；请改正后再运行。",
            f"{path} cannot be read ({told}); correct it and run again.",
        ) from error


def create_keys(folder: Path) -> None:
    """Make whichever of the five keys is missing, each 32 random bytes in hex, readable by their owner only."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in KEY_NAMES:
        if not (folder / f"{name}.key").exists():
            write_key(folder, name, secrets.token_bytes(32))


def write_key(folder: Path, name: str, key: bytes) -> None:
    """Write a key file that is not there yet, readable by its owner only, and on disk before this returns.

    Raises FileExistsError: a key is never written over.
    """
    descriptor = os.open(folder / f"{name}.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(key.hex())
        file.flush()
        os.fsync(file.fileno())


def read_key(folder: Path, name: str) -> bytes | None:
    """The key called `name` ("django", "field", "index", "log", "seal"), or None where it was never made."""
    path = folder / f"{name}.key"
    return bytes.fromhex(path.read_text().strip()) if path.exists() else None
