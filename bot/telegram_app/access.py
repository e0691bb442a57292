"""Who is served, and how often they may ask."""

from collections import OrderedDict
from dataclasses import dataclass, field

from bot.telegram_app.pacing import Bucket

MOST_USERS = 10_000  # whose pace is remembered
MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Access:
    """Telegram's numbers of users and groups. An empty list of users or groups lets all of them in."""

    users: frozenset[int] = frozenset()
    groups: frozenset[int] = frozenset()
    administrators: frozenset[int] = frozenset()
    refuses: bool = True  # strangers are told so; False: they are ignored

    def serves(self, user: int, group: int) -> bool:
        """Whether a user is served in a group, which is 0 in a private chat or inline.

        In a group on the list everybody is served; without such a list, those who are served in private.
        """
        if user in self.administrators:
            return True
        if group and self.groups:
            return group in self.groups
        return not self.users or user in self.users

    @property
    def restricted(self) -> bool:
        return bool(self.users)


@dataclass(slots=True)
class Limits:
    """A token bucket for each user: `a_minute` questions at once, and as many a minute after that."""

    a_minute: float
    _buckets: OrderedDict[int, Bucket] = field(default_factory=OrderedDict)

    def wait(self, user: int) -> float:
        """0.0 if the user may ask now, which is counted; otherwise the seconds until then."""
        bucket = self._buckets.setdefault(user, Bucket(self.a_minute, self.a_minute / MINUTE))
        self._buckets.move_to_end(user)
        if len(self._buckets) > MOST_USERS:
            self._buckets.popitem(last=False)
        wait = bucket.wait()
        if not wait:
            bucket.take()
        return wait
