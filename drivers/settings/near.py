"""One "did you mean" for every name that people type: drivers, options, simulators."""

import difflib
from collections.abc import Iterable

from drivers.saying import Saying, saying


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The one of `names` that `word` comes near to, whatever its case, hyphens and blanks."""
    plain = {_plain(name): name for name in names}
    found = difflib.get_close_matches(_plain(word), plain, n=1)
    return plain[found[0]] if found else None


def hint(word: str, names: Iterable[str]) -> Saying:
    """Which of `names` was meant; all of them where none comes near."""
    known = list(names)
    near = nearest(word, known)
    if near is None:
        return saying("there are {names}", names=", ".join(known))
    return saying("did you mean {name}?", name=near)


def _plain(name: str) -> str:
    return name.casefold().translate(dict.fromkeys(map(ord, "-_ ")))
