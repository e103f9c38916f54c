"""The group of an order: a compiled search among the buyers who share something with it.

The search goes in rounds. Each begins with the group so far, meets everybody who shares a value
with it, notes what all of them share among themselves, and joins them into blocks; the block of the
order is the next group. It ends when the group grows no more.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from features.engines.links_layout import (
    BAD,
    BEFORE,
    BLOCK,
    FIRST_PAIR,
    FIRST_USE,
    HEAD,
    KIND,
    LAST_IN_BLOCK,
    LINKED,
    LOOK,
    MOST_BUYERS,
    MOST_RESIDENTS,
    MOST_VALUES,
    N_PEOPLE,
    N_SHARED,
    N_USES,
    N_VALUES,
    NEWEST,
    NEWEST_ORDER,
    NEXT_IN_BLOCK,
    NONE,
    OF_BUYER,
    OF_VALUE,
    OWNER,
    PLACED,
    RECEIVED,
    ROOM,
    ROUND,
    SPAN,
    VALUE,
    WHO,
    compiled,
)

_WEEK_US: Final = 7 * 86_400_000_000
_LAST_ROUND: Final = np.iinfo(np.int32).max


class Asked(NamedTuple):
    """An order as it asks.

    Parameters
    ----------
    buyer, values
        Number of the buyer, and of the value of each identifier or `NONE`.
    placed, received
        Its clocks.
    hidden
        Number of the order under which it is in the store already, or `NONE`.
    """

    buyer: int
    values: Any
    placed: int
    received: int
    hidden: int


@compiled
def search(s, asked, out):
    """Fill the quantities of an order's group, as `features.links.QUANTITIES` lists them.

    All are NaN for an order without any identifier.
    """
    out[:] = np.nan
    if (asked.values == NONE).all():
        return
    s.counts[N_SHARED] = 0
    s.people[0, WHO] = asked.buyer
    strength, size, before = 0, 1, 0
    while size > before and size < max(s.limits[MOST_BUYERS], 2):
        before = size
        if not _gather(s, asked, size):
            break
        if size == 1:
            strength = _strength(s)
        # What the whole group shares is the most that anybody can have in common with it.
        if s.worth[: s.counts[N_VALUES]].sum() < s.limits[LINKED]:
            break
        if not _surround(s, asked, size):
            break
        size = _join(s)
    if size > 1 and _is_at_home(s, asked, size):
        size = 1
    _count(s, asked, size, out)
    out[5] = strength / s.limits[LINKED]
    out[6] = s.counts[N_SHARED]


@compiled
def _is_seen(s, asked, number):
    """Tell whether an order was known and lies in the span."""
    at = number & (len(s.clocks) - 1)
    placed = s.clocks[at, PLACED]
    return (
        number != asked.hidden
        and s.clocks[at, RECEIVED] < asked.received
        and asked.placed - s.limits[SPAN] <= placed
        and placed < asked.placed
    )


@compiled
def _is_live(s, asked, pair):
    """Tell whether the order sees that a buyer used a value; the newest use mostly answers."""
    column = HEAD + 2 * s.pairs[pair, KIND] + 1
    newest = s.pairs[pair, NEWEST]
    number = newest
    while not _is_seen(s, asked, number):
        number = s.orders[number & (len(s.clocks) - 1), column]
        if number == newest:
            return False
    return True


@compiled
def _hold(s, asked, buyer):
    """List a buyer's own values; of one who used too many, those of the order itself."""
    n = 0
    if buyer == asked.buyer:
        for kind in range(len(asked.values)):
            value = asked.values[kind]
            if value != NONE and not _is_given(s, asked, buyer, value, kind):
                s.held[n, 0], s.held[n, 1] = value, kind
                n += 1
    own = n
    pair = s.buyers[buyer, FIRST_PAIR]
    while pair != NONE:
        value, kind = s.pairs[pair, VALUE], s.pairs[pair, KIND]
        is_own = buyer == asked.buyer and asked.values[kind] == value
        if not is_own and _is_live(s, asked, pair) and not _is_given(s, asked, buyer, value, kind):
            if n >= s.limits[MOST_VALUES]:
                return own
            s.held[n, 0], s.held[n, 1] = value, kind
            n += 1
        pair = s.pairs[pair, OF_BUYER]
    return n


