"""Dates as people write them, in the languages of the news: found, read, and given as ISO 8601.

Only full dates count (day, month and year). A date that cannot exist is no date. Nothing here knows today's date.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_MONTHS = """january jan januar jänner janvier janv enero ene gennaio gen janeiro januari ocak styczeń stycznia leden
ledna ianuarie sausio januára января січня yanvar januarie januwari janúar tammikuuta
|february feb februar février févr fevr fév febrero febbraio fevereiro fev februari şubat lutego února februarie vasario
февраля лютого febrúar helmikuuta
|march mar märz maerz mars marzo março marco maart mart marca března martie kovo марта березня maret mars maaliskuuta
|april apr avril avr abril abr aprile nisan kwietnia dubna aprilie balandžio апреля квітня apríl huhtikuuta
|may mai mayo maggio mag maio mei maj mayıs maja května gegužės мая травня maí toukokuuta
|june jun juni juin junio giugno giu junho haziran czerwca června iunie birželio июня червня júní kesäkuuta
|july jul juli juillet juil julio luglio lug julho temmuz lipca července iulie liepos июля липня júlí heinäkuuta
|august aug août aout agosto ago augustus augusti ağustos sierpnia srpna rugpjūčio августа серпня agustus ágúst elokuuta
|september sep sept septembre septiembre settembre set setembro eylül września září septembrie rugsėjo сентября вересня
setembre syyskuuta
|october oct oktober okt octobre octubre ottobre ott outubro out ekim października října octombrie spalio октября жовтня
lokakuuta október
|november nov novembre noviembre novembro kasım listopada listopadu noiembrie lapkričio ноября листопада nopember
marraskuuta nóvember
|december dec dezember dez décembre déc diciembre dic dicembre dezembro desember des aralık grudnia prosince decembrie
gruodžio декабря грудня joulukuuta dez"""

_DOTS = str.maketrans("ı", "i", "\u0307")  # "KASIM" and "NİSAN" in lower case, by the rules of any language


def _plain(name: str) -> str:
    """Return a word in lower case, with or without capitals and Turkish dots the same."""
    return name.lower().translate(_DOTS)


MONTHS: dict[str, int] = {
    _plain(name): number for number, names in enumerate(_MONTHS.split("|"), 1) for name in names.split()
}


def _any_of(words: set[str]) -> str:
    """Return a pattern of the words that looks at each character once: jan(?:uar(?:y|i)?)?, the longest first."""
    tails: dict[str, set[str]] = {}
    for word in sorted(words - {""}):
        tails.setdefault(word[0], set()).add(word[1:])
    ways = "|".join(re.escape(first) + _any_of(rest) for first, rest in tails.items())
    grouped = f"(?:{ways})" if "" in words or len(tails) > 1 else ways
    return f"{grouped}?" if "" in words and tails else grouped


_NAMED = f"({_any_of(set(_MONTHS.replace('|', ' ').split()))})"
# the rendering glues a link to what follows: "The TimesNovember 21, 2025"
_START = r"(?:\b|(?-i:(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])))"
_YEAR = r"((?:19|20)\d\d)"
_TIME = re.compile(
    r"[\s,T•|·@–-]*(?:at|um|à|a las|às|ore|kl\.?|alle|,)?[\s•|·–-]*"
    r"(\d{1,2})(?:[:.h]|\sh\s)(\d\d)(?::\d\d(?:\.\d+)?)?\s*([ap])?\.?(m)?\b",
    re.IGNORECASE,
)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"\b{_YEAR}[-/.](\d{{1,2}})[-/.](\d{{1,2}})(?!\d)"), "ymd"),
    (re.compile(rf"{_YEAR}[年년]\s*(\d{{1,2}})[月월]\s*(\d{{1,2}})[日일]?"), "年"),
    (re.compile(rf"\b{_YEAR}[.]\s(\d{{1,2}})[.]\s(\d{{1,2}})(?!\d)"), "ymd"),
    (
        re.compile(
            rf"\b(\d{{1,2}})(?:st|nd|rd|th|er|\.|º|ª)?[\s-]*(?:de\s+|of\s+|d['’])?{_NAMED}\b\.?,?[\s-]*(?:de\s+|del\s+)?{_YEAR}(?!\d)",
            re.IGNORECASE,
        ),
        "dMy",
    ),
    (
        re.compile(rf"{_START}{_NAMED}\b\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?[,.]?\s+(?:at\s+)?{_YEAR}", re.IGNORECASE),
        "Mdy",
    ),
    (re.compile(rf"\b{_YEAR}\s+(?:m\.?\s+)?{_NAMED}\s+(\d{{1,2}})\b", re.IGNORECASE), "yMd"),
    (re.compile(r"\b(\d{1,2})\.\s?(\d{1,2})\.\s?((?:19|20)?\d\d)\b(?![.:])"), "dmy"),
    (re.compile(rf"\b(\d{{1,2}})[/-](\d{{1,2}})[/-]{_YEAR}\b"), "either"),
)
_ANY_YEAR = re.compile(r"(?:19|20)\d\d|\d\.\d\d?\.\d\d")
_NUMBER = re.compile(r"\d+")
_DAY_THEN_YEAR = re.compile(r"\d(?:st|nd|rd|th)?[,.]?\s+(?:at\s+)?(?:19|20)\d\d", re.IGNORECASE)  # fast, unlike months
_MONTH_CHARS = max(map(len, MONTHS)) + 1  # of the longest name and a full stop
_CLOCK = re.compile(r"\b\d{1,2}:\d\d\b")
_AGO = re.compile(
    r"\b\d+\s+(?:seconds?|minutes?|mins?|hours?|days?|weeks?|months?|years?)\s+ago\b|"
    r"\bvor\s+\d+\s+(?:minuten|stunden|tagen)|\bil y a \d+|\bhace \d+|\bhá \d+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date in a text: where it starts, and its ISO value with the time of day where one follows."""

    start: int
    value: str


