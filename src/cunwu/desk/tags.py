"""Template tags of the desk: wording, money, days, names. Loaded by `{% load desk %}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django import template
from django.http import HttpRequest
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from cunwu.assets.areas import mu_text, square_metres_text
from cunwu.books import charts
from cunwu.books.models import Account
from cunwu.desk import acts, drafts, wording
from cunwu.desk.requests import DeskRequest, office_for
from cunwu.desk.steps import holders, month_states
from cunwu.documents.cells import money_text
from cunwu.documents.redaction import masked
from cunwu.errors import Refused
from cunwu.org.authority import local_day
from cunwu.org.models import Appointment, AuditEntry, Organization, Place

register = template.Library()
FIRST_LEVEL = 3
_CHINESE = "[\u3000-\u303f\u4e00-\u9fff\uff01-\uff5e]"
OWN = re.compile(f"({_CHINESE}(?:[^A-Za-z\n]*{_CHINESE})?)")
"""A stretch of Chinese, with the figures in it."""
MARK = '<span lang="zh-Hans">{}</span>'


@register.simple_tag
def say(zh: str, en: str, **values: object) -> SafeString:
    """Both languages at the place; what is filled in is escaped with the rest, unless a filter such as `own` did."""
    text = conditional_escape(wording.say(zh, en))
    return format_html(text, **values) if values else text


@register.simple_tag
def comma() -> str:
    """What stands between two of a list of names."""
    return wording.say("、", ", ")


@register.filter
def own(text: object) -> SafeString:
    """Names, and what the village wrote itself: on an English page what is Chinese in it is marked as Chinese, so that
    it is read aloud as such."""
    if wording.language() == "zh":
        return conditional_escape(str(text))
    parts = OWN.split(str(text))
    marked = ((format_html(MARK, part) if at % 2 else part,) for at, part in enumerate(parts))
    return format_html_join("", "{}", marked)


@register.filter
def money(fen: int | None) -> str:
    """Fen as yuan, "1,234.50"; nothing for None."""
    return "" if fen is None else money_text(fen)


@register.filter
def money_or_blank(fen: int | None) -> str:
    """Fen as yuan; blank for zero, as accountants leave empty columns."""
    return money_text(fen) if fen else ""


@register.filter
def mu(area: int | None) -> str:
    """Millionths of a mu as mu; nothing for None."""
    return "" if area is None else mu_text(area)


@register.filter
def tenths(number: int) -> str:
    """Of a thousand as of a hundred with one decimal: 886 is "88.6"."""
    return f"{number // 10}.{number % 10}"


@register.filter
def square_metres(area: int | None) -> str:
    """The same in square metres."""
    return "" if area is None else square_metres_text(area)


@register.filter
def day(value: date | datetime | str | None) -> str:
    """An absolute day in the reader's language; ISO text is read first."""
    if isinstance(value, str):
        return wording.day_text(date.fromisoformat(value)) if value else ""
    return wording.day_text(value)


@register.filter
def last_day(value: date | None) -> str:
    """The day before: a term is stored with the first day on which it no longer runs, and read with its last."""
    return "" if value is None else wording.day_text(value - timedelta(days=1))


@register.filter
def moment(value: datetime | None) -> str:
    """Day and minute in China's time."""
    return wording.moment_text(value)


@register.filter
def period(value: str) -> str:
    """ "2026-09" as people say it."""
    return wording.period_text(value)


@register.filter
def named(value: Organization | Place) -> str:
    """The name in the reader's language."""
    return value.name(wording.language())


@register.filter
def account_title(code: str) -> str:
    """The name of the first-level account of a code, in the reader's language."""
    title = charts.title(code, wording.language())
    return title[:1].upper() + title[1:]


@register.filter
def account_named(value: Account) -> str:
    """Code and name; in English the first-level name from the chart, and a sub-account's own name as written."""
    if wording.language() == "zh":
        return str(value)
    first = account_title(value.code)
    return (
        f"{value.code} {first}" if len(value.code) == FIRST_LEVEL else f"{value.code} {first} / {value.name}"
    )


