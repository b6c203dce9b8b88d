from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from articles.importing.run import Outcome

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)

Write = Callable[..., Path]
Run = Callable[..., Outcome]


def messages(outcome: Outcome) -> str:
    return " ".join(problem.message for problem in outcome.problems)


# A file with everything that an article can have.
WHOLE = """\
---
title: How micro needling works
topic: Micro Needling
topics: [Scars]
standfirst: What fine needles do.
authors: [Skin Treatments Team, Patient Information Team]
published: 2026-03-15
updated: 2026-04-01
views: 77
comments: false
image: {file: skin.jpg, description: The layers of the skin., caption: Three layers.}
---
It begins with a scratch.

## Mechanism of action

Channels open.[^a2005]

![A needle](skin.jpg "It ends in the dermis.")

| Layer | Depth |
|---|---|
| Dermis | 2 mm |

Table: Layers

> [!WARNING] When it spreads
> Call us.

> [!SUMMARY] Key points
> - One.
> - Two.

> [!QUESTION] Does it hurt?
> A little.

> [!STEPS] Afterwards
> 1. Wash.
> 2. Dry.

> Keep it dry.
> — Our leaflet

## Aftercare

Keep it clean.

[^a2005]: Author A. A title. *Journal.* 2005;17(1):51. doi:10.1016/j.coms.2004.09.004
"""
