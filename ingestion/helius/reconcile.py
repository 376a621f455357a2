"""The webhook we want against the webhooks there are; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]

#: What a body says of each webhook; `txnStatus` is not in every answer of theirs.
COMPARED = (
    "webhookURL",
    "webhookType",
    "transactionTypes",
    "accountAddresses",
    "txnStatus",
    "authHeader",
)


@dataclass(frozen=True, slots=True)
class Desired:
    """A raw webhook on one address, failed transactions included.

    Attributes:
        url: where deliveries go.
        address: the program's.
        secret: what Helius shall echo in `Authorization`.
        devnet: whether the program lives there.
    """

    url: str
    address: str
    secret: str
    devnet: bool = False

    def body(self) -> dict[str, Any]:
        """As their API takes it."""
        return {
            "webhookURL": self.url,
            "webhookType": "rawDevnet" if self.devnet else "raw",
            "transactionTypes": ["ANY"],
            "accountAddresses": [self.address],
            "txnStatus": "all",
            "authHeader": self.secret,
        }


@dataclass(frozen=True, slots=True)
class Action:
    """One call that brings the webhook closer to what is wanted."""

    kind: str  # create, edit, enable
    webhook_id: str | None
    why: str  # names fields, never values: one of them is the secret
    body: Json


@dataclass(frozen=True, slots=True)
class Finding:
    """How things stand, and what would mend them; nothing to do = as wanted."""

    webhook_id: str | None
    actions: tuple[Action, ...]
    surplus: tuple[str, ...]  # other webhooks with our URL: each delivery would come twice


def reconcile(desired: Desired, webhooks: Sequence[Json]) -> Finding:
    """Find our webhook by its URL and list what it takes to make it right."""
    ours = sorted(
        (hook for hook in webhooks if hook.get("webhookURL") == desired.url),
        # An active one with the right address first: it is the one that delivers.
        key=lambda hook: (
            not hook.get("active", True),
            desired.address not in hook.get("accountAddresses", ()),
            hook["webhookID"],
        ),
    )
    body = desired.body()
    if not ours:
        return Finding(None, (Action("create", None, "there is none", body),), ())
    hook, *others = ours
    webhook_id = str(hook["webhookID"])
    return Finding(
        webhook_id,
        tuple(_mending(hook, webhook_id, body)),
        tuple(str(other["webhookID"]) for other in others),
    )


def _mending(hook: Json, webhook_id: str, body: Json) -> list[Action]:
    actions: list[Action] = []
    wrong = [name for name in COMPARED if name in hook and not _same(hook[name], body[name])]
    if wrong:
        actions.append(Action("edit", webhook_id, f"differs in {', '.join(wrong)}", body))
    if not hook.get("active", True):
        why = "inactive: Helius switches off what fails too often"
        actions.append(Action("enable", webhook_id, why, {"active": True}))
    return actions


def _same(given: Any, wanted: Any) -> bool:
    """Lists are sets to Helius."""
    if isinstance(given, list) and isinstance(wanted, list):
        return sorted(given) == sorted(wanted)
    return bool(given == wanted)
