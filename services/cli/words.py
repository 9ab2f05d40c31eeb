"""Numbers as a sentence wants them."""


def counted(number: int, noun: str) -> str:
    """Return a number and what it counts: "1 page", "2 pages"; `noun` takes an s at its first word's end."""
    first, *rest = noun.split(" of ", 1)
    return " of ".join([f"{number} {first}" + ("" if number == 1 else "s"), *rest])
