"""Accounts as they were: pre-images of what the unfinalized slots wrote.

The VM knows only the newest state. With the state that each unfinalized slot found, an older
commitment can be answered truthfully and a fork can be undone.
"""

from solders.account import Account
from solders.pubkey import Pubkey

from chain.local.vm import Vm

State = Account | None


class Undo:
    """Per unfinalized slot: the accounts it wrote, as they were before it."""

    def __init__(self, vm: Vm) -> None:
        """Start with no unfinalized slot."""
        self._vm = vm
        self._slots: dict[int, dict[Pubkey, State]] = {}

    def keep(self, slot: int, before: dict[Pubkey, State]) -> dict[Pubkey, State]:
        """Keep pre-images; returns those that the slot had not kept yet."""
        kept = self._slots.setdefault(slot, {})
        new = {key: state for key, state in before.items() if key not in kept}
        kept.update(new)
        return new

    def forget(self, finalized: int) -> None:
        """No fork reaches these slots any more."""
        for slot in [s for s in self._slots if s <= finalized]:
            del self._slots[slot]

    def account(self, address: Pubkey, slot: int) -> State:
        """The account as it was after a slot."""
        for later in sorted(s for s in self._slots if s > slot):
            if address in self._slots[later]:
                return self._slots[later][address]
        return self._vm.account(address)

    def program_accounts(self, program: Pubkey, slot: int) -> dict[Pubkey, Account]:
        """A program's accounts as they were after a slot."""
        accounts = dict(self._vm.program_accounts(program))
        for later in sorted((s for s in self._slots if s > slot), reverse=True):
            for key, state in self._slots[later].items():
                accounts.pop(key, None)
                if state is not None and state.owner == program:
                    accounts[key] = state
        return accounts

    def roll_back(self, slot: int) -> list[Pubkey]:
        """Put every account back to where it stood before a slot; returns the accounts."""
        restored: list[Pubkey] = []
        for later in sorted((s for s in self._slots if s >= slot), reverse=True):
            for key, state in self._slots.pop(later).items():
                self._vm.set_account(key, state)
                restored.append(key)
        return restored
