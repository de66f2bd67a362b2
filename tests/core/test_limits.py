"""What values may be: ids one by one and thousands at once."""

from hypothesis import given
from hypothesis import strategies as st

from ablator.core.limits import ID_LENGTH, valid_id, valid_ids

words = st.text("aB0_.-+/\n é ", max_size=5) | st.sampled_from(["a" * ID_LENGTH, "a" * (ID_LENGTH + 1), "a/b", "a\nb"])


@given(st.lists(words, max_size=4))
def test_many_ids_are_judged_as_each_alone(rows: list[str]) -> None:
    assert valid_ids(rows) == all(map(valid_id, rows))