@compiled
def _is_given(s, asked, buyer, value, kind):
    """Tell whether a value that a buyer used is the recipient's of a gift."""
    few = s.most_given[kind]
    if few == 0:
        return False
    own = asked.values[kind] if buyer == asked.buyer else NONE
    has_another = own != NONE and own != value and _n_users(s, asked, own, kind, 2) == 1
    pair = s.buyers[buyer, FIRST_PAIR]
    while pair != NONE and not has_another:
        other = s.pairs[pair, VALUE]
        if s.pairs[pair, KIND] == kind and other != value and _is_live(s, asked, pair):
            has_another = _n_users(s, asked, other, kind, 2) == 1
        pair = s.pairs[pair, OF_BUYER]
    return has_another and _n_users(s, asked, value, kind, few + 1) <= few


@compiled
def _n_users(s, asked, value, kind, most):
    """Count the buyers who used a value, up to so many."""
    is_own = asked.values[kind] == value
    n, pair = int(is_own), s.values[value]
    while pair != NONE and n < most:
        n += not (is_own and s.pairs[pair, OWNER] == asked.buyer) and _is_live(s, asked, pair)
        pair = s.pairs[pair, OF_VALUE]
    return n


@compiled
def _use(s, asked, value, kind):
    """List the buyers who used a value; none of a hub."""
    n = 0
    is_own = asked.values[kind] == value
    if is_own:
        s.users[0] = asked.buyer
        n = 1
    pair = s.values[value]
    while pair != NONE:
        owner = s.pairs[pair, OWNER]
        if not (is_own and owner == asked.buyer) and _is_live(s, asked, pair):
            if n == s.caps[kind]:
                return 0
            s.users[n] = owner
            n += 1
        pair = s.pairs[pair, OF_VALUE]
    return n


@compiled
def _gather(s, asked, size):
    """Begin a round with the group's values and everybody who used one."""
    _begin_round(s)
    s.counts[:N_SHARED] = 0
    for place in range(size):
        _meet(s, s.people[place, WHO])
    return _take_all(s, asked, 0, size, size)


@compiled
def _begin_round(s):
    """Forget who was met and what was taken."""
    if s.counts[ROUND] == _LAST_ROUND:
        s.met[:], s.taken[:], s.counts[ROUND] = 0, 0, 0
    s.counts[ROUND] += 1


@compiled
def _surround(s, asked, size):
    """Add what the others share among themselves."""
    return _take_all(s, asked, size, s.counts[N_PEOPLE], size)


@compiled
def _take_all(s, asked, begin, end, size):
    """Note who uses the values of some; tell whether there was room for all."""
    place, has_room = begin, True
    while place < end and has_room:
        has_room = _take(s, asked, place, size)
        place += 1
    return has_room


@compiled
def _meet(s, buyer):
    place = s.counts[N_PEOPLE]
    s.met[buyer], s.place[buyer], s.people[place, WHO] = s.counts[ROUND], place, buyer
    s.counts[N_PEOPLE] += 1


@compiled
def _take(s, asked, place, size):
    """Note who uses the values of somebody; newcomers are met through the group's values only."""
    for k in range(_hold(s, asked, s.people[place, WHO])):
        value, kind = s.held[k, 0], s.held[k, 1]
        if s.taken[value] == s.counts[ROUND]:
            continue
        s.taken[value] = s.counts[ROUND]
        n_users = _use(s, asked, value, kind)
        worth = s.points[kind, n_users]
        if worth == 0:
            continue
        if s.counts[N_USES] + n_users > ROOM:
            return False
        if size == 1 and place == 0 and asked.values[kind] == value:
            s.counts[N_SHARED] += 1
        _note(s, asked, n_users, value, kind, worth, place < size)
    return True


