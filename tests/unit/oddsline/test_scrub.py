"""Nothing secret leaves in a log line or an error report."""

import json
import logging
import subprocess
import sys

import pytest

from oddsline import errors, logs
from oddsline.scrub import HIDDEN, scrub, scrub_text


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("postgresql://odds:hunter2@db:5432/x", "hunter2"),
        ("redis://:hunter2@cache/0", "hunter2"),
        ("https://rpc.example/?api-key=hunter2&x=1", "hunter2"),
        ("key ol_0123456789ab_" + "A" * 43, "A" * 43),
        ("Authorization: Bearer abc.def-ghi", "abc.def-ghi"),
        ("/ws?x=1&access_token=hunter2 HTTP/1.1", "hunter2"),
        ("/markets/eyJhbGciOi.eyJzdWIi.hunter2-x", "hunter2"),
    ],
)
def test_secrets_in_text_are_hidden(text, secret):
    """What looks like a credential is replaced, the rest stays readable."""
    assert secret not in scrub_text(text)
    assert HIDDEN in scrub_text(text)


def test_values_of_secret_names_are_hidden_at_any_depth():
    """Names decide, whatever the value is; harmless neighbours stay."""
    data = {"request": {"headers": [{"Authorization": "x"}], "slot": 5}, "jwt_key": "y"}

    assert scrub(data) == {
        "request": {"headers": [{"Authorization": HIDDEN}], "slot": 5},
        "jwt_key": HIDDEN,
    }


def test_an_error_report_carries_the_trace_and_no_secret():
    """Sentry gets the trace id as a tag, and the message without the password."""
    with logs.trace("abc"):
        event = errors.before_send({"message": "postgresql://u:pw@h/x"}, {})

    assert event is not None
    assert event["tags"]["trace_id"] == "abc"
    assert "pw@" not in event["message"]


def test_log_lines_are_json_with_service_and_trace():
    """Our loggers and the standard library's come out alike, on stderr."""
    code = (
        "import logging, structlog; from oddsline import logs; logs.configure('svc');\n"
        "with logs.trace('t1'):\n"
        "    structlog.get_logger('a').info('landed', n=3, password='x')\n"
        "    logging.getLogger('lib').warning('slow %s', 'redis://:pw@h')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    ours, theirs = (json.loads(line) for line in done.stderr.splitlines())
    assert done.stdout == ""
    assert ours["event"] == "landed"
    assert ours["password"] == HIDDEN
    assert theirs["event"] == f"slow redis://:{HIDDEN}@h"
    assert {ours["service"], theirs["service"]} == {"svc"}
    assert {ours["trace_id"], theirs["trace_id"]} == {"t1"}


def test_a_process_below_its_level_says_nothing():
    """DEBUG lines do not appear at INFO."""
    code = "import structlog; from oddsline import logs; logs.configure('s'); "
    code += "structlog.get_logger().debug('x')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stderr == ""
    assert logging.getLogger().level != logging.DEBUG
