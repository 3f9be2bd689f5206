"""Sign-ins of staff: a user belongs to a person, never to an office; the second factor comes at the first sign-in."""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction

from cunwu.desk import accounts
from cunwu.errors import Invalid, NotAllowed, NotFound, NotReady
from cunwu.org import audit
from cunwu.org.authority import Actor, require
from cunwu.org.models import Appointment, Person


def create_user(actor: Actor | None, person: Person, name: str, password: str, *, now: datetime) -> User:
    """A sign-in for `person`. `actor` None is the installation itself (set-up, demo).

    Raises NotReady `user.has_one`, Invalid `user.name_taken` or `user.password`, and what `require` raises: an
    appointment needs `org.appoint` where the person holds an office.
    """
    if isinstance(actor, Appointment):
        for held in person.appointments.select_related("organization__place"):
            require(actor, "org.appoint", held.organization, now)
    if person.user_id is not None:
        raise NotReady(
            "user.has_one",
            f"{person.name}已有账号，不能再建；忘记密码的，请用 cunwu changepassword 重设。",
            f"{person.name} has a sign-in already; a forgotten password is set anew with `cunwu changepassword`.",
        )
    if User.objects.filter(username=name).exists():
        raise Invalid(
            "user.name_taken",
            f"账号名“{name}”已有人使用，请另取一个。",
            f"The user name {name!r} is taken; choose another.",
        )
    user = User(username=name, first_name=person.name)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(
            "user.password",
            f"密码不合要求：{''.join(error.messages)}",
            f"The password is refused: {' '.join(error.messages)}",
        ) from error
    user.set_password(password)
    with transaction.atomic():
        user.save()
        person.user = user
        person.save(update_fields=["user"])
        audit.record(actor, "org.create_user", f"person:{person.public_id}", now=now)
    return user


def end_sessions(name: str, *, for_good: bool = False, now: datetime) -> int:
    """End the sessions of the user `name`, of everybody where it is blank; `for_good` shuts that user's sign-in as well.

    Returns how many ended. Raises NotFound `user.unknown`, Invalid `user.whose`.
    """
    user = User.objects.filter(username=name).first() if name else None
    if name and user is None:
        raise NotFound(
            "user.unknown", f"没有名为“{name}”的账号，请核对。", f"There is no user {name!r}; check the name."
        )
    if for_good and user is None:
        raise Invalid(
            "user.whose",
            "停用账号须用 --user 指明是谁的。",
            "Shutting a sign-in needs --user: say whose.",
        )
    with transaction.atomic():
        if user is not None and for_good:
            user.is_active = False
            user.save(update_fields=["is_active"])
        ended = [each for each in Session.objects.all() if user is None or accounts.is_of(each, user)]
        Session.objects.filter(pk__in=[each.pk for each in ended]).delete()
        person = Person.objects.filter(user=user).first() if user else None
        whose = f"person:{person.public_id}" if person else "user:all" if user is None else f"user:{user.pk}"
        audit.record(None, "org.end_sessions", whose, now=now, ended=len(ended), for_good=for_good)
    return len(ended)


def set_up_second_factor(user: User, secret: str) -> None:
    """Give a demo's user the second factor `secret` (base 32) before the first sign-in. Raises NotAllowed on real data."""
    _require_demo()
    totp.TOTP.activate(user, secret)


def present_code(name: str) -> str:
    """The six digits that `name` must type now. Raises NotAllowed on real data, NotFound `user.no_second_factor`."""
    _require_demo()
    factor = Authenticator.objects.filter(user__username=name, type=Authenticator.Type.TOTP).first()
    if factor is None:
        raise NotFound(
            "user.no_second_factor",
            f"没有名为“{name}”的账号，或者它还没有设置第二重验证；账号名见 var/demo/logins.json。",
            f"There is no user {name!r} with a second factor; the names stand in var/demo/logins.json.",
        )
    counter = list(totp.yield_hotp_counters_from_time())
    value = totp.hotp_value(decrypt(factor.data["secret"]), counter[len(counter) // 2])
    return str(totp.format_hotp_value(value))


def _require_demo() -> None:
    if not settings.CUNWU.demo:
        raise NotAllowed(
            "user.demo_only",
            "第二重验证的密钥只有本人持有；只有演示数据才能这样查看。",
            "The second factor belongs to its user alone; only a demo shows it.",
        )
