"""Which paths metadata offer as columns."""

from sightline.services.query.known_columns import MAX_PATHS, paths_of


def test_paths_lead_to_values_through_objects() -> None:
    texts = ['{"b": {"c": 1, "d": {"e": [1]}}, "a": null}', '{"b": {"c": 2}, "empty": {}}']
    assert paths_of(texts) == ["a", "b.c", "b.d.e", "empty"]


def test_what_is_no_object_has_no_paths() -> None:
    assert paths_of(["[1]", '"x"', "{broken", '{"": 1, "a[0]": 2}']) == []


def test_of_too_many_the_commonest_are_kept() -> None:
    texts = ['{"zz": 1}', *(f'{{"zz": 1, "k{n}": 2}}' for n in range(MAX_PATHS + 50))]
    found = paths_of(texts)
    assert len(found) == MAX_PATHS
    assert "zz" in found
