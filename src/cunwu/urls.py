"""Addresses of the writer: the desk and sign-in. Residents' pages are files and have no addresses here."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("", include("cunwu.desk.urls")),
]