@compiled
def _note(s, asked, n_users, value, kind, worth, is_member):
    """Note the uses of one value by people of the round whose own it is."""
    first, noted = s.counts[N_USES], s.counts[N_VALUES]
    for j in range(n_users):
        user = s.users[j]
        if _is_given(s, asked, user, value, kind):
            continue
        if s.met[user] != s.counts[ROUND]:
            if not is_member:
                continue
            _meet(s, user)
        s.uses[s.counts[N_USES], 0], s.uses[s.counts[N_USES], 1] = noted, s.place[user]
        s.counts[N_USES] += 1
    s.worth[noted], s.first_use[noted] = worth, first
    s.counts[N_VALUES] += 1


@compiled
def _strength(s):
    """Points of the closest other buyer, while only the values of the order's own are there."""
    strongest = 0
    s.evidence[: s.counts[N_PEOPLE]] = 0
    for use in range(s.counts[N_USES]):
        value, place = s.uses[use, 0], s.uses[use, 1]
        s.evidence[place] += s.worth[value]
        if place != 0:
            strongest = max(strongest, s.evidence[place])
    return strongest


@compiled
def _join(s):
    """Join blocks that enough points tie, bring the order's own to the front and give its size.

    One pass is enough: a block that no longer finds another is found by those that grow later.
    """
    people, n = s.people, s.counts[N_PEOPLE]
    _sort_uses(s)
    people[:n, NEXT_IN_BLOCK] = NONE
    for place in range(n):
        people[place, BLOCK], people[place, LAST_IN_BLOCK] = place, place
    s.looked[:n] = 0
    s.seen[: s.counts[N_VALUES]] = 0
    for place in range(n):
        if people[place, BLOCK] == place:
            other = _tied(s, place)
            while other != NONE:
                _absorb(people, place, other)
                other = _tied(s, place)
    size, own = 0, people[0, BLOCK]
    for place in range(n):
        if people[place, BLOCK] == own:
            people[size, WHO] = people[place, WHO]
            size += 1
    return size


@compiled
def _sort_uses(s):
    """Sort the uses by person, and close the list of those by value."""
    people, n, n_uses = s.people, s.counts[N_PEOPLE], s.counts[N_USES]
    s.first_use[s.counts[N_VALUES]] = n_uses
    people[: n + 1, FIRST_USE] = 0
    for use in range(n_uses):
        people[s.uses[use, 1], FIRST_USE] += 1
    end = 0
    for place in range(n + 1):
        end += people[place, FIRST_USE]
        people[place, FIRST_USE] = end
    for use in range(n_uses):
        place = s.uses[use, 1]
        people[place, FIRST_USE] -= 1
        s.by_person[people[place, FIRST_USE]] = use


@compiled
def _tied(s, block):
    """Find another block that shares enough with a block; each shared value counts once."""
    people = s.people
    s.counts[LOOK] += 1
    look = s.counts[LOOK] * ROOM
    member = block
    while member != NONE:
        for k in range(people[member, FIRST_USE], people[member + 1, FIRST_USE]):
            value = s.uses[s.by_person[k], 0]
            if s.seen[value] == look:
                continue
            s.seen[value] = look
            for use in range(s.first_use[value], s.first_use[value + 1]):
                other = people[s.uses[use, 1], BLOCK]
                if other == block or s.looked[other] == look + value:
                    continue
                if s.looked[other] < look:
                    s.evidence[other] = 0
                s.looked[other] = look + value
                s.evidence[other] += s.worth[value]
                if s.evidence[other] >= s.limits[LINKED]:
                    return other
        member = people[member, NEXT_IN_BLOCK]
    return NONE


