"""Finding a command by its name, and the list that `cunwu --help` prints: ours first."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from django.core.management import ManagementUtility, get_commands, load_command_class
from django.core.management.base import BaseCommand

USAGE = 2
OURS: dict[str, tuple[str, str]] = {
    "init": ("建立安装", "make keys, folders, settings, database and log of a new installation"),
    "serve": ("运行", "run the public reader, the desk and the background work"),
    "tick": ("到期检查", "open duties, find what is late, record silence, expire lists"),
    "sequence": ("存证", "put pending entries into the log, ask witnesses, render stale pages"),
    "bake": ("生成页面", "render residents' pages"),
    "witness": ("见证", "run a witness for somebody's log (no database needed)"),
    "verify": ("核验", "verify a published document with its proof (no database needed)"),
    "load-places": ("导入区划", "load the national lists of divisions"),
    "find-place": ("查找地方", "places by name, a part of it, pinyin or initials"),
    "import-vouchers": ("导入凭证", "take a workbook of vouchers into an organization's books"),
    "packs": ("规则包", "check the packs of law and policy, or print their digest"),
    "explain": ("说明依据", "why a value holds on a day, level by level"),
    "appointments": ("任职", "list who holds which office"),
    "create-user": ("建立账号", "give a person a sign-in"),
    "code": ("验证码", "print a user's present second factor (demo only)"),
    "proof": ("办事凭证包", "the proof pack of a matter"),
    "screen": ("筛查合同台账", "ask what the screening rules ask of contracts"),
    "recompute": ("重算指标", "count the ledgers' figures anew and compare"),
    "change-key": ("更换密钥", "let another key take the place of one of the five"),
    "log": ("公开日志", "complete the log from a mirror after a restore"),
    "check-log": ("核对存证", "compare database, log files and proofs from end to end"),
    "export-site": ("导出网站", "write residents' pages and the log into a folder for any static server"),
    "backup": ("备份", "write one file with everything but the keys"),
    "restore": ("恢复", "bring a backup back into an empty folder"),
    "build-demo": ("建立演示", "build the invented county"),
}


class Listing(ManagementUtility):
    """Django's commands, with ours written with hyphens and listed first."""

    def main_help_text(self, commands_only: bool = False) -> str:
        """The text of `cunwu --help`."""
        if commands_only:
            return "\n".join(sorted([*OURS, *get_commands()]))
        width = max(map(len, OURS))
        lines = [
            "cunwu COMMAND [options]; `cunwu COMMAND --help` says more.",
            "Exit codes: 0 done, 1 refused (one line on stderr says why), 2 used wrongly.",
            "",
            *(f"  {name:<{width}}  {zh}: {en}" for name, (zh, en) in OURS.items()),
            "",
            "Of Django, for maintenance:",
            "  " + ", ".join(sorted(name for name in get_commands() if name not in _modules())),
        ]
        return "\n".join(lines)

    def fetch_command(self, subcommand: str) -> BaseCommand:
        """The command; `load-places` lies in `load_places.py`. Leaves with exit code 2 where there is none."""
        name = subcommand.replace("-", "_")
        application = get_commands().get(name)
        if application is None:
            sys.stderr.write(f"cunwu: there is no command {subcommand!r}; see `cunwu --help`.\n")
            sys.exit(USAGE)
        if isinstance(application, BaseCommand):
            return application
        return load_command_class(application, name)


def execute(argv: Sequence[str]) -> int:
    """Run the command line `argv` (without the program's name); returns the exit code."""
    try:
        Listing(["cunwu", *argv]).execute()
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else int(left.code is not None)
    return 0


def _modules() -> set[str]:
    return {name.replace("-", "_") for name in OURS}
