"""Pairs of short reports, written for these tests: one event told by two hands, and two events of one kind."""

SAME = {
    "convoy near Tillia": (
        "Gunmen on motorbikes ambushed an army convoy near Tillia in western Niger on Thursday, killing "
        "29 soldiers, the defence ministry said. Helicopters from Tahoua pursued the attackers towards "
        "Mali. General Salifou Mody announced three days of mourning.",
        "At least 29 soldiers died when jihadists attacked their convoy in the Tillia area, close to the "
        "border with Mali, Nigerien state television reported. Defence minister Salifou Mody spoke of a "
        "complex ambush and said flags would fly at half-mast for three days. Air support came from "
        "Tahoua.",
    ),
    "uranium licence": (
        "Niger's military government has withdrawn Orano's licence for the Imouraren uranium deposit, the "
        "French company said on Thursday. Imouraren holds an estimated 200,000 tonnes. Orano said it was "
        "ready to go to court.",
        "Orano has lost its permit to mine Imouraren, one of the largest uranium reserves on earth with "
        "some 200,000 tonnes, after the junta in Niamey made good on an ultimatum. The group from France "
        "keeps the right to go before a court.",
    ),
    "Agadez withdrawal": (
        "The United States completed its withdrawal from Air Base 201 in Agadez on Monday, a month before "
        "the deadline of 15 September agreed with Niger. About 200 troops left with General Kenneth "
        "Ekman.",
        "American forces have handed the drone base in Agadez over to Niger, weeks ahead of the 15 "
        "September deadline. The last 200 soldiers flew out with General Kenneth Ekman, the Pentagon said "
        "on Monday.",
    ),
    "Zeine in Moscow": (
        "Niger's prime minister Ali Lamine Zeine met Russian deputy defence minister Yunus-Bek Yevkurov "
        "in Moscow on Tuesday, and both sides agreed to increase the combat readiness of Niger's forces.",
        "Russia will help raise the combat readiness of the army of Niger, its defence ministry announced "
        "on Tuesday after talks between Yunus-Bek Yevkurov and prime minister Ali Lamine Zeine, who is "
        "visiting Moscow.",
    ),
    "Bamako attack": (
        "Fighters of JNIM stormed a gendarmerie school in Faladié and the military airport of Bamako at "
        "dawn on Tuesday. Mali's army said 77 people were killed and that Colonel Assimi Goita would "
        "speak to the nation.",
        "Mali's capital woke to gunfire as jihadists attacked the gendarmerie training school in Faladié "
        "and Senou airport. Hospital sources counted 77 dead. JNIM claimed both attacks in Bamako; Assimi "
        "Goita has called a meeting.",
    ),
    "Ndjamena pact": (
        "Chad ended its defence agreement with France on Thursday, hours after foreign minister Jean-Noël "
        "Barrot left N'Djamena. Abderaman Koulamallah, his counterpart, called it a turning point 66 "
        "years after independence.",
        "France must pull about 1,000 troops out of Chad after N'Djamena scrapped a defence pact. "
        "Abderaman Koulamallah, Chad's top diplomat, announced it just after a visit by Jean-Noël Barrot "
        "and spoke of a historic turning point.",
    ),
}

OTHER = {
    "two convoys": (
        SAME["convoy near Tillia"][0],
        "An army vehicle of Niger hit a mine near Diffa on Friday and 4 soldiers were wounded, a local "
        "radio said. Colonel Ibrahim Bagadoma visited them in hospital. Boko Haram is active on the "
        "shores of Lake Chad.",
    ),
    "two uranium reports": (
        SAME["uranium licence"][0],
        "Trucks with 1,000 tonnes of yellowcake left Arlit for an unknown port, satellite pictures of "
        "Niger suggest. The uranium mine of Somair belonged to Orano until the summer. Niamey declined to "
        "comment.",
    ),
    "two bases": (
        SAME["Agadez withdrawal"][0],
        "Italy will keep its 300 military instructors in Niger, General Francesco Paolo Figliuolo said in "
        "Niamey on Monday after meeting the chief of staff, Moussa Salaou Barmou.",
    ),
    "visit and call": (
        SAME["Zeine in Moscow"][0],
        "General Abdourahamane Tiani and Vladimir Putin spoke by telephone on Tuesday about security in "
        "the Sahel, the Kremlin said. It was the first call of the leaders of Niger and Russia since the "
        "coup.",
    ),
    "two attacks in Mali": (
        SAME["Bamako attack"][0],
        "A market in Ber, in the north of Mali, was shelled on Wednesday; 6 traders were killed. The army "
        "blamed JNIM, which denied it and accused the drones of Bamako.",
    ),
    "denial about uranium": (
        "Washington accuses Niger of talks with Iran about 300 tonnes of uranium.",
        "Iran denied on television that a plane from Niger had landed with uranium barrels aboard.",
    ),
    "two votes": (
        "Chad's Mahamat Idriss Deby won the presidential election with 61 per cent, the commission ANGE "
        "said in N'Djamena.",
        "Succès Masra asked the court of Chad to annul the presidential election and named 46 polling stations.",
    ),
    "two protests": (
        "Nurses marched through Niamey in a protest against unpaid wages; the police used tear gas, 12 "
        "people were hurt.",
        "Students in Niamey burned tyres at a protest against the price of bus tickets, and 40 of them were arrested.",
    ),
}
