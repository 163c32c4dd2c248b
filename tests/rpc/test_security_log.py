from structlog.testing import capture_logs

from kms_console.rpc.security_log import SecurityLog


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def refuse(log: SecurityLog, times: int, access_key_id: str = "LTAI") -> None:
    for number in range(times):
        log.refused(
            code="SignatureDoesNotMatch",
            access_key_id=access_key_id,
            source_ip="10.0.0.1",
            request_id=str(number),
        )


def test_a_line_says_who_was_refused_and_why() -> None:
    with capture_logs() as lines:
        refuse(SecurityLog(), 1)
    assert lines == [
        {
            "event": "refused",
            "log_level": "warning",
            "code": "SignatureDoesNotMatch",
            "access_key_id": "LTAI",
            "source_ip": "10.0.0.1",
            "request_id": "0",
            "suppressed": 0,
        }
    ]


def test_lines_are_bounded_per_second_and_the_rest_is_counted() -> None:
    clock = Clock()
    log = SecurityLog(per_second=3, clock=clock)
    with capture_logs() as lines:
        refuse(log, 10)
        clock.now += 1
        refuse(log, 2)
    assert [line["suppressed"] for line in lines] == [0, 0, 0, 7, 0]


def test_what_callers_send_is_bounded_and_printable() -> None:
    with capture_logs() as lines:
        refuse(SecurityLog(), 1, "a\nb\x1b中" + "x" * 5000)
    assert lines[0]["access_key_id"].startswith("a?b??xxx")
    assert len(lines[0]["access_key_id"]) == 64
