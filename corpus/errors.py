"""The one family of errors whose message may be shown to the user.

FootnoteError
 ├─ NothingIngested    the collection is empty (exit code 4)
 └─ CollectionLocked   another process is writing
Each message is one sentence that names the input and the mend.
"""


class FootnoteError(Exception):
    exit_code = 1


class NothingIngested(FootnoteError):
    exit_code = 4


class CollectionLocked(FootnoteError):
    pass
