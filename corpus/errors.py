"""The one family of errors whose message may be shown to the user.

FootnoteError
 ├─ NothingIngested    the collection is empty, or there is none yet (exit code 4)
 ├─ CollectionLocked   another process is writing
 ├─ CatalogueDamaged   the catalogue's file is no sound database
 ├─ IndexDamaged       an index cannot be read; it can be made again from the catalogue
 ├─ ArticleChanged     an article was updated while an answer was made from it
 └─ UnreadableArticle  a file or link that cannot be taken in
Each message is one sentence that names the input and the mend.
"""


class FootnoteError(Exception):
    exit_code = 1


class NothingIngested(FootnoteError):
    exit_code = 4


class CollectionLocked(FootnoteError):
    pass


class CatalogueDamaged(FootnoteError):
    pass


class IndexDamaged(FootnoteError):
    pass


class ArticleChanged(FootnoteError):
    pass


class UnreadableArticle(FootnoteError):
    """`name` is the file or link, `reason` the rest of the sentence: why, and the mend."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} {reason}.")
        self.name = name
        self.reason = reason
