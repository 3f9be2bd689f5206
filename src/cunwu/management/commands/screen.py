"""`cunwu screen`"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandParser
from django.utils import timezone

from cunwu.assets.models import Contract
from cunwu.demo.measuring import measured
from cunwu.errors import NotFound
from cunwu.management.base import Command as Base
from cunwu.management.base import language
from cunwu.org.authority import local_day
from cunwu.org.models import Place
from cunwu.oversight import many_counties
from cunwu.oversight.many_counties import spark_session
from cunwu.oversight.rules import BY_NAME
from cunwu.oversight.screening import Hit, question, screen


class Command(Base):
    """The questions that the rules ask of the contracts held here, today. Nothing is stored."""

    help = "筛查合同台账，列出疑点。 Ask the screening rules of the contracts held here; nothing is stored."

    def options(self, parser: CommandParser) -> None:
        """Where, and which rule."""
        parser.add_argument("--place", metavar="CODE", help="only what lies in the place of this code")
        parser.add_argument(
            "--rule", action="append", choices=sorted(BY_NAME), help="only this rule; may be repeated"
        )

        parser.add_argument(
            "--export", metavar="FOLDER", help="write the plain tables as Parquet, without names"
        )
        parser.add_argument(
            "--from",
            dest="folder",
            metavar="FOLDER",
            help="count the questions over every county's export in a folder",
        )
        parser.add_argument(
            "--known",
            action="store_true",
            help="in a demo: how each rule fared against the known list of spoilt contracts",
        )
        parser.add_argument(
            "--spark", metavar="MASTER", help="with --from: by this Spark master instead of DuckDB"
        )

    def run(self, options: dict[str, Any]) -> None:
        """One line a question."""
        today = local_day(timezone.now())
        if options["known"]:
            self._measure(options)
        elif options["export"]:
            self._export(options, today)
        elif options["folder"]:
            self._count(options, today)
        else:
            self._ask(options, today)

    def _ask(self, options: dict[str, Any], today: date) -> None:
        hits = screen(_place(options["place"]), on=today, rules=options["rule"])
        contracts = Contract.objects.select_related("organization").in_bulk({hit.contract for hit in hits})
        self.report(
            options,
            [_line(hit, contracts[hit.contract], question(hit, language(), today)) for hit in hits],
            {"on": today, "questions": [_plain(hit, contracts[hit.contract]) for hit in hits]},
        )

    def _measure(self, options: dict[str, Any]) -> None:
        """Precision and recall by rule; the questions are those of the last screening."""
        rows = list(measured())
        lines = ["rule\tflag\tknown\tfound\twrong\tprecision\trecall"]
        for each in rows:
            counts = (each.rule, each.flag or "–", each.known, each.found, each.wrong)
            shares = ("–" if share is None else f"{share:.2f}" for share in (each.precision, each.recall))
            lines.append("\t".join(map(str, (*counts, *shares))))
        told = [asdict(each) | {"precision": each.precision, "recall": each.recall} for each in rows]
        self.report(options, lines, {"rules": told})

    def _export(self, options: dict[str, Any], today: date) -> None:
        held = settings.CUNWU
        county = held.county_code or held.log_origin.replace("/", "-")
        place = _place(options["place"])
        written = many_counties.export(Path(options["export"]), county, on=today, place=place)
        self.report(options, [str(written)], {"on": today, "folder": str(written)})

    def _count(self, options: dict[str, Any], today: date) -> None:
        folder, names = Path(options["folder"]), options["rule"]
        if options["spark"]:
            with spark_session(options["spark"]) as session:
                run = partial(many_counties.by_spark, session)
                found = many_counties.counts(folder, run, on=today, dialect="spark", names=names)
        else:
            found = many_counties.counts(folder, many_counties.by_duckdb, on=today, names=names)
        header = ("county", "town", "village", *found.rules)
        lines = [
            "\t".join(str("" if cell is None else cell) for cell in row) for row in (header, *found.rows)
        ]
        self.report(options, lines, {"on": today, "columns": header, "rows": found.rows})


def _place(code: str | None) -> Place | None:
    if code is None:
        return None
    found = Place.objects.filter(code=code, until_day=None).first()
    if found is None:
        raise NotFound(
            "place.unknown", f"没有代码为{code}的区划。", f"There is no place with the code {code}."
        )
    return found


def _line(hit: Hit, contract: Contract, asked: str) -> str:
    flag = BY_NAME[hit.rule].flag or "–"
    return f"{flag:4} {contract.organization.name(language())} {contract}: {asked}"


def _plain(hit: Hit, contract: Contract) -> dict[str, Any]:
    rule = BY_NAME[hit.rule]
    return {
        "rule": hit.rule,
        "flag": rule.flag,
        "severity": rule.severity,
        "contract": contract.public_id,
        "organization": contract.organization.public_id,
        "figures": hit.figures,
    }
