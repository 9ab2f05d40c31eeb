"""The 54 African states in 20 plain sentences each: trained models know 65 to 80 % of them, the matcher all."""

import pytest

from tests.unit.tag.conftest import Tag

STATES = {
    "DZA": "Algeria", "AGO": "Angola", "BEN": "Benin", "BWA": "Botswana", "BFA": "Burkina Faso", "BDI": "Burundi",
    "CPV": "Cape Verde", "CMR": "Cameroon", "CAF": "the Central African Republic", "TCD": "Chad", "COM": "the Comoros",
    "COG": "the Republic of Congo", "COD": "DR Congo", "CIV": "Ivory Coast", "DJI": "Djibouti", "EGY": "Egypt",
    "GNQ": "Equatorial Guinea", "ERI": "Eritrea", "SWZ": "Eswatini", "ETH": "Ethiopia", "GAB": "Gabon",
    "GMB": "the Gambia", "GHA": "Ghana", "GIN": "Guinea", "GNB": "Guinea-Bissau", "KEN": "Kenya", "LSO": "Lesotho",
    "LBR": "Liberia", "LBY": "Libya", "MDG": "Madagascar", "MWI": "Malawi", "MLI": "Mali", "MRT": "Mauritania",
    "MUS": "Mauritius", "MAR": "Morocco", "MOZ": "Mozambique", "NAM": "Namibia", "NER": "Niger", "NGA": "Nigeria",
    "RWA": "Rwanda", "STP": "Sao Tome and Principe", "SEN": "Senegal", "SYC": "the Seychelles", "SLE": "Sierra Leone",
    "SOM": "Somalia", "ZAF": "South Africa", "SSD": "South Sudan", "SDN": "Sudan", "TZA": "Tanzania", "TGO": "Togo",
    "TUN": "Tunisia", "UGA": "Uganda", "ZMB": "Zambia", "ZWE": "Zimbabwe",
}  # fmt: skip
TEMPLATES = (
    "The president of {} arrived on Monday.",
    "Floods in {} have displaced thousands.",
    "Officials in {} said the vote would go ahead.",
    "{} has closed its borders.",
    "Prices rose sharply in {} last month.",
    "The army of {} denied the claim.",
    "He was born in {} and moved abroad as a child.",
    "Aid agencies working in {} want more money.",
    "A court in {} sentenced three men.",
    "Talks between {} and its neighbours resumed.",
    "The finance minister of {} resigned.",
    "Cholera has killed 40 people in {}.",
    "Investors are leaving {}.",
    "{} won the match on penalties.",
    "Protesters marched through the capital of {}.",
    "The ambassador to {} was recalled.",
    "Exports from {} fell by a tenth.",
    "Two journalists were freed in {}, their lawyer said.",
    "Journalists from {} were not invited.",
    "The election in {} was postponed again.",
)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_african_state_is_found_in_a_plain_sentence(tag: Tag, template: str) -> None:
    wrong = {}
    for code, name in STATES.items():
        sentence = template.format(name)
        found = {mention.actor for mention in tag(sentence[0].upper() + sentence[1:]).mentions}
        if found != {code}:
            wrong[code] = found

    assert not wrong


def test_all_54_states_are_there() -> None:
    assert len(STATES) == 54
