"""Outcomes and parcels as rows: what became known of orders later."""

from __future__ import annotations

import numpy as np

from features.engines.state.compiling import compiled, inner
from features.engines.state.laying import lay_later
from features.engines.state.reading import folded
from features.engines.state.tables import find, hold, longer, release, take, taller


@inner
def _found(s, table, texts):
    """Find what is told of an order: the order, the fingerprint in a table, and the row there.

    Returns
    -------
    order, high, low, row
        Order and row are -1 where they are not known.
    """
    order = find(s.orders.index, s.orders.rows, texts[0, 0], texts[0, 1])
    high, low = folded(texts[0, 0], texts[0, 1], texts[1, 0], texts[1, 1])
    return order, high, low, find(table.index, table.rows, high, low)


@compiled
def add_reports(s, texts, clocks, kinds, is_bad, is_sorted):
    """Add outcomes, or replace those known under the same id.

    Parameters
    ----------
    texts
        Fingerprints of the order's key, the outcome's id and the line's id, shape
        ``(n_outcomes, 3, 2)``.
    clocks
        When it occurred and became known, shape ``(n_outcomes, 2)``.
    kinds, is_bad
        Number of its kind among the plan's, and whether it is bad; shape ``(n_outcomes,)``.

    Returns
    -------
    int
        How many are of an order that is not known: they are left out.
    """
    unknown = 0
    for i in range(texts.shape[0]):
        order, high, low, report = _found(s, s.reports, texts[i])
        if order < 0:
            unknown += 1
            continue
        if report < 0:
            report = take(s.reports, high, low)
            if report >= s.of_reports.size:
                s.of_reports = longer(s.of_reports)
            s.of_reports[report].order, s.of_reports[report].line = order, -1
            s.of_reports[report].next = s.of_orders[order].reports
            s.of_orders[order].reports = report
        line = hold(s.keys, texts[i, 2, 0], texts[i, 2, 1])
        release(s.keys, np.int64(s.of_reports[report].line))
        row = s.of_reports[report]
        row.occurred, row.known, row.line = clocks[i, 0], clocks[i, 1], line
        row.kind, row.is_bad = kinds[i], is_bad[i]
        if is_sorted:
            lay_later(s, order, is_sorted)
    return unknown


@compiled
def add_parcels(s, texts, clocks, ok, is_sorted):
    """Add parcels, or replace those known under the same id.

    Parameters
    ----------
    texts
        Fingerprints of the order's key, the parcel's id and its columns, shape
        ``(n_parcels, 2 + n_sent, 2)``.
    clocks
        When it was delivered, when it was delivered or first tried, when that became known and
        when it was promised; shape ``(n_parcels, 4)``.
    ok
        Whether the first attempt went well, -1 unknown; shape ``(n_parcels,)``.

    Returns
    -------
    int
        How many are of an order that is not known: they are left out.
    """
    unknown = 0
    for i in range(texts.shape[0]):
        order, high, low, parcel = _found(s, s.parcels, texts[i])
        if order < 0:
            unknown += 1
            continue
        if parcel < 0:
            parcel = take(s.parcels, high, low)
            if parcel >= s.of_parcels.size:
                s.of_parcels, s.sent = longer(s.of_parcels), taller(s.sent)
            s.of_parcels[parcel].order = order
            s.of_parcels[parcel].next = s.of_orders[order].parcels
            s.of_orders[order].parcels = parcel
            for j in range(s.sent.shape[1]):
                s.sent[parcel, j] = -1
        for j in range(s.sent.shape[1]):
            number = hold(s.keys, texts[i, 2 + j, 0], texts[i, 2 + j, 1])
            release(s.keys, np.int64(s.sent[parcel, j]))
            s.sent[parcel, j] = number
        row = s.of_parcels[parcel]
        row.delivered, row.at, row.known = clocks[i, 0], clocks[i, 1], clocks[i, 2]
        row.promised, row.ok = clocks[i, 3], ok[i]
        if is_sorted:
            lay_later(s, order, is_sorted)
    return unknown
