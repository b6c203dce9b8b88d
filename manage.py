#!/usr/bin/env python
"""Django's command line for this site. Loads .env first; the real environment wins."""

import os
import sys
from pathlib import Path

import environ
from django.core.management import execute_from_command_line


def main() -> None:
    environ.Env.read_env(Path(__file__).resolve().parent / ".env")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_site.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
