"""What tests need of the machine they run on."""

from __future__ import annotations

import os

import pytest

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and processes")
