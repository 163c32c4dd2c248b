"""What is done with both twins: bring keys into states, ask, and compare all that is shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.keys.asking import Choice, request
from tests.keys.bringing import DAY, bring, equip, make_due, protect
from tests.keys.cells import ROTATE, hits, judged_by_state
from tests.keys.sorts import CREATION, Sort
from tests.keys.twins import GONE, Twins

PLAIN = Choice()


@dataclass(frozen=True)
class Circumstances:
    """Whether an external key that waits for its deletion has its material; how it lost it."""

    has_material: bool = True
    by_expiry: bool = False
    is_protected: bool = False


USUAL = Circumstances()


class Play:
    """Two accounts that know each other's names, each with one key at the beginning."""

    def __init__(self) -> None:
        self.twins = Twins()
        for account in self.twins.accounts:
            self.create_key(account, Sort.MADE)

    def ask(self, key_id: str, operation: str, choice: Choice = PLAIN) -> str:
        """Of a key as it is; the code on which the twins agree."""
        twins = self.twins
        sort, state = twins.model.keys[key_id].sort, twins.state_of(key_id)
        account, params = request(twins, operation, key_id, choice)
        is_still = twins.state_of(key_id) == state
        code = twins.call(account, operation, **params)
        if is_still and not choice.by_other and code in judged_by_state(sort, state, operation):
            hits[sort, state, operation] += 1
        twins.compare(key_id)
        return code

    def ask_in_state(
        self,
        operations: Sequence[str],
        sort: Sort,
        state: str,
        number: int = 0,
        choice: Choice = PLAIN,
        how: Circumstances = USUAL,
    ) -> None:
        """Of a key that is brought into a state before each operation."""
        key_id = self.fitting(sort, state, number)
        for operation in operations:
            bring(self.twins, key_id, state, has_material=how.has_material, by_expiry=how.by_expiry)
            protect(self.twins, key_id, how.is_protected)
            self.ask(key_id, operation, choice)

    def ask_of_two(self, operation: str, sorts: tuple[Sort, Sort], states: tuple[str, str]) -> None:
        """Of two keys of an account, each in a state of its own."""
        # Waiting for the date of one could pass that of the other: it comes first.
        roles = sorted(zip(states, sorts, ("key", "other"), strict=True), key=_is_there)
        found: dict[str, str] = {}
        for state, sort, role in roles:
            found[role] = self.fitting(sort, state, but=tuple(found.values()))
            bring(self.twins, found[role], state)
        place = self.twins.model.keys_of(self.twins.accounts[0]).index(found["other"])
        self.ask(found["key"], operation, Choice(number=1 + place))
        self.twins.compare(found["other"])

    def rotate(self, state: str, number: int = 0, *, is_late: bool = False) -> None:
        """As timers do that found a key due, whatever has become of it when they come."""
        twins, key_id = self.twins, self.fitting(Sort.MADE, state, number)
        if not twins.model.is_gone(key_id):
            bring(twins, key_id, "Enabled")
            make_due(twins, key_id)
        due = twins.model.keys[key_id].next_rotation or twins.model.now
        bring(twins, key_id, state)
        if is_late:
            twins.wait(DAY)
        is_done = twins.rotate(key_id, due)
        for again in (due, due + DAY):
            assert not twins.rotate(key_id, again)
        twins.compare(key_id)
        if is_done == (state == "Enabled"):
            hits[Sort.MADE, state, ROTATE] += 1

    def fitting(self, sort: Sort, state: str, number: int = 0, *, but: Sequence[str] = ()) -> str:
        """A key of the first account that the state is open to, with an alias and a ciphertext."""
        twins = self.twins
        found = [
            key_id
            for key_id in twins.model.keys_of(twins.accounts[0])
            if twins.model.keys[key_id].sort is sort
            and (twins.state_of(key_id) == GONE) == (state == GONE)
            and key_id not in but
        ]
        if not found:
            return self.create_key(twins.accounts[0], sort)
        equip(twins, found[number % len(found)])
        return found[number % len(found)]

    def create_key(self, account: str, sort: Sort) -> str:
        key_id = self.twins.create_key(account, CREATION[sort])
        equip(self.twins, key_id)
        return key_id

    def end(self) -> None:
        """Compare everything, unless the twins fell out already."""
        if self.twins.is_sound:
            self.twins.compare_everything()


def _is_there(role: tuple[str, Sort, str]) -> bool:
    return role[0] != GONE
