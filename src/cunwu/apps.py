"""The one Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CunwuConfig(AppConfig):
    """Loads the tables, the system checks, and puts the database's own guards back after every migration."""

    name = "cunwu"
    label = "cunwu"
    verbose_name = "村务"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from allauth.mfa.signals import authentication_failed, authenticator_added
        from django.contrib.auth.signals import user_logged_in, user_login_failed

        from cunwu import checks, triggers  # noqa: F401  (checks register themselves)
        from cunwu.books import budget
        from cunwu.desk import accounts, entrance, sessions

        budget.register()
        post_migrate.connect(triggers.install_after_migrate, sender=self)
        authenticator_added.connect(accounts.end_other_sessions)
        user_logged_in.connect(sessions.note_sign_in)
        user_logged_in.connect(entrance.log_sign_in)
        user_login_failed.connect(entrance.log_wrong_password)
        authentication_failed.connect(entrance.log_wrong_code)
