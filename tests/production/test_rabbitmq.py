"""The timers over RabbitMQ, by the commands and environments of docker-compose.yml."""

from collections.abc import Iterator

import pytest

from tests.production import proofs
from tests.production.brokers import RabbitMQ
from tests.production.installation import Installation


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(
        tmp_path_factory.mktemp("house"), RabbitMQ(tmp_path_factory.mktemp("broker"))
    )
    try:
        yield installation.up()
    finally:
        installation.down()


def test_every_service_of_the_compose_file_is_healthy(house: Installation) -> None:
    proofs.every_service_is_healthy(house)


def test_each_due_key_rotates_once_with_two_beats_and_two_workers(house: Installation) -> None:
    proofs.each_due_key_rotates_once(house)


def test_a_broker_that_was_killed_and_wiped_stops_nothing_and_is_found_again(
    house: Installation,
) -> None:
    proofs.a_lost_broker_stops_nothing_and_is_found_again(house)


def test_beats_stop_when_asked_and_no_log_shows_the_password(house: Installation) -> None:
    proofs.beats_stop_when_asked_and_no_log_shows_the_password(house)
