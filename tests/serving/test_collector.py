"""The garbage collector rests while a service is put together, and skips what stands then."""

from __future__ import annotations

import gc

from serving import collector


def test_the_collector_rests_during_a_start_and_skips_what_stands_afterwards() -> None:
    collector.pause()
    rests = not gc.isenabled()

    collector.resume()
    stands = gc.get_freeze_count()
    collector.release()

    assert rests
    assert gc.isenabled()
    assert stands > 0
    assert gc.get_freeze_count() == 0
