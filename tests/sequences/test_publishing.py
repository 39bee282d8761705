"""Whatever is delivered in whatever order: what is published is what publishing anew would give."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartable.flow import planning
from cartable.flow.gates import GUARDS
from cartable.model.options import CheckOptions
from tests.sequences.conftest import Databases, examples
from tests.sequences.model import write
from tests.sequences.test_sequences import Rows, deliveries
from tests.store.published import differing, publish


@settings(max_examples=examples(3), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sequence=st.lists(deliveries(("none", "none", "absent", "blank")), min_size=2, max_size=4))
def test_what_is_published_follows_whatever_is_delivered(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, sequence: list[Rows]
) -> None:
    place = tmp_path_factory.mktemp("sequence")
    with databases(place) as database:
        for number, rows in enumerate(sequence):
            path = write(place / str(number), rows)
            with planning.planned(path, database, CheckOptions(), accept=tuple(GUARDS)) as (_, plan):
                plan.apply("sync")
            if number == 0:
                publish(database)
            assert differing(database) == {}
