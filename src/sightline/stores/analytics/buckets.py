"""In which bucket of time a row is."""

from sightline.stores.analytics.metrics import Buckets


class Periods(Buckets, frozen=True):
    """Two buckets: a period and all that comes after it."""


def bucket_of(at_us: str, buckets: Buckets) -> str:
    """Return the SQL of the bucket, counted from 0, of a time in Unix µs."""
    found = f"intDiv({at_us} - {int(buckets.start_us)}, {int(buckets.step_us)})"
    return f"least({found}, 1)" if isinstance(buckets, Periods) else found