@compiled
def _absorb(people, block, other):
    people[people[block, LAST_IN_BLOCK], NEXT_IN_BLOCK] = other
    people[block, LAST_IN_BLOCK] = people[other, LAST_IN_BLOCK]
    while other != NONE:
        people[other, BLOCK] = block
        other = people[other, NEXT_IN_BLOCK]


@compiled
def _is_at_home(s, asked, size):
    """Tell whether all of the group used one address, be it a hub, as a home or a place of work."""
    _begin_round(s)
    for place in range(size):
        s.met[s.people[place, WHO]] = s.counts[ROUND]
    if size > s.limits[MOST_RESIDENTS] and _in_common(s, asked, size) >= s.limits[LINKED]:
        return False
    for k in range(_hold(s, asked, asked.buyer)):
        if s.is_home[s.held[k, 1]]:
            address, n_there, n_residents = s.held[k, 0], 0, 0
            for place in range(size):
                buyer = s.people[place, WHO]
                n_there += place == 0 or _has_used(s, asked, buyer, address)
                n_residents += not _has_another(s, asked, buyer, address)
            if n_there == size and n_residents <= s.limits[MOST_RESIDENTS]:
                return True
    return False


@compiled
def _in_common(s, asked, size):
    """Points of what most of the group share besides addresses."""
    points = 0
    for place in range(size):
        for k in range(_hold(s, asked, s.people[place, WHO])):
            value, kind = s.held[k, 0], s.held[k, 1]
            if s.is_home[kind] or s.taken[value] == s.counts[ROUND]:
                continue
            s.taken[value] = s.counts[ROUND]
            n_users = _use(s, asked, value, kind)
            if 2 * _n_members(s, n_users) > size:
                points += s.points[kind, n_users]
    return points


@compiled
def _n_members(s, n_users):
    """Count the members of the group among the users of a value."""
    n = 0
    for k in range(n_users):
        n += s.met[s.users[k]] == s.counts[ROUND]
    return n


@compiled
def _has_used(s, asked, buyer, value):
    pair = s.buyers[buyer, FIRST_PAIR]
    while pair != NONE:
        if s.pairs[pair, VALUE] == value:
            return _is_live(s, asked, pair)
        pair = s.pairs[pair, OF_BUYER]
    return False


@compiled
def _has_another(s, asked, buyer, address):
    """Tell whether a buyer used another address that nobody else of the group used."""
    if buyer == asked.buyer:
        for kind in range(len(asked.values)):
            if _is_own_address(s, asked, asked.values[kind], kind, address):
                return True
    pair = s.buyers[buyer, FIRST_PAIR]
    while pair != NONE:
        value, kind = s.pairs[pair, VALUE], s.pairs[pair, KIND]
        if _is_live(s, asked, pair) and _is_own_address(s, asked, value, kind, address):
            return True
        pair = s.pairs[pair, OF_BUYER]
    return False


@compiled
def _is_own_address(s, asked, value, kind, address):
    """Tell whether a value is another address that one of the group used, and is no hub."""
    if not s.is_home[kind] or value == NONE:
        return False
    return value != address and _n_members(s, _use(s, asked, value, kind)) == 1


@compiled
def _count(s, asked, size, out):
    """Count the orders of the group's other buyers."""
    n_span, n_week, n_bad = 0, 0, 0
    mask = len(s.clocks) - 1
    for place in range(1, size):
        newest = s.buyers[s.people[place, WHO], NEWEST_ORDER]
        number = newest
        while number != NONE:
            at = number & mask
            if _is_seen(s, asked, number):
                n_span += 1
                n_week += s.clocks[at, PLACED] >= asked.placed - _WEEK_US
                n_bad += s.clocks[at, BAD] < asked.received
            number = s.orders[at, BEFORE]
            if number == newest:
                break
    out[0], out[1], out[2], out[3] = size, n_span, n_week, n_bad
    if n_span > 0:
        out[4] = n_bad / n_span
