"""Who may vote: a rule by name, stated in every tally."""

from collections.abc import Mapping, Sequence

import asyncpg

from chain.rpc import ACCOUNTS_PER_CALL, Rpc
from votes.aggregate import Eligibility
from votes.store import sql


class AnyWallet:
    """Everybody may vote, as was asked for."""

    name = "any"

    async def of(self, wallets: Sequence[str]) -> Mapping[str, bool] | None:  # noqa: ARG002 the interface
        return None


class Traded:
    """Wallets that hold or held a position in any market."""

    name = "traded"

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def of(self, wallets: Sequence[str]) -> Mapping[str, bool] | None:
        rows = await self._connection.fetch(sql("wallets_that_traded"), list(wallets))
        traded = {row["wallet"] for row in rows}
        return {wallet: wallet in traded for wallet in wallets}


class Balance:
    """Wallets that hold at least so many lamports when the count is made."""

    def __init__(self, rpc_url: str, lamports: int) -> None:
        self.name = f"balance:{lamports}"
        self._rpc_url = rpc_url
        self._lamports = lamports

    async def of(self, wallets: Sequence[str]) -> Mapping[str, bool] | None:
        may: dict[str, bool] = {}
        async with Rpc(self._rpc_url) as rpc:
            for start in range(0, len(wallets), ACCOUNTS_PER_CALL):
                page = wallets[start : start + ACCOUNTS_PER_CALL]
                _, accounts = await rpc.get_multiple_accounts(page)
                for wallet, account in zip(page, accounts, strict=True):
                    may[wallet] = account is not None and account.lamports >= self._lamports
        return may


def rule(name: str, connection: asyncpg.Connection, rpc_url: str) -> Eligibility:
    """The rule of that name: `any`, `traded` or `balance:<lamports>`.

    Raises:
        ValueError: there is no such rule.
    """
    kind, _, amount = name.partition(":")
    if kind == "any" and not amount:
        return AnyWallet()
    if kind == "traded" and not amount:
        return Traded(connection)
    if kind == "balance" and amount.isdigit():
        return Balance(rpc_url, int(amount))
    raise ValueError(f"no eligibility rule {name!r}: any, traded or balance:<lamports>")