def _numbers(match: re.Match[str], order: str, day_first: bool) -> tuple[int, int, int]:
    """Return (year, month, day) as the pattern's order says; they need not make a date."""
    one, two, three = match[1], match[2], match[3]
    if order in ("ymd", "年"):
        return int(one), int(two), int(three)
    if order == "dMy":
        return int(three), MONTHS[_plain(two)], int(one)
    if order == "Mdy":
        return int(three), MONTHS[_plain(one)], int(two)
    if order == "yMd":
        return int(one), MONTHS[_plain(two)], int(three)
    year = int(three) + (2000 if len(three) == 2 else 0)
    if order == "dmy" or day_first or int(one) > 12:
        return year, int(two), int(one)
    return year, int(one), int(two)


def _time_after(text: str, end: int) -> str:
    """Return "THH:MM" when a time of day stands right after `end`, else ""."""
    match = _TIME.match(text, end)
    if match is None:
        return ""
    hour, minute, half = int(match[1]), int(match[2]), (match[3] or "").lower() if match[4] else ""
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"T{hour:02}:{minute:02}" if hour < 24 and minute < 60 else ""


def _month_first(pattern: re.Pattern[str], text: str, _: list[int]) -> Iterator[re.Match[str]]:
    """Yield what the pattern of "May 3, 2024" finds: only where a day and a year stand it looks for a month.

    A match may come twice where dates stand close together.
    """
    for day in _DAY_THEN_YEAR.finditer(text):
        before = text[: day.start()]
        before = (before[:-1] if before[-1:].isdigit() else before).rstrip()
        yield from pattern.finditer(text, max(0, len(before) - _MONTH_CHARS), day.end())


def _at_numbers(pattern: re.Pattern[str], text: str, starts: list[int]) -> Iterator[re.Match[str]]:
    """Yield what a pattern that starts with a number finds, where `starts` are those of all numbers in the text.

    Only there the pattern is asked: looking for it everywhere takes several times as long.
    """
    end = 0
    for start in starts:
        match = pattern.match(text, start) if start >= end else None
        if match:
            end = match.end()
            yield match


def _eastern(pattern: re.Pattern[str], text: str, _: list[int]) -> Iterator[re.Match[str]]:
    """Yield what the pattern of years, months and days with their own signs finds: it may start inside a number."""
    return pattern.finditer(text) if "年" in text or "년" in text else iter(())


_FINDERS = {"Mdy": _month_first, "年": _eastern}  # of the patterns that do not start where a number starts


def _dates(text: str, day_first: bool) -> Iterator[tuple[re.Match[str], date]]:
    """Yield the dates in `text`, pattern by pattern, with where they stand; the same one may come again."""
    if not _ANY_YEAR.search(text):
        return
    starts = [match.start() for match in _NUMBER.finditer(text)]
    for pattern, order in _PATTERNS:
        if len(starts) < (2 if "M" in order else 3):
            continue
        found = _FINDERS.get(order, _at_numbers)
        for match in found(pattern, text, starts):
            try:
                yield match, date(*_numbers(match, order, day_first))
            except ValueError:
                continue


def _mentions(text: str, day_first: bool) -> Iterator[DateMention]:
    """Yield the dates in `text` with the time of day that follows each, pattern by pattern."""
    for match, day in _dates(text, day_first):
        yield DateMention(match.start(), day.isoformat() + _time_after(text, match.end()))


def find_dates(text: str, *, day_first: bool = False) -> list[DateMention]:
    """Return the dates in `text` from left to right; `day_first` reads 3/4/2024 as the 3rd of April."""
    found: dict[int, DateMention] = {}
    for mention in _mentions(text, day_first):
        found.setdefault(mention.start, mention)
    return [found[start] for start in sorted(found)]


def has_date(text: str) -> bool:
    """Tell whether `text` holds a full date or a time of day."""
    return (":" in text and _CLOCK.search(text) is not None) or next(_dates(text, False), None) is not None


def says_ago(text: str) -> bool:
    """Tell whether `text` holds a "3 hours ago"."""
    return _AGO.search(text) is not None
