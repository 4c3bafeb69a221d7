"""Free text of a source as plain paragraphs. Whatever markup it holds, none of it reaches a page."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

import nh3

_BREAKS = re.compile(r"(?i)<\s*(?:br|/p|/div|/h[1-6]|/tr|/ul|/ol)\s*/?\s*>")
_ITEMS = re.compile(r"(?i)<\s*li(?:\s[^>]*)?>")
_LOOKS_LIKE_MARKUP = re.compile(r"<\s*[/!?a-zA-Z]")
_TRAILING_BLANKS = re.compile(r"[ \t\u00a0]+(?=\n|$)|(?<=\n)[ \t\u00a0]+")
_MANY_LINES = re.compile(r"\n{3,}")


def plain_text(text: str | None) -> str:
    """The text without any markup; paragraphs stay apart by an empty line."""
    if not text:
        return ""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if _LOOKS_LIKE_MARKUP.search(lines):
        lines = _ITEMS.sub("\n- ", _BREAKS.sub("\n", lines))
        # nh3 drops what is inside script and style, too, and leaves entities for &, < and >.
        lines = nh3.clean(lines, tags=set(), clean_content_tags={"script", "style"})
    lines = html.unescape(lines)
    return _MANY_LINES.sub("\n\n", _TRAILING_BLANKS.sub("", lines)).strip()


def paragraphs(text: str | None) -> list[list[str]]:
    """The text as paragraphs of lines, for templates that escape each line."""
    return [block.split("\n") for block in plain_text(text).split("\n\n") if block.strip()]


def safe_link(address: str | None) -> str | None:
    """The address if it is http or https and names a host; nothing else becomes a link."""
    bare = (address or "").strip()
    # urlsplit passes over control characters, so what it takes for https need not begin with it.
    if not bare.isprintable() or not bare.lower().startswith(("http://", "https://")):
        return None
    try:
        return bare if urlsplit(bare).hostname else None
    except ValueError:
        return None
