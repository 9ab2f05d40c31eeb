"""STOPWORDS: the most frequent small words of the languages the cleaner meets.

They tell running text from menus, and one language from another. Words are lower case and as `\\w+` cuts them.
"""

_LISTS = {
    "en": "the of and to in a is that for on with as was by at from it be are this his an which not or has have had "
    "but they their were been its who will would said he she we you i our your them more than when about after also "
    "what if there can",
    "de": "der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er "
    "hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis "
    "mehr durch man sein wurde sei",
    "fr": "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec son "
    "cette été ont ou mais aux ses nous elle leur comme fait être deux d l qu n s c",
    "es": "de la que el en y a los del se las por un para con no una su al lo como más pero sus le ya o este sí "
    "porque esta entre cuando muy sin sobre también me hasta hay donde quien desde todo nos durante fue ha",
    "it": "di e il la che in un per a è una sono del con si da non le della i al dei come anche più ha ma nel gli "
    "alla lo delle su o questo se dal l d dell nella",
    "pt": "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à seu "
    "sua ou ser quando muito há nos já está",
    "nl": "de en van het een in is dat op te zijn voor met die niet aan er om ook als bij door uit maar wordt was "
    "naar nog over heeft dan",
    "sv": "och att det i en är av för på med som den till har de inte om ett han men var jag från vi så kan när",
    "no": "og i det er på som en til av at har de med ikke den et om var han fra men seg vi så kan når eller etter",
    "da": "og i at det er en til på som af de for med den har ikke der et om var han fra men vi så kan når eller",
    "fi": "ja on ei että se hän oli ovat myös kun mutta joka niin kuin mukaan sen ole jos vain vielä nyt sitten",
    "is": "og að í á er sem til um það við með var en af ekki því hann fyrir eru hefur segir frá þá",
    "tr": "ve bir bu da de için ile olarak çok daha gibi olan ise en kadar sonra ne var ama o dedi",
    "pl": "w i na z że się do nie jest to o jak po od za przez dla ale oraz są by co tym",
    "cs": "a v na se je že to s z o do i za po ve k jako pro ale by jsou od který",
    "ro": "și de în la a cu pe care nu din că o un mai este pentru au fost sa al ce prin",
    "hu": "a az és hogy nem is egy meg de ez csak már volt ha mint van el vagy azt ki",
    "lt": "ir kad į yra tai su iš ne bet kaip apie buvo jis už dėl po taip pat savo nuo",
    "ru": "и в не на что с по как к из у за от для это его о но а то все же был так при",
    "uk": "і в не на що з до за як у та від про для це його але й або був який ми вони",
    "bg": "на и за да се в от с не по е са че като това до при ще му които",
    "el": "και το να του η της με την για που από στο τα των είναι σε τον δεν θα",
    "id": "yang dan di untuk dengan ini dari pada tidak dalam itu ke akan oleh juga ada telah kata dia",
    "sw": "na ya wa kwa ni za katika la kuwa hiyo huo alisema kama hii yake baada lakini",
    "ha": "da na ta a ya ba ce su ne an shi wannan cewa suka wanda kuma don daga",
    "ar": "في من على أن إلى عن مع التي الذي هذا هذه ما لا كان بعد قال أو كما بين",
    "fa": "و در به از که این را با است برای آن یک خود تا بر هم می شده",
    "he": "של את על לא זה הוא גם עם כי או אבל היא אם יש כל אני בין",
    "hi": "के में की है और से को का एक पर ने यह कि इस भी हैं कर",
    "vi": "và của là có trong được cho một những các không với này đã người để khi",
    "so": "iyo in ka ku ay oo waxa ee uu la waxaa ah u si inuu",
    "af": "die en van in is het dat om te vir op met nie wat sy deur aan hy was ook",
    "zu": "ukuthi futhi kodwa uma ngoba nge kanye lapho kwi lokhu noma njengoba uthe kakhulu",
}

STOPWORDS: dict[str, frozenset[str]] = {language: frozenset(words.split()) for language, words in _LISTS.items()}
