"""What a person reads of an alert. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from oddsline.alerts import RUNBOOK, Severity

Change = Literal["firing", "severity", "resolved"]
#: Lines of one notification; the rest is counted.
LINES = 20
ORDER: tuple[Severity, ...] = ("info", "warning", "critical")


@dataclass(frozen=True)
class Message:
    """One change of one alert."""

    id: int
    rule: str
    subject: str
    change: Change
    severity: Severity
    summary: str
    runbook_url: str
    fired_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class Notification:
    """What is sent; ``reference`` is the same however often it is."""

    title: str
    body: str
    reference: str
    worst: Severity | Literal["resolved"]


def notification(messages: Sequence[Message], runbook: str, environment: str) -> Notification:
    """All that waits for one target as one notification: a storm is one, not hundreds.

    Args:
        messages: at least one, in order.
        runbook: where the runbook is read, a URL or a path.
        environment: which line speaks.
    """
    reference = f"oddsline-{messages[0].id}-{messages[-1].id}"
    firing = [one for one in messages if one.change != "resolved"]
    if len(messages) == 1:
        title = _headline(messages[0])
    else:
        title = f"{len(firing)} alerts, {len(messages) - len(firing)} recovered"
    parts = [_paragraph(one, runbook) for one in messages[:LINES]]
    if len(messages) > LINES:
        parts.append(f"and {len(messages) - LINES} more: ./oddsline alerts --every")
    parts.append(f"reference {reference}")
    worst = max((one.severity for one in firing), key=ORDER.index, default=None)
    return Notification(
        f"[{environment}] {title}", "\n\n".join(parts), reference, worst or "resolved"
    )


def test(environment: str) -> Notification:
    """What an operator sends to see that a target works."""
    body = "A test of Oddsline's alerts: nothing is wrong."
    return Notification(f"[{environment}] test", body, "oddsline-test", "info")


def _headline(message: Message) -> str:
    state = "RESOLVED" if message.change == "resolved" else message.severity.upper()
    return f"{state}: {message.rule.replace('_', ' ')} ({message.subject})"


def _paragraph(message: Message, runbook: str) -> str:
    lines = [_headline(message), message.summary]
    if message.change == "severity":
        lines.append(
            f"it fires since {message.fired_at:%Y-%m-%d %H:%M:%S} UTC; its severity changed"
        )
    elif message.change == "resolved":
        lasted = (message.changed_at - message.fired_at).total_seconds()
        lines.append(f"it lasted {lasted:.0f} s")
    else:
        lines.append(f"since {message.fired_at:%Y-%m-%d %H:%M:%S} UTC")
    if message.change != "resolved":
        lines.append(message.runbook_url.replace(RUNBOOK, runbook, 1))
    return "\n".join(lines)
