"""Phrases of page furniture in many languages, and which kind of furniture they speak of.

Every phrase is a rule that could hit a real paragraph, so each kind says where it counts: at the start of a block or
anywhere, in blocks of how many words. The features and rules look at the size; this file only names.
"""

import re
from collections.abc import Callable

from services.clean.stopwords import STOPWORDS

PROMO = 1  # opens a teaser for another article and nothing else: "Read more …"
END = 2  # opens what follows an article: "Leave a reply", "Tags:"
PITCH = 4  # asks the reader for something: newsletter, login, cookies, donation
CAPTION = 8  # credits a picture
BYLINE = 16  # opens a byline or a publication line
LEGAL = 32  # copyright and disclaimers
BIO = 64  # says who the author is
REPLY = 128  # belongs to a reader's comment
SCENE = 256  # describes a picture: alt texts and captions
HINT = 512  # may open a teaser, or a sentence

_START = {
    PROMO: """read more|read also|also read|read next|see also|related posts|related stories|related articles
        |related article|related news|related topics|related content|related coverage|recommended news
        |recommended stories|recommended for you|recommended reading|don t miss|must read|you may like
        |you might like|you may also like|you might also like|you may be interested|trending now|editor s pick
        |editors pick|editor s picks|editors picks|more on this|in case you missed|continue reading|keep reading
        |suggested reading|further reading|next up|go deeper|dig deeper|lesen sie auch|lesen sie mehr
        |lesen sie hier|lies auch|lesetipp|mehr zum thema|auch interessant|passend dazu|weitere artikel
        |weiterlesen|das könnte sie|das könnte dich|das könnte ihnen|empfohlener externer inhalt|siehe auch
        |lire aussi|à lire|à lire aussi|à lire également|lire également|lire la suite|voir aussi
        |sur le même sujet|dans la même rubrique|pour aller plus loin|leer también|leer más|lea también|lea más
        |lee también|te puede interesar|le puede interesar|ver también|más información|quizás te interese
        |noticias relacionadas|además lea|leia também|leia mais|veja também|saiba mais|leggi anche|leggi tutto
        |vedi anche|potrebbe interessarti|per approfondire|lees ook|lees meer|lees verder|bekijk ook|meer over
        |läs också|läs även|läs mer|les også|les mer|annonsørinnhold|læs også|læs mere|lue myös|czytaj także
        |czytaj też|czytaj więcej|zobacz też|zobacz także|čtěte také|ilgili haber|ayrıca okuyun
        |bunlar da ilginizi çekebilir|читайте также|смотрите также|читайте також|baca juga|baca selengkapnya
        |simak juga|lihat juga|soma pia|skaitykite taip pat
        |관련기사|관련 기사|あわせて読みたい|関連記事|اقرأ أيضا|اقرأ أيضًا
        |leia ainda|artigos relacionados|matérias relacionadas|recomendado para você|você pode gostar
        |también te puede interesar|sigue leyendo|mira también|notas relacionadas
        |اقرأ المزيد|اقرأ ايضا|إقرأ أيضا|إقرأ المزيد|مقالات ذات صلة|مواضيع ذات صلة|أخبار ذات صلة|شاهد أيضا|قد يهمك
        |soma zaidi|soma hapa|tazama pia|habari zinazohusiana|karanta kuma|karanta wannan|labarai masu alaka
        |labarai masu alaƙa|karin labarai|ƙarin labarai|akhri sidoo kale""",
    HINT: """read|more|related|watch|listen|trending|popular|suggested|promoted|learn more|check out|zum thema
        |mehr zu|vidéo|reklama|anzeige|werbung|annons|annonse|advertisement|sponsored|publicité|publicidad
        |publicidade|pubblicità|advertentie|реклама|more from|more in|more news|more stories|see more|view more
        |view all|find out more|most popular|most read|up next|recommended|mehr von|mehr aus|meistgelesen
        |empfohlen|lesen sie|читайте|по теме|les plus lus|à voir|watch also|story continues|article continues
        |saken fortsetter|continua após a publicidade|top stories""",
    END: """leave a reply|leave a comment|leave your comment|post a comment|add a comment|join the conversation
        |comments
        |comment|no comments|view comments|show comments|previous post|previous article|next post|next article
        |post navigation|article navigation|share this|share on|share via|share article|share|tags|tag|topics|topic
        |filed under|posted in|categories|category|about the author|about author|about us|about the writer|author bio
        |recent posts|recent comments|recent articles|popular posts|popular news|latest news|latest stories
        |latest posts
        |latest articles|latest|sign up|subscribe|subscribe now|newsletter|newsletters|follow us|follow me|follow
        |copyright|all rights reserved|your email address|lost your password|welcome back|you may have missed
        |browse by
        |get in touch|contact us|most viewed|most commented|related tags|in this article|in this story|more articles
        |sources|references|footnotes|disclaimer|print this|report a typo|was this article helpful|rate this
        |kommentare|kommentar|kommentieren|kommentar schreiben|diskutieren sie|themen|schlagworte|schlagwörter|teilen
        |artikel teilen|zur startseite|startseite|mehr|impressum|newsletter bestellen|alle kommentare|über den autor
        |zur person|quelle|quellen|verwandte themen|verwandte artikel|neueste artikel|die neuesten
        |commentaires|laisser un commentaire|laissez un commentaire|réagir|partager|mots clés|étiquettes|thèmes
        |articles similaires|articles récents|derniers articles|sur le même thème|s abonner|article précédent
        |article suivant|navigation de l article|à propos de l auteur|votre adresse e mail
        |comentarios|deja un comentario|dejar un comentario|etiquetas|temas|relacionados|relacionadas|compartir
        |archivado en
        |artículos relacionados|entradas recientes|comentários|deixe um comentário|compartilhe|compartilhar
        |notícias relacionadas|commenti|lascia un commento|condividi|articoli correlati|argomenti|tag correlati
        |reacties|deel dit|delen|onderwerpen|kommentarer|dela|del|emner|ämnen|komentarze|udostępnij|tagi|yorumlar
        |yorum yap|paylaş|etiketler|комментарии|поделиться|теги|теги|komentar|bagikan|maoni|댓글|기자|저작권자
        |deixe uma resposta|deixe o seu comentário|cancelar resposta|artigo anterior|próximo artigo|post anterior
        |próximo post|partilhar|partilhe|últimas notícias|mais lidas|mais lidos|sobre o autor|artigos recentes
        |entrada anterior|entrada siguiente|artículo anterior|artículo siguiente|navegación de entradas|lo más leído
        |اترك تعليق|اترك تعليقا|اترك رد|اترك ردا|إلغاء الرد|أضف تعليق|أضف تعليقا|التعليقات|شاركها|مشاركة|الوسوم|وسوم
        |المقال السابق|المقال التالي|الأكثر قراءة|آخر الأخبار|أحدث الأخبار|تابعنا|عن الكاتب|لن يتم نشر عنوان بريدك
        |acha maoni|acha jibu|toa maoni|shiriki|sambaza|makala iliyopita|makala inayofuata|habari iliyopita
        |habari inayofuata|habari za hivi karibuni|zinazosomwa zaidi|tufuate|kuhusu mwandishi
        |bar sharhi|ku bar sharhi|bar amsa|labari na baya|labari na gaba|sabbin labarai|ku biyo mu|la wadaag""",
    BYLINE: """by|written by|posted by|reported by|story by|edited by|author|authors|published|published on|posted on
        |last updated|updated|last modified|von|autor|autorin|stand|aktualisiert|veröffentlicht|erstellt|publié
        |publié le|mis à jour|par|rédigé par|por|publicado|actualizado|atualizado|di|pubblicato|aggiornato|door
        |gepubliceerd|publicerad|uppdaterad|av|publisert|oppdatert|af|opublikowano|автор|penulis|oleh
        |بقلم|تاريخ النشر|نشر في|آخر تحديث|imeandikwa na|mwandishi wetu|imechapishwa""",
}

