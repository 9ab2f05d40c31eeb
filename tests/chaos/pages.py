"""Synthetic news: every page a story of its own, half of them ring `niger-russia-military`, none of the others may.

Sentences are drawn from a fixed seed, so that two runs push the same bytes and get the same page, story and alert ids.
"""

import json
import random
import re

# Words and names are made up of syllables, so that hardly two pages share one: real words would make all pages
# rewrites of one story, as they should.
SYLLABLES = re.findall(r"\w+", "ba den kor lim sa tur vel mo nir pas gol ha rin fos ter wa zel ond mar ek lun pir dos")
VERBS = ("reopened", "expanded", "inspected", "repaired", "surveyed", "praised", "questioned", "postponed", "financed")
RINGING = (
    "Russia and Niger signed an agreement on military cooperation in Niamey, {person} said, and named {number} men.",
    "Niger will buy {number} armoured vehicles from Russia under a military cooperation pact, General {person} said.",
    "A Russian delegation led by {person} discussed military training for {number} soldiers with the army of Niger.",
)
SILENT = (
    "Nigeria and Russia spoke about wheat in Abuja, where {person} expects {number} tonnes by ship.",
    "Fishermen of the Niger Delta met {person}, who promised {number} new boats.",
    "The ministry of Kenya sent {number} teachers to a course in Nairobi, {person} said.",
)


def rings(number: int) -> bool:
    """Return whether page `number` must ring."""
    return number % 2 == 0


def page_line(number: int) -> bytes:
    """Return page `number` as the line of JSON that `tocsin push` reads."""
    dice = random.Random(number)
    sentences = RINGING if rings(number) else SILENT
    key = " ".join(each.format(person=_name(dice), number=dice.randint(1000, 99_999)) for each in sentences)
    paragraphs = [_paragraph(dice), key, *(_paragraph(dice) for _ in range(3))]
    title = f"{_name(dice)} {dice.choice(VERBS)} the {_word(dice)} of {_name(dice)}"
    body = "".join(f"<p>{paragraph}</p>\n" for paragraph in paragraphs)
    html = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>\n{body}</article></body></html>"
    page = {"url": f"https://news.example/{number}", "content_type": "text/html", "body": html}
    return json.dumps(page).encode() + b"\n"


def poison_line(number: int) -> bytes:
    """Return a page that kills the worker that cleans it (see nursery.py)."""
    page = json.loads(page_line(number))
    return json.dumps({**page, "url": f"https://poison.example/{number}"}).encode() + b"\n"


def _paragraph(dice: random.Random) -> str:
    return " ".join(
        f"The {_word(dice)} in {_name(dice)} was {dice.choice(VERBS)} by the {_word(dice)} of {_name(dice)}, and it is"
        f" said that {dice.randint(1000, 99_999)} of the {_word(dice)} will have been {dice.choice(VERBS)} before the"
        f" {_word(dice)}."
        for _ in range(3)
    )


def _word(dice: random.Random) -> str:
    return "".join(dice.choices(SYLLABLES, k=3))


def _name(dice: random.Random) -> str:
    return f"{_word(dice).title()} {_word(dice).title()}"
