"""What becomes of characters that a display cannot show: one rule for all models.

In this order, and each only where the display cannot show what stands there:

1. Control and formatting characters, and blanks that it lacks, become a space; a line end of two
   characters becomes one. Spaces stay as given, also leading ones and runs.
2. Displays without Chinese: the words of a call become English by `CALLS` and `WORDS`
   (请A001到3号窗口 → A001 TO 3, 暂停服务 → PAUSED), one space apart from what stands beside.
3. A character becomes its look-alike: by `LOOKALIKES`, else by its compatibility form in Unicode
   (full-width Ａ → A), else by its letter without accents (é → e).
4. What is left becomes the display's mark for a missing character: 〓 or ?.

The table for people is in docs/hardware.md.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce

from drivers.saying import Saying, saying, together

CALLS = (
    (
        r"请? {0,3}(\w*\d) {0,3}号? {0,3}到 {0,3}(\w+?) {0,3}(?:号窗口|号窗|窗口|窗|号|$)",
        r"\1 TO \2",
    ),
    (r"(?<![0-9A-Za-z])(\d+)(?:号窗口|号窗|窗口)", r"WINDOW \1"),
    (r"(\d+)窗", r"\1"),
)
WORDS = {
    "暂停服务": "PAUSED",
    "暂停办理": "PAUSED",
    "停止服务": "CLOSED",
    "下班": "CLOSED",
    "正在办理": "SERVING",
    "请稍候": "PLEASE WAIT",
    "请稍等": "PLEASE WAIT",
    "欢迎光临": "WELCOME",
    "欢迎": "WELCOME",
    "谢谢": "THANK YOU",
    "过号": "MISSED",
    "窗口": "WINDOW",
    "取号": "TAKE A NUMBER",
    "等候": "WAITING",
    "等待": "WAITING",
    "人": "PEOPLE",
    "请": "PLEASE",
    "到": "TO",
    "号": "",
}
# First what Chinese fonts have instead of a sign, then what ASCII has. Looked up twice: ¥ → ￥ → Y.
LOOKALIKES = {
    "\\": "＼", "\u00a5": "￥", "\u2022": "·", "\u2212": "-", "\u2013": "-", "\u2014": "-",
    "·": ".", "“": '"', "”": '"', "‘": "'", "’": "'", "、": ",", "。": ".", "《": "<", "》": ">",
    "【": "[", "】": "]", "「": "[", "」": "]", "￥": "Y", "×": "x", "→": ">", "〇": "0",
}  # fmt: skip
HIDDEN = {"Cc", "Cf"}
EDGE = "\0"  # around English words, until what stands beside them is known
_EDGES = re.compile(f" *{EDGE}[ {EDGE}]*")
_WORDS = re.compile("|".join(sorted(WORDS, key=len, reverse=True)))
LONGEST = 2000
MOST_NAMED = 8  # replacements that the advice names
CUT = saying("Too long for the display: the end is cut off.")


@dataclass(frozen=True, slots=True)
class Substituted:
    """A text that the display can show, and what was replaced by what, each once, in order."""

    text: str
    replaced: tuple[tuple[str, str], ...] = ()
    cut: bool = False

    def cut_to(self, limit: int) -> "Substituted":
        """At most `limit` characters of it."""
        return Substituted(self.text[:limit], self.replaced, self.cut or len(self.text) > limit)

    @property
    def advice(self) -> str:
        """English sentences on what was cut and replaced; empty when nothing was."""
        return together(CUT if self.cut else "", self._replacements())

    def _replacements(self) -> str:
        if not self.replaced:
            return ""
        named = reduce(_and, (_replacement(*pair) for pair in self.replaced[:MOST_NAMED]))
        more = " …" if len(self.replaced) > MOST_NAMED else ""
        return saying(
            "The display cannot show all of it; replaced: {named}{more}.", named=named, more=more
        )


def substitute(
    text: str, can_show: Callable[[str], bool], *, missing: str, words: bool = False
) -> Substituted:
    """`text` on one line as the display can show it. `words`: it has no Chinese, use English.

    Only the first 2,000 characters are looked at: no display shows more.
    """
    cut, text = len(text) > LONGEST, text[:LONGEST].replace("\r\n", "\n")
    replaced: dict[str, str] = {}
    visible = (" " if _is_blank(c, can_show) else c for c in text)
    line = unicodedata.normalize("NFC", "".join(visible))
    if words:
        line = _in_english(line, can_show, replaced)
    shown = "".join(_character(c, can_show, missing, replaced) for c in line)
    return Substituted(shown, tuple(replaced.items()), cut)


def can_show_ascii(c: str) -> bool:
    """Of a display that has only printable ASCII."""
    return " " <= c <= "~"


def _in_english(line: str, can_show: Callable[[str], bool], replaced: dict[str, str]) -> str:
    def english(found: re.Match[str], template: str) -> str:
        old, new = found[0].strip(" " + EDGE), found.expand(template)
        if all(can_show(c) for c in old):
            return found[0]
        replaced.setdefault(old, new)
        return EDGE + new + EDGE

    for pattern, template in CALLS:
        line = re.sub(pattern, partial(english, template=template), line)
    line = _WORDS.sub(lambda found: english(found, WORDS[found[0]]), line)
    return " ".join(piece for piece in _EDGES.split(line) if piece)


def _character(
    c: str, can_show: Callable[[str], bool], missing: str, replaced: dict[str, str]
) -> str:
    if can_show(c):
        return c
    bare = "".join(part for part in unicodedata.normalize("NFKD", c) if part.isascii())
    alike = LOOKALIKES.get(c, "")
    folded = unicodedata.normalize("NFKC", c)
    for other in (alike, LOOKALIKES.get(alike), folded, bare, missing):
        if other and all(can_show(one) for one in other):
            break
    assert other is not None
    replaced[c] = other
    return other


def _is_blank(c: str, can_show: Callable[[str], bool]) -> bool:
    return unicodedata.category(c) in HIDDEN or (c.isspace() and not can_show(c))


def _and(named: Saying, another: Saying) -> Saying:
    return saying("{named}, {another}", named=named, another=another)


def _replacement(old: str, new: str) -> Saying:
    if not new:
        return saying("{old}→nothing", old=_printable(old))
    return saying("{old}→{new}", old=_printable(old), new=new)


def _printable(text: str) -> str:
    """Half a surrogate pair cannot even be told."""
    return text.encode("utf-8", "replace").decode()
