"""phrases.txt: longer phrases that cancel an alias or redirect it to another actor. Text in, phrases and mistakes out.

[en]
River Niger                          cancels: nothing is mentioned
Niger {Delta,State} => NGA           redirects, and the whole phrase is the mention
<Niger> state {television,TV} => NER redirects, and what stands in <> is the mention
"""

import re

from services.tag.braces import expand
from services.tag.catalogue import Phrase
from services.tag.fold import fold
from services.tag.mistakes import Mistakes

_SECTION = re.compile(r"\[(en|fr|any)\]\Z")
_MARKED = re.compile(r"<([^<>]+)>")


def parse_phrases(text: str, file: str, mistakes: Mistakes) -> list[Phrase]:
    """Return the phrases of a phrases.txt; everything wrong in it is noted in `mistakes`."""
    language: str | None = None
    found: list[Phrase] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("#")[0].strip()
        if not line:
            continue
        section = _SECTION.match(line)
        if section:
            language = "" if section[1] == "any" else section[1]
        elif language is None:
            mistakes.add(file, number, f"expected [en], [fr] or [any] before the first phrase, found '{line}'")
        else:
            phrase, _, actor = (part.strip() for part in line.partition("=>"))
            if "=>" in line and not actor:
                mistakes.add(file, number, f"expected an actor after =>, found nothing in '{line}'")
            found.extend(_phrase(one, language, actor) for one in expand(phrase))
    return found


def _phrase(text: str, language: str, actor: str) -> Phrase:
    marked = _MARKED.search(text)
    if marked:
        plain = text.replace("<", "").replace(">", "")
        return Phrase(plain, language, actor, marked.start(), marked.start() + len(marked[1]))
    end = len(fold(text).rstrip())
    return Phrase(text, language, actor, 0, end)
