"""Made-up chrome of magazines, French sites and plain pages; see themes.py for what stands in braces."""

from benchmarks.clean_training.theme import Theme

MAGAZINE = Theme(
    before="""  • Home
  • News
  • Africa
  • Business
  • Opinion
  • Contact us
Search
{S}
  • Home
  • News
  • Africa
Home News {TITLE}
  • News
  • Africa

{TITLE}

By
{N}
-
{D}
0
418
Facebook
Twitter
Pinterest
WhatsApp
{W} (Photo by a staff photographer)
""",
    inside=(
        "Also read: {T}",
        "READ: {T}",
        "- Advertisement -",
        "Related: {T}",
        "Read more: {T}",
        "MUST READ: {T}",
    ),
    after="""  • TAGS
  • {W}
  • {W}
Facebook
Twitter
Pinterest
WhatsApp
Previous article{T}
Next article{T}
{N}
{N} is a reporter who covers politics and the economy for {S}.

RELATED ARTICLESMORE FROM AUTHOR

{T}

{T}

{T}

LEAVE A REPLY Cancel reply

Please enter your comment!
Please enter your name here
You have entered an incorrect email address!

EDITOR PICKS

{T}

{D}

{T}

{D}

POPULAR POSTS

{T}

{D}

ABOUT US
{S} is your news, entertainment and culture website. We provide you with the latest breaking news.
Contact us: newsroom@example.org

© {S} 2024. All rights reserved""",
)

FRENCH = Theme(
    before="""Aller au contenu
{D}
  • Accueil
  • Politique
  • Économie
  • Société
  • Sport
  • Contact
Rechercher
{S}
Accueil / Politique / {TITLE}
Politique

{TITLE}

Par {N}
Publié le {D}
0 Commentaires
Partager sur Facebook Partager sur Twitter
""",
    inside=("Lire aussi : {T}", "A lire aussi: {T}", "Lire aussi\n{T}\n{T}", "Publicité", "À LIRE AUSSI : {T}"),
    after="""Partager :
  • Facebook
  • X
  • WhatsApp
Étiquettes : {W}, {W}
Article précédent
{T}
Article suivant
{T}

Articles similaires

{T}

{D}

{T}

{D}

Laisser un commentaire Annuler la réponse

Votre adresse e-mail ne sera pas publiée. Les champs obligatoires sont indiqués avec *

Les plus lus

  • {T}
  • {T}
  • {T}

Newsletter

Recevez chaque matin l’essentiel de l’actualité dans votre boîte mail.

© 2024 {S}. Tous droits réservés.""",
)

PLAIN = Theme(
    before="""{S}
Home | News | Sport | Video | About

{TITLE}
By {N}, {D}
Share
Save
""",
    inside=("{T}", "{T=}\n{T=}", "Watch: {T}", "More on this story\n\n{T}\n{T}", "{W}, pictured in a file photo."),
    after="""More on this story
{T}
{d}
{T}
{d}
Top stories
{T}
{T}
{T}
Most read
1 {T}
2 {T}
3 {T}
Follow us on Facebook, Twitter and Instagram.
Sign up for our newsletter to get the best stories in your inbox every morning.
Terms of use
Privacy
© 2024 {S}""",
)
