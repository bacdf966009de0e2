"""Our tasks, by what they are about."""

from __future__ import annotations

from optbench.builtin.tasks import convex, images, surfaces, text

TASKS = (*convex.TASKS, *surfaces.TASKS, *images.TASKS, *text.TASKS)
