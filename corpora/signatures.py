"""Options that several commands share, given to each and handed over as one value."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any


def bundled(name: str, options: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command every parameter of ``options``, and pass it what ``options`` makes of them as ``name``."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def wrapper(**given: Any) -> Any:
            bundle = options(**{key: given.pop(key) for key in parameters})
            return command(**given, **{name: bundle})

        parameters = inspect.signature(options, eval_str=True).parameters
        own = inspect.signature(command, eval_str=True).parameters
        kept = [parameter for parameter in own.values() if parameter.name != name]
        all_of_them = [one.replace(kind=one.KEYWORD_ONLY) for one in (*kept, *parameters.values())]
        wrapper.__signature__ = inspect.Signature(all_of_them)  # type: ignore[attr-defined]
        wrapper.__annotations__ = {one.name: one.annotation for one in all_of_them}
        return wrapper

    return decorate
