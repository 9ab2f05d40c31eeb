"""Made-up chrome of small news sites, written for this project: what stands around and inside an article.

`{T}` is a headline, `{S}` a site, `{N}` a name, `{D}` a date, `{d}` a relative time; each use draws another one.
A theme has what precedes the body, what may stand between two paragraphs, and what follows the last one.
"""

from benchmarks.clean_training.magazine_themes import FRENCH, MAGAZINE, PLAIN
from benchmarks.clean_training.theme import Theme

_JOURNAL = Theme(
    before="""{D}
  • About
  • Advertise
  • Contact
  • Home
  • News
  • Politics
  • Sports
  • Login
No Result
View All Result
Home News

{TITLE}

{N} by {N}
{D}
in News
0
{TITLE}
0
SHARES
12
VIEWS
Share on FacebookShare on Twitter
""",
    inside=(
        "Related posts\n\n{T=}\n\n{T=}\n\n{D}\n{T=}\n\n{T=}\n\n{D}",
        "RelatedPosts\n\n{T}\n\n{T}\n\n{T}",
        "Also Read: {T}",
        "ALSO READ\n{T}\n{T}",
        "ADVERTISEMENT",
    ),
    after="""Tags: {W}{W}{W}
Previous Post

{T}

Next Post
{T=}

{T=}

{N}

Related Posts

{T=}

{T=}

{d}
{T=}

{T=}

{d}

Next Post
{T}

Leave a Reply Cancel reply

Your email address will not be published. Required fields are marked *

Recommended

{T=}

{T=}

{d}
{T=}

{T=}

{d}

Popular News

  • {T}

    0 shares
    Share 0 Tweet 0
  • {T}

    0 shares
    Share 0 Tweet 0

© 2023 {S} - All rights reserved.

Welcome Back!

Login to your account below

Forgotten Password?

Retrieve your password

Please enter your username or email address to reset your password.

Log In""",
)

_UNPLUGGED = Theme(
    before="""By using this site, you agree to the Privacy Policy and Terms of Use.
Accept
{S}{S}
  • News
    • Politics
    • Business
  • Lifestyle
  • Tech
Reading: {TITLE}
Share
Notification Show More
Font ResizerAa
{S}{S}
Search
  • News
  • Sports
Have an existing account? Sign In
Follow US
© 2022 {S}. All Rights Reserved.
{S} > Blog > News > {TITLE}
News

{TITLE}

{N}
Last updated: {D} 6:12 pm
{N}
{d}
Share
SHARE
""",
    inside=(
        "READ MORE  {T}",
        "READ ALSO  {T}.",
        "More Read\n\n{T=}\n{T}\n{T}",
        "- Advertisement -",
        "You Might Also Like\n{T}\n{T}\n{T}",
    ),
    after="""{T}
{T}
{T}
{T}.
Share This Article
Facebook Email Print
Previous Article {T}
Next Article {T}
Leave a Comment

Leave a Reply Cancel reply

Your email address will not be published. Required fields are marked *

about us

We reach two million readers every month and are the leading digital news network of the region.

Recent Posts

  • {T}
  • {T}
  • {T}

Recent Comments

No comments to show.
{S}{S}
© {S}. All Rights Reserved.
Welcome Back!

Sign in to your account

Username or Email Address
Password

Lost your password?""",
)

_PAPER = Theme(
    before="""Skip to content
{D}
  • Facebook
  • Twitter
  • Youtube

{S}

News from every corner

Primary Menu
  • Home
  • World
  • National
  • Opinion
Search for:
  • Home
  • National
  • {TITLE}
  • National

{TITLE}

{N} {d} 3 min read
""",
    inside=(
        "Read Also: {T}",
        "See also  {T}",
        "RELATED STORIES\n\n{T}\n\n{T}",
        "Don’t miss: {T}",
        "Join our WhatsApp channel to receive the latest news straight to your phone.",
    ),
    after="""Continue Reading
Previous: {T}
Next: {T}

Related Stories

  • National

{T}

{N} {d} 0
  • National

{T}

{N} {d} 0

Leave a Reply Cancel reply

Your email address will not be published. Required fields are marked *

Save my name, email, and website in this browser for the next time I comment.

You may have missed

  • World

{T}

{N} {d}
  • World

{T}

{N} {d}
Copyright © All rights reserved. | {S} by a theme maker.""",
)

THEMES: tuple[Theme, ...] = (_JOURNAL, _UNPLUGGED, _PAPER, MAGAZINE, PLAIN)
FRENCH_THEMES: tuple[Theme, ...] = (FRENCH,)