_ANYWHERE = {
    PITCH: """subscribe|subscriber|subscribers|subscription|newsletter|newsletters|sign up|sign in|signed up|log in
        |login
        |register now|create an account|free account|free trial|become a member|support our|donate|donation
        |cookie|cookies|privacy policy|privacy notice|terms of use|terms of service|terms and conditions|your email
        |e mail address|email address|your inbox|click here|tap here|download our|download the|our app|follow us
        |follow him on|follow her on|follow them on|whatsapp|telegram|share this|advertisement|advertise|sponsored
        |affiliate|commission|javascript|your browser|push notifications|join our|join the conversation
        |leave a comment
        |breaking news alerts|daily briefing|unsubscribe|opt out|contact us at|send tips|got a tip|have a tip
        |support independent|independent journalism|unlimited access|already a subscriber|get unlimited
        |abonnieren|abonnement|abonnent|anmelden|registrieren|datenschutz|datenschutzerklärung|klicken sie
        |hier klicken
        |folgen sie|kostenlos testen|einwilligung|zustimmung|externer inhalt|personenbezogene daten|drittplattformen
        |abonnez vous|inscrivez vous|abonnés|se connecter|suivez nous|politique de confidentialité|votre adresse
        |cliquez ici|je m abonne|recevez|suscríbete|suscripción|suscriptores|inicia sesión|síguenos|haz clic|clic aquí
        |boletín|registrarte|iscriviti|seguici|clicca qui|abbonati|assine|inscreva|siga nos|clique aqui|abonneer
        |aanmelden|prenumerera|prenumerant|logga in|abonner deg|logg inn|zapisz się|abone ol|подпишитесь
        |подписывайтесь
        |berlangganan|ikuti kami
        |cadastre se|canal do whatsapp|البريد الإلكتروني|النشرة البريدية|اشترك في|سياسة الخصوصية|تسجيل الدخول
        |barua pepe|jisajili|sera ya faragha|bonyeza hapa|danna nan|adireshin imel""",
    CAPTION: """getty images|getty|ap photo|photo by|photo credit|image credit|image source|photograph by|photographer
        |picture alliance|shutterstock|istock|imago|file photo|courtesy of|pictured|foto von|bild von|archivbild
        |symbolbild|archivfoto|symbolfoto|afp|dpa|epa|crédit photo|photo d archives|fotografía|foto de
        |unsplash|pexels|pixabay|wikimedia commons|screenshot|screengrab|handout|alamy|zuma|nurphoto|anadolu""",
    LEGAL: """all rights reserved|alle rechte vorbehalten|tous droits réservés|todos los derechos reservados
        |todos os direitos reservados|tutti i diritti riservati|may not be published|must not be published
        |may not be reproduced|without permission|not be responsible|views expressed|opinions expressed|copyright
        |無断転載|무단전재|무단 전재|재배포
        |جميع الحقوق محفوظة|كل الحقوق محفوظة|haki zote zimehifadhiwa""",
    BIO: """is a reporter|is a senior|is a staff|is a freelance|is a journalist|is a writer|is a contributing
        |is a correspondent|is an editor|is the editor|is a columnist|is a contributor|is a former|is a professor
        |is the author of|is the founder of|is the co founder|writes about|covers politics|has been covering
        |reporter for
        |joined the|lives in|based in|he has written|she has written|years of experience|more from this author
        |view all posts
        |all posts by|see full bio|full bio|follow him|follow her|ist redakteur|ist redakteurin|ist autor|ist autorin
        |ist journalist|ist freie|ist freier|schreibt über|berichtet über|arbeitet als|est journaliste|es periodista
        |es jornalista|giornalista""",
    REPLY: """reply|replies|report abuse|flag as|upvote|downvote|in reply to|permalink|antworten|melden|répondre
        |signaler
        |responder|denunciar|rispondi|svar|yanıtla|ответить|balas|log in to reply|logged in to|says|commented
        |member since""",
    SCENE: """looks on|poses for|posing|speaks during|is seen|are seen|seen here|stands in front|undated|gestures
        |an image of|image of|a photo of|photo of|an illustration of|illustration of|a view of|aerial view
        |a screenshot of
        |photo shows|picture shows|image shows|a man in|a woman in|a group of people|close up|smiling|smiles
        |in the background
        |from left|left to right|l r|pictured|im bild|zu sehen|sur la photo|en la imagen|a person|hands holding
        |wearing a
        |sits at|sitting on|standing in|logo|thumbnail|portrait of|cover of|graphic""",
}
_ADDRESS = (
    "you your yours we our ours us my me i your sie ihr ihre ihnen du dein deine wir unser unsere vous votre vos "
    "nous "
    "notre nos usted su tu tus nosotros nuestra nuestro você seu sua nossa nosso tuo tua vostro nostro je jouw u "
    "uw ons "
    "din ditt dine dina oss vår"
)
ADDRESS = frozenset(_ADDRESS.split())  # words that speak to the reader
_REPORTING = (
    "said says told added announced according reported stated explained wrote warned sagte sagt erklärte teilte "
    "betonte "
    "zufolge laut dit déclaré affirmé selon expliqué dijo según afirmó aseguró explicó disse segundo afirmou "
    "detto secondo "
    "zei volgens sa säger sier ifølge enligt sagde dedi söyledi сказал заявил сообщил kata ujar menurut alisema"
)
REPORTING = frozenset(_REPORTING.split())  # words of reports
_CREDITING = "photo foto picture image bild ap reuters afp file credit credits crédit crédits quelle fuente copyright"
_CREDIT_WORDS = frozenset(_CREDITING.split())
_CREDIT = re.compile(r"\((?:photo|foto|picture|image|ap|reuters|afp|file)\b|\b(?:photo|foto|image|bild|credit|"
                     r"crédits?|quelle|fuente|copyright)\s?:", re.IGNORECASE)  # fmt: skip

