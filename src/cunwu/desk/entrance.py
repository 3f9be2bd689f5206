"""How fast people may try: passwords, codes, looking somebody up by number, searching. Slower, never locked.

A village sits behind one address, and anybody may type wrong passwords for somebody else's account. So a browser on
which an account has signed in before is counted by itself (the device cookies of OWASP's "Slow Down Online Guessing
Attacks"): what strangers do to an account, or neighbours behind the same address, does not hold it up. Everybody else is
counted by account and network, by account, and by network. Only failures count.
"""

from __future__ import annotations

import ipaddress
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, User
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from cunwu import moment
from cunwu.errors import TooOften
from cunwu.org import audit, pace
from cunwu.org.authority import local_day
from cunwu.org.models import Appointment, Organization, Person
from cunwu.org.pace import Claim, InProcess, Limit, Slowed
from cunwu.org.secrets import keyed_hash

logger = logging.getLogger("cunwu.entrance")
ACT = "entrance.slow"
"""The audit's word for a burst that was slowed down."""

PASSWORD_KNOWN = Limit("password_known", 10, timedelta(seconds=10))
PASSWORD_HERE = Limit("password_here", 5, timedelta(seconds=20))
PASSWORD_ACCOUNT = Limit("password_account", 20, timedelta(seconds=20))
PASSWORD_NETWORK = Limit("password_network", 60, timedelta(seconds=2))
CODE_KNOWN = Limit("code_known", 10, timedelta(seconds=30))
CODE_HERE = Limit("code_here", 5, timedelta(minutes=1))
CODE_ACCOUNT = Limit("code_account", 10, timedelta(minutes=5))
LOOK_UP = Limit("look_up", 20, timedelta(minutes=1))
SEARCH = Limit("search", 120, timedelta(seconds=1))

KNOWN = settings.COOKIE_PREFIX + "known"
KNOWN_FOR = timedelta(days=180)
MOST_KNOWN = 20
"""So many accounts at most are remembered by one browser: a village office has one computer for all."""
_SALT = "cunwu.known-browser"


@dataclass(frozen=True)
class Browser:
    """A browser by its cookie: a random name, and the accounts (by key) that have signed in on it."""

    name: str
    accounts: tuple[int, ...] = ()


def browser_of(request: HttpRequest) -> Browser:
    """Who this browser is; a new name where the cookie is missing, too old or not ours."""
    try:
        told = signing.loads(request.COOKIES.get(KNOWN, ""), salt=_SALT, max_age=KNOWN_FOR)
        return Browser(str(told["name"]), tuple(int(key) for key in told["accounts"]))
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return Browser(secrets.token_urlsafe(16))


