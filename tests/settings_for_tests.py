"""Settings of the tests: a data folder and keys of their own, made anew by every process."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_folder = Path(tempfile.mkdtemp(prefix="cunwu-tests-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["CUNWU_HOME"] = str(_folder / "var")
os.environ["CUNWU_KEYS"] = str(_folder / "keys")
(_folder / "var").mkdir()

from cunwu import installation  # noqa: E402

installation.create_keys(_folder / "keys")
(_folder / "var" / "installation.toml").write_text(
    'title_zh = "示范县"\ntitle_en = "Demonstration County"\ncounty_code = "990101"\n'
    'packs = ["cn", "cn-shandong", "fangzi"]\nlog_origin = "demo.cunwu.invalid/990101"\nmode = "demo"\n',
    encoding="utf-8",
)

from cunwu.settings import *  # noqa: E402, F403

# argon2 takes 50 ms by design; the tests sign in often and one test checks that production uses argon2.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
