"""The program under one id: its codec and what each of its events is about."""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from chain.codec import Idl, ProgramCodec, load_idl
from chain.codec.primitives import KEY_CACHE
from chain.program.addresses import event_authority_address, market_address
from chain.remembered import Remembered

IDL_FOLDER = Path(__file__).parent.parent / "idl"

# Whose act an event is: the first of these fields that it has.
_WALLETS = (
    "user",
    "creator",
    "resolver",
    "initiator",
    "approved_by",
    "paused_by",
    "cancelled_by",
    "admin",
)


class Subject(Struct, frozen=True, gc=False):
    """What and whom something of the program is about; None = nothing, nobody, or not said."""

    market_id: str | None
    market_address: str | None
    wallet: str | None


class Program:
    """One deployment; the id is configuration, the interface is the IDL's."""

    def __init__(self, program_id: str, idl: Idl, superseded: Idl) -> None:
        self.program_id = program_id
        self.codec = ProgramCodec(idl, (superseded,))
        self.event_authority = event_authority_address(program_id)
        # Of each instruction: its accounts' names, and which of them signs.
        self.accounts = {
            ix.name: (
                tuple(meta.name for meta in ix.accounts),
                next((i for i, meta in enumerate(ix.accounts) if meta.signer), None),
            )
            for ix in idl.instructions
        }
        self._addresses = Remembered(partial(market_address, program_id), KEY_CACHE)
        self._wallets = {
            event.name: next(
                (
                    wallet
                    for wallet in _WALLETS
                    if wallet in {field.name for field in idl.types[event.name].fields or ()}
                ),
                "",
            )
            for event in idl.events
        }

    def subject(self, event: str, args: dict[str, Any]) -> Subject:
        """Market and wallet of an event; the address follows from the id where only that is told."""
        market_id, wallet = args.get("market_id"), args.get(self._wallets[event])
        if market_id is None:
            return Subject(None, args.get("market"), wallet)
        return Subject(market_id, self._addresses[market_id], wallet)


@lru_cache(maxsize=4)
def load_program(program_id: str) -> Program:
    """The program as `chain/idl/` describes it, deployed at `program_id`."""
    return Program(
        program_id, load_idl(IDL_FOLDER / "market.json"), load_idl(IDL_FOLDER / "market_first.json")
    )