def remember(request: HttpRequest, response: HttpResponse, account: int) -> None:
    """Let this browser bear that `account` has signed in on it. It opens nothing: it only tells who is counted alone."""
    browser = browser_of(request)
    accounts = (account, *(key for key in browser.accounts if key != account))[:MOST_KNOWN]
    response.set_cookie(
        KNOWN,
        signing.dumps({"name": browser.name, "accounts": accounts}, salt=_SALT),
        max_age=KNOWN_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def network_of(request: HttpRequest) -> str:
    """The sender's address; of IPv6 the /64, which is one subscriber's."""
    address = ipaddress.ip_address(get_adapter(request).get_client_ip(request))
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def begin_password(request: HttpRequest, typed: str) -> list[Claim]:
    """Before a password is looked at: claims to give back once it was right. Raises TooOften `sign_in.slowed`."""
    user = User.objects.filter(username__iexact=typed).first()
    if user is not None and user.pk in browser_of(request).accounts:
        claims = [Claim(PASSWORD_KNOWN, f"{browser_of(request).name}:{user.pk}")]
    else:
        account = f"user:{user.pk}" if user else f"name:{typed.casefold()}"
        network = network_of(request)
        claims = [
            Claim(PASSWORD_HERE, f"{account}:{network}"),
            Claim(PASSWORD_ACCOUNT, account),
            Claim(PASSWORD_NETWORK, network),
        ]
    _take(request, claims, user)
    return claims


def begin_code(request: HttpRequest, user: AbstractBaseUser) -> list[Claim]:
    """As `begin_password`, before a code of the second factor is looked at; here the password was right already."""
    browser = browser_of(request)
    if user.pk in browser.accounts:
        claims = [Claim(CODE_KNOWN, f"{browser.name}:{user.pk}")]
    else:
        claims = [
            Claim(CODE_HERE, f"{user.pk}:{network_of(request)}"),
            Claim(CODE_ACCOUNT, str(user.pk)),
        ]
    _take(request, claims, user)
    return claims


def _take(request: HttpRequest, claims: Sequence[Claim], user: AbstractBaseUser | None) -> None:
    slowed = pace.take(claims, now=moment.machine_now())
    if slowed is None:
        return
    if slowed.begins:
        _tell(request, slowed, *_account(user, slowed))
    raise TooOften(
        "sign_in.slowed",
        f"试错太多，请{slowed.seconds}秒后再登录；账号没有锁定，以前登录过的浏览器不受别人试错的影响。",
        f"Too many wrong attempts; sign in again in {slowed.seconds} seconds. The account is not locked, and a browser on "
        "which it has signed in before is not held up by what others try.",
        wait=slowed.seconds,
    )


def _account(user: AbstractBaseUser | None, slowed: Slowed) -> tuple[str, Organization | None]:
    """What the audit names, and for whom: the account's person, at the first office held today; of a whole network and
    of a name that nobody has, nobody."""
    person = None if slowed.limit == PASSWORD_NETWORK or user is None else _person(user)
    if person is None:
        return f"limit:{slowed.limit.name}", None
    today = local_day(moment.moment_now())
    held = [each for each in person.appointments.select_related("organization") if each.held_on(today)]
    return f"person:{person.public_id}", held[0].organization if held else None


def _person(user: AbstractBaseUser) -> Person | None:
    return Person.objects.filter(user=user.pk).first()


def begin_look_up(request: HttpRequest, acting: Appointment) -> list[Claim]:
    """Before somebody in office looks a person up by identity number: claims to give back once it was a person who was
    meant, by name and number. Raises TooOften `person.look_up_slowed`."""
    claims = [Claim(LOOK_UP, str(acting.person_id))]
    slowed = pace.take(claims, now=moment.machine_now())
    if slowed is not None:
        if slowed.begins:
            _tell(request, slowed, f"limit:{LOOK_UP.name}", acting.organization, acting)
        raise TooOften(
            "person.look_up_slowed",
            f"按身份证号查人对不上的次数太多，请{slowed.seconds}秒后再试；请先与身份证核对姓名和号码。",
            f"Too many identity numbers did not fit; try again in {slowed.seconds} seconds, and compare name and number "
            "with the card first.",
            wait=slowed.seconds,
        )
    return claims


@cache
def _searches() -> InProcess:
    return InProcess(SEARCH)


def search(request: HttpRequest, acting: Appointment) -> None:
    """Before a list is searched or exported by somebody in office. Raises TooOften `search.slowed`."""
    slowed = _searches().take(str(acting.person_id), now=moment.machine_now())
    if slowed is None:
        return
    if slowed.begins:
        _tell(request, slowed, f"limit:{SEARCH.name}", acting.organization, acting)
    raise TooOften(
        "search.slowed",
        f"查找或导出太快，请{slowed.seconds}秒后再试。",
        f"Searching or exporting too fast; try again in {slowed.seconds} seconds.",
        wait=slowed.seconds,
    )


def log_sign_in(*, request: HttpRequest, user: AbstractBaseUser, **_: object) -> None:
    """Receiver of Django's `user_logged_in`: a line in the process's log, which is kept for days. The audit holds no
    log-ins: who was at the desk when is counted nowhere."""
    logger.info("account %s signed in from %s", user.pk, _sender(request))


def log_wrong_password(
    *, credentials: dict[str, str], request: HttpRequest | None = None, **_: object
) -> None:
    """Receiver of Django's `user_login_failed`. A name that nobody has may be a password in the wrong field: not kept."""
    user = User.objects.filter(username__iexact=credentials.get("username", "")).first()
    logger.info("wrong password for account %s from %s", user.pk if user else "unknown", _sender(request))


def log_wrong_code(*, request: HttpRequest, user: AbstractBaseUser, **_: object) -> None:
    """Receiver of the sign-in library's `authentication_failed`."""
    logger.info("wrong code for account %s from %s", user.pk, _sender(request))


def _sender(request: HttpRequest | None) -> str:
    return network_of(request) if request is not None and request.META.get("REMOTE_ADDR") else "this machine"


def _tell(
    request: HttpRequest,
    slowed: Slowed,
    target: str,
    organization: Organization | None,
    acting: Appointment | None = None,
) -> None:
    """One entry a burst. The audit gets no address but a mark by which bursts from one network are told together; the
    process's own log, which is kept for days and not for ever, gets the address."""
    network = network_of(request)
    with transaction.atomic():
        audit.record(
            acting,
            ACT,
            target,
            now=moment.moment_now(),
            organization=organization,
            limit=slowed.limit.name,
            network=keyed_hash(network, "network")[:16],
        )
    logger.warning("slowed %s (%s) from %s", target, slowed.limit.name, network)
