"""Solana's JSON-RPC, asynchronous: one attempt a call, failures by class (chain/rpc_errors.py).

Whoever calls retries, since only he knows what a second attempt means. Slots and heights are
ints, amounts lamports, keys and signatures base58.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from chain.rpc_node import Commitment, Node
from chain.rpc_types import (
    Account,
    Accounts,
    Blockhash,
    EpochInfo,
    LatestBlockhash,
    SignatureInfo,
    SignatureStatus,
    Simulation,
    Statuses,
    TransactionPage,
    account_of,
    context_of,
    converted,
)

# Since September 2026 mainnet carries version 1; readers that do not say so get -32015.
NEWEST_TRANSACTION_VERSION = 1
ACCOUNTS_PER_CALL = 100
STATUSES_PER_CALL = 256


class Rpc(Node):
    """A node's methods, those that Oddsline calls."""

    async def get_slot(self, commitment: Commitment | None = None) -> int:
        return converted(await self.call("getSlot", self.at(commitment)), int)

    async def get_block_height(self, commitment: Commitment | None = None) -> int:
        return converted(await self.call("getBlockHeight", self.at(commitment)), int)

    async def get_epoch_info(self, commitment: Commitment | None = None) -> EpochInfo:
        """Slot and height in one answer: a node whose two are equal answers slots for heights."""
        return converted(await self.call("getEpochInfo", self.at(commitment)), EpochInfo)

    async def get_genesis_hash(self) -> str:
        return converted(await self.call("getGenesisHash"), str)

    async def get_health(self) -> None:
        """Returns when the node is well.

        Raises:
            NodeBehind: it is not.
        """
        await self.call("getHealth")

    async def get_block_time(self, slot: int) -> int | None:
        """Unix seconds; None where the node does not know."""
        time = await self.call("getBlockTime", slot)
        return None if time is None else converted(time, int)

    async def get_first_available_block(self) -> int:
        return converted(await self.call("getFirstAvailableBlock"), int)

    async def get_blocks(
        self, start: int, end: int, commitment: Commitment | None = None
    ) -> list[int]:
        """Slots in [start, end] that have a block."""
        blocks = await self.call("getBlocks", start, end, self.at(commitment))
        return converted(blocks, list[int])

    async def get_block(
        self,
        slot: int,
        *,
        details: Literal["full", "signatures", "none"] = "full",
        commitment: Commitment | None = None,
    ) -> dict[str, Any]:
        """A block as the node gives it, encoding json.

        Raises:
            SlotSkipped: there is none.
        """
        options = self.at(
            commitment,
            encoding="json",
            transactionDetails=details,
            rewards=False,
            maxSupportedTransactionVersion=NEWEST_TRANSACTION_VERSION,
        )
        return converted(await self.call("getBlock", slot, options), dict[str, Any])

    async def get_transaction(
        self, signature: str, commitment: Commitment | None = None
    ) -> dict[str, Any] | None:
        """A transaction as the node gives it, for `transaction_from`; None = it knows none."""
        options = self.at(
            commitment,
            encoding="json",
            maxSupportedTransactionVersion=NEWEST_TRANSACTION_VERSION,
        )
        found = await self.call("getTransaction", signature, options)
        return None if found is None else converted(found, dict[str, Any])

    async def get_signatures_for_address(
        self,
        address: str,
        *,
        before: str | None = None,
        until: str | None = None,
        limit: int = 1000,
        commitment: Commitment | None = None,
    ) -> list[SignatureInfo]:
        """Newest first, failed ones too."""
        options = self.at(commitment, before=before, until=until, limit=limit)
        rows = await self.call("getSignaturesForAddress", address, options)
        return converted(rows, list[SignatureInfo])

    async def get_transactions_for_address(
        self, address: str, options: dict[str, Any], commitment: Commitment | None = None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Helius' list (filters, ascending order) and its next page's token.

        Raises:
            Unsupported: the node is none of Helius'.
        """
        wanted = {"maxSupportedTransactionVersion": NEWEST_TRANSACTION_VERSION, **options}
        page = await self.call("getTransactionsForAddress", address, self.at(commitment, **wanted))
        found = converted(page, TransactionPage)
        return found.data, found.pagination_token

    async def get_account(
        self, address: str, commitment: Commitment | None = None
    ) -> tuple[int, Account | None]:
        """The context slot and the account; None = there is none."""
        slot, accounts = await self.get_multiple_accounts([address], commitment)
        return slot, accounts[0]

    async def get_multiple_accounts(
        self, addresses: Sequence[str], commitment: Commitment | None = None
    ) -> Accounts:
        """The context slot and the accounts in order, None where there is none.

        Raises:
            ValueError: more than ACCOUNTS_PER_CALL, which would be more than one moment.
        """
        if len(addresses) > ACCOUNTS_PER_CALL:
            raise ValueError(f"at most {ACCOUNTS_PER_CALL} accounts a call")
        options = self.at(commitment, encoding="base64")
        answer = await self.call("getMultipleAccounts", list(addresses), options)
        slot, values = context_of(answer, list)
        return Accounts(slot, [account_of(value) for value in values])

    async def get_program_accounts(
        self,
        program_id: str,
        filters: Sequence[dict[str, Any]] = (),
        commitment: Commitment | None = None,
    ) -> tuple[int, dict[str, Account]]:
        """The context slot and the accounts by address."""
        options = self.at(
            commitment, encoding="base64", withContext=True, filters=list(filters) or None
        )
        answer = await self.call("getProgramAccounts", program_id, options)
        slot, rows = context_of(answer, list[dict[str, Any]])
        found = {row["pubkey"]: account_of(row["account"]) for row in rows}
        return slot, {key: value for key, value in found.items() if value is not None}

    async def get_balance(self, address: str, commitment: Commitment | None = None) -> int:
        answer = await self.call("getBalance", address, self.at(commitment))
        return context_of(answer, int)[1]

    async def get_minimum_balance_for_rent_exemption(self, size: int) -> int:
        return converted(await self.call("getMinimumBalanceForRentExemption", size), int)

    async def get_latest_blockhash(self, commitment: Commitment | None = None) -> Blockhash:
        """A blockhash with the last height at which it is good."""
        answer = await self.call("getLatestBlockhash", self.at(commitment))
        slot, value = context_of(answer, LatestBlockhash)
        return Blockhash(value.blockhash, value.last_valid_block_height, slot)

    async def get_recent_prioritization_fees(self, addresses: Sequence[str]) -> list[int]:
        """Micro-lamports a compute unit that recent blocks took for these accounts, oldest first."""
        rows = await self.call("getRecentPrioritizationFees", list(addresses))
        return [row["prioritizationFee"] for row in converted(rows, list[dict[str, int]])]

    async def send_transaction(self, wire: bytes, *, skip_preflight: bool = True) -> str:
        """Hand the signed bytes on; the node does not repeat them by itself.

        An error, a timeout above all, does not mean that they did not arrive.
        """
        options = {
            "encoding": "base64",
            "skipPreflight": skip_preflight,
            "preflightCommitment": self.commitment,
            "maxRetries": 0,
        }
        text = base64.b64encode(wire).decode()
        return converted(await self.call("sendTransaction", text, options), str)

    async def simulate_transaction(
        self, wire: bytes, *, commitment: Commitment | None = None
    ) -> Simulation:
        """What would happen now, under a fresh blockhash and without looking at signatures."""
        options = self.at(
            commitment, encoding="base64", sigVerify=False, replaceRecentBlockhash=True
        )
        text = base64.b64encode(wire).decode()
        answer = await self.call("simulateTransaction", text, options)
        slot, outcome = context_of(answer, Simulation)
        return msgspec.structs.replace(outcome, slot=slot)

    async def get_signature_statuses(
        self, signatures: Sequence[str], *, search_history: bool = False
    ) -> Statuses:
        """The context slot and the statuses in order, None where the node knows none."""
        if len(signatures) > STATUSES_PER_CALL:
            raise ValueError(f"at most {STATUSES_PER_CALL} signatures a call")
        options = {"searchTransactionHistory": search_history}
        answer = await self.call("getSignatureStatuses", list(signatures), options)
        return Statuses(*context_of(answer, list[SignatureStatus | None]))

    async def request_airdrop(self, address: str, lamports: int) -> str:
        return converted(await self.call("requestAirdrop", address, lamports), str)
