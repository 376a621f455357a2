"""The chain itself: lands transactions, closes slots, remembers, forks.

Everything here is synchronous and runs on the event loop, which is thereby the chain's one
lock; only the wait for the disk is asynchronous. What an RPC answers, a webhook delivers or a
fault distorts is decided elsewhere.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import based58
from solders.account import Account
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM
from solders.transaction import VersionedTransaction

from chain.local.blocks import RECENT_BLOCKS, Block, Blocks, Commitment, Open
from chain.local.faucet import FAUCET, FAUCET_LAMPORTS
from chain.local.history import History
from chain.local.journal import Journal
from chain.local.landed import Landed
from chain.local.settings import ChainSettings
from chain.local.store import Store
from chain.local.undo import Undo
from chain.local.vm import Json, Refused, Vm

#: A young chain starts where mainnet was when this was written, with as many skipped slots:
#: whoever takes the slot for the height finds out.
FIRST_SLOT, FIRST_HEIGHT = 447_120_000, 425_220_000
#: Slots for which getSignatureStatuses answers without searching history.
STATUS_SLOTS = 300


@dataclass(frozen=True, slots=True)
class Config:
    """The numbers a chain lives by."""

    confirmed_after: int = 1
    finalized_after: int = 32
    fsync: bool = True


class Chain:
    """One chain on one folder; two processes must not open the same one."""

    def __init__(
        self, folder: Path, config: Config, *, now: Callable[[], float] = time.time
    ) -> None:
        """Open the chain in a folder, or found a new one there."""
        self._now = now
        self.vm = Vm()
        self.store = Store(folder, fsync=config.fsync)
        self.journal = Journal(self.store, self.vm.account)
        self.undo = Undo(self.vm)
        facts = self.store.facts()
        self.genesis_hash = facts.get("genesis_hash") or self._found()
        facts = self.store.facts()
        self._offset = float(facts["clock_offset"])
        #: Sends go nowhere (faults.py).
        self.deaf = False
        #: No webhook is owed for the slots up to this one.
        self.delivered = int(facts["delivered"])
        self.blocks = self._restore_blocks(facts, config)
        self._restore_accounts()
        finalized = self.blocks.settled("finalized").slot
        self.history = History(
            self.store, finalized=finalized, window=self.blocks.open.slot - STATUS_SLOTS
        )
        self.blocks.open.landed = len(self.history.in_slot(self.blocks.open.slot))
        self.vm.set_clock(self.blocks.open.slot, self.blocks.open.time)

    @property
    def now(self) -> float:
        """The chain's clock: wall clock plus every warp, in Unix seconds."""
        return self._now() + self._offset

    def check(self, tx: VersionedTransaction) -> Json:
        """What makes a transaction unfit before it is executed; None when it is fit."""
        if str(tx.signatures[0]) in self.history.recent:
            return "AlreadyProcessed"
        if self.blocks.by_hash(str(tx.message.recent_blockhash)) is None:
            return "BlockhashNotFound"
        return None

    def land(self, tx: VersionedTransaction, wire: bytes) -> Landed:
        """Execute a transaction whose signatures were verified, in the open slot.

        Raises:
            Refused: it is unfit, or cannot pay; it leaves no trace.
        """
        unfit = "Dropped" if self.deaf else self.check(tx)
        if unfit is not None:
            raise Refused(unfit)
        done = self.vm.execute(tx)
        opened = self.blocks.open
        landed = Landed(
            signature=str(tx.signatures[0]),
            slot=opened.slot,
            index=opened.landed,
            time=opened.time,
            wire=wire,
            meta=done.meta,
            mentions=tuple(dict.fromkeys(map(str, done.keys.all))),
        )
        opened.landed += 1
        self.history.add(landed)
        found = self.undo.keep(opened.slot, done.before)
        self.journal.land(landed, written=done.before.keys(), found=found)
        return landed

    def account(self, address: Pubkey, commitment: Commitment) -> Account | None:
        """The account as that commitment sees it."""
        return self.undo.account(address, self.blocks.seen(commitment))

    def program_accounts(self, program: Pubkey, commitment: Commitment) -> dict[Pubkey, Account]:
        """A program's accounts as that commitment sees them."""
        return self.undo.program_accounts(program, self.blocks.seen(commitment))

    def standing(self, slot: int) -> Commitment:
        """How final a slot's transactions are."""
        if slot <= self.blocks.block("finalized").slot:
            return "finalized"
        return "confirmed" if slot <= self.blocks.block("confirmed").slot else "processed"

    def confirmations(self, slot: int) -> int | None:
        """Closed blocks from a slot on; None once it is finalized."""
        if slot <= self.blocks.block("finalized").slot:
            return None
        return len(self.blocks.after(slot - 1, self.blocks.newest.slot))

    def advance(self, slots: int = 1) -> Block:
        """Close the open slot and open the next (skipping all but one of `slots`)."""
        opened = self.blocks.open
        signatures = "".join(landed.signature for landed in self.history.in_slot(opened.slot))
        block = self.blocks.close(signatures.encode(), slot=opened.slot + slots, now=int(self.now))
        finalized = self.blocks.settled("finalized").slot
        self.journal.close_block(block, finalized=finalized)
        self._note_open()
        self.history.finalize(finalized, self.blocks.open.slot - STATUS_SLOTS)
        self.undo.forget(finalized)
        self.vm.set_clock(self.blocks.open.slot, self.blocks.open.time)
        return block

    def warp(self, *, seconds: float = 0, slots: int = 1) -> Block:
        """Close the open slot, with the clock set forward and slots skipped for the next."""
        if seconds:
            self._offset += seconds
            self.journal.note("clock_offset", self._offset)
        return self.advance(slots)

    def fork(self, depth: int) -> list[Landed]:
        """Undo the open slot and `depth` below it, finalized ones excepted; returns what fell off.

        Their slots count as skipped; accounts stand as before them. What fell off may land
        again by `land`, like anything else.
        """
        first = max(self.blocks.open.slot - depth, self.blocks.settled("finalized").slot + 1)
        gone = self.history.cut(first)
        restored = self.undo.roll_back(first)
        self.blocks.cut(first)
        self.journal.cut(first, gone, restored)
        self._note_open()
        return gone

    def delivered_up_to(self, slot: int) -> None:
        """Remember over restarts that no webhook is owed up to a slot."""
        if slot > self.delivered:
            self.delivered = slot
            self.journal.note("delivered", slot)

    def close(self) -> None:
        """Write what is left and close the store."""
        self.journal.flush_now()
        self.journal.close()
        self.store.close()

    def _note_open(self) -> None:
        opened = self.blocks.open
        self.journal.note("open", f"{opened.slot} {opened.height} {opened.time}")

    def _found(self) -> str:
        genesis = based58.b58encode(os.urandom(32)).decode()
        now = int(self._now())
        block = Block(FIRST_SLOT, FIRST_HEIGHT, genesis, FIRST_SLOT - 1, genesis, now)
        self.vm.set_account(FAUCET.pubkey(), Account(FAUCET_LAMPORTS, b"", SYSTEM))
        self.journal.touch(FAUCET.pubkey())
        self.journal.close_block(block, finalized=FIRST_SLOT)
        self.journal.note("genesis_hash", genesis)
        self.journal.note("clock_offset", 0.0)
        self.journal.note("delivered", FIRST_SLOT)
        self.journal.note("open", f"{FIRST_SLOT + 1} {FIRST_HEIGHT + 1} {now}")
        self.journal.flush_now()
        return genesis

    def _restore_blocks(self, facts: dict[str, str], config: Config) -> Blocks:
        slot, height, opened_at = map(int, facts["open"].split())
        return Blocks(
            self.store.last_blocks(RECENT_BLOCKS),
            Open(slot, height, opened_at),
            confirmed_after=config.confirmed_after,
            finalized_after=config.finalized_after,
        )

    def _restore_accounts(self) -> None:
        for address, state in self.store.accounts():
            self.vm.set_account(address, state)
        for slot, address, state in self.store.undo():
            self.undo.keep(slot, {address: state})


def config_of(settings: ChainSettings) -> Config:
    """The chain's numbers from a process's settings."""
    return Config(
        confirmed_after=settings.chain_confirmed_after,
        finalized_after=settings.chain_finalized_after,
        fsync=settings.chain_fsync,
    )