_SMALL = frozenset[str]().union(*STOPWORDS.values())
_Table = dict[str, list[tuple[str, int]]]


def _first(words: list[str]) -> str:
    return words[0]


def _rarest(words: list[str]) -> str:
    """Return the word that fewest blocks have, the longest one that is no small word: "left" of "from left"."""
    return max(words, key=lambda word: (word not in _SMALL, len(word)))


def _table(lists: dict[int, str], chosen: Callable[[list[str]], str]) -> _Table:
    """Return the phrases by one of their words, each with a space at both ends."""
    table: _Table = {}
    for kind, text in lists.items():
        for phrase in text.replace("\n", " ").split("|"):
            words = phrase.split()
            table.setdefault(chosen(words), []).append((f" {' '.join(words)} ", kind))
    return table


_BY_START = _table(_START, _first)
_BY_WORD = _table(_ANYWHERE, _rarest)
_BY_WORD.update((word, []) for word in _CREDIT_WORDS if word not in _BY_WORD)
TRIGGERS = frozenset(_BY_WORD)  # a block without any of these words, …
STARTERS = frozenset(_BY_START)  # … or of these as its first word, or a ©, holds no phrase


def flags(first: str, triggers: set[str], key: str, text: str) -> int:
    """Return the kinds of furniture a block speaks of, as a sum of the kinds' numbers.

    `first` is the block's first word and `triggers` are those of its words that are in TRIGGERS, all in lower case;
    `key` is the words joined by spaces, `text` is the block as it stands.
    """
    found, padded = 0, f" {key} "
    for phrase, kind in _BY_START.get(first, ()):
        if padded.startswith(phrase):
            found |= kind
    for word in triggers:
        for phrase, kind in _BY_WORD[word]:
            if phrase in padded:
                found |= kind
    if triggers and not _CREDIT_WORDS.isdisjoint(triggers) and _CREDIT.search(text):
        found |= CAPTION
    if "©" in text:
        found |= CAPTION
    return found