@register.filter
def term(value: Appointment) -> str:
    """From which day until which last day an office is held."""
    first = wording.day_text(value.from_day)
    if value.until_day is None:
        return wording.say("{day}起", "since {day}", day=first)
    return f"{first} – {wording.day_text(value.until_day - timedelta(days=1))}"


@register.filter
def office(value: str) -> str:
    """The title of an office."""
    return wording.office_title(value)


@register.filter
def told(value: AuditEntry) -> str:
    """What an entry of the audit says was done, or tried, in words."""
    return acts.told(value)


@register.filter
def sentence(value: Refused) -> str:
    """A refusal, or anything else with two languages, in the reader's language; a refusal's names marked as `own`."""
    said = value.sentence(wording.language())
    return own(said) if isinstance(value, Refused) else said


@register.filter
def either(row: object, field: str) -> str:
    """The field `field`_zh or `field`_en of a row, by the reader's language."""
    return str(getattr(row, f"{field}_{wording.language()}"))


@register.filter
def entry(mapping: Mapping[object, object], key: object) -> object:
    """A value by a key that the template holds in a variable; blank where there is none."""
    return mapping.get(key, "")


@register.simple_tag(takes_context=True)
def allowed(context: template.Context, capability: str, organization: Organization) -> bool:
    """Whether one of the person's offices carries the right there: no link leads to a refusal."""
    request: DeskRequest = context["request"]
    return office_for(request, organization, capability) is not None


@register.simple_tag(takes_context=True)
def opens_drafts(context: template.Context, organization: Organization) -> bool:
    """Whether the person may open the drafts of the organization."""
    request: DeskRequest = context["request"]
    return office_for(request, organization, *drafts.READERS) is not None


@register.inclusion_tag("desk/_next.html", takes_context=True)
def next_step(context: template.Context, organization: Organization, period: str) -> dict[str, object]:
    """How far a month is, what comes next, and who does it."""
    request: DeskRequest = context["request"]
    state = month_states([organization], [str(period)], local_day(request.now))[organization.pk, str(period)]
    # Who holds two offices is waited for once.
    who: dict[int, Appointment] = {}
    for each in holders(state, request.now):
        who.setdefault(each.person_id, each)
    return {
        "state": state,
        "mine": bool(state.open_to(request.appointments, request.now)),
        "who": list(who.values()),
        "here": request.path == state.link,
    }


@register.simple_tag(takes_context=True)
def typed(context: template.Context, name: str, default: object = "", do: str = "") -> object:
    """What was typed in the field before the form was refused, else `default`: nothing is typed twice, except numbers
    that no page repeats. With `do` only what came with that step: a page may have fields of one name in several forms."""
    request: HttpRequest = context["request"]
    sent = request.POST.get(name)
    other = bool(do) and request.POST.get("do") != do
    return default if sent is None or other else masked(sent)


@register.simple_tag(takes_context=True)
def ticked(context: template.Context, name: str, value: object, default: object = False) -> str:
    """` checked` where the box was ticked before the form was refused; before anything was sent, where `default` says."""
    request: HttpRequest = context["request"]
    on = str(value) in request.POST.getlist(name) if request.method == "POST" else default
    return " checked" if on else ""


@register.simple_tag(takes_context=True)
def chosen_as(context: template.Context, name: str, value: object, default: object = False) -> str:
    """` selected`, as `ticked`."""
    request: HttpRequest = context["request"]
    sent = request.POST.get(name)
    return " selected" if (default if sent is None else sent == str(value)) else ""


@register.filter("is")
def same(value: object, other: object) -> bool:
    """Whether the two are equal, for what a list of choices offers by default."""
    return value == other


@register.filter
def unnumbered(text: str) -> str:
    """The text with identity and account numbers masked: a page never repeats them."""
    return masked(text)


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: object) -> str:
    """This page's query with some parts changed; empty parts are left out, the page number starts over."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    query.pop("page", None)
    for name, value in changes.items():
        query[name] = str(value)
    for name in [name for name in query if not query[name]]:
        del query[name]
    return "?" + query.urlencode()
