"""One market as those who use it see it: each of the program's instructions is one call.

Simulator and demo act through it, so both tell their story in the market's own words.
"""

import time
from dataclasses import dataclass
from typing import Self

from solders.instruction import Instruction
from solders.keypair import Keypair

from chain.local.client import SOL, Client, Landed
from chain.local.roles import Roles
from chain.program import instructions
from chain.program.accounts import MarketAccount, UserPosition
from chain.program.addresses import market_address, position_address
from chain.program.lmsr import least_liquidity

#: The smallest market that can trade, in lamports.
B = 100 * SOL
#: A content id has 46 characters; nothing on chain reads it.
QUESTION = b"QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG".hex()
EVIDENCE = b"QmT5NvUtoM5nWFfrQdVrFtvGfKFmG7AHE8P34isapyhCxX".hex()


@dataclass(frozen=True)
class Market:
    """A market of the local program; `roles` sign what its administration does."""

    client: Client
    roles: Roles
    market_id: str
    creator: Keypair

    @classmethod
    async def create(
        cls, client: Client, roles: Roles, *, market_id: str, creator: Keypair, b: int = B
    ) -> tuple[Self, Landed]:
        """Propose it, with the least liquidity that the program accepts."""
        self = cls(client, roles, market_id, creator)
        instruction = instructions.create_market(
            client.program,
            creator=str(creator.pubkey()),
            market_id=market_id,
            b_parameter=b,
            initial_liquidity=least_liquidity(b),
            ipfs_question_hash=QUESTION,
        )
        return self, await self._send(instruction, creator)

    @property
    def address(self) -> str:
        """The market's account."""
        return market_address(self.client.program.program_id, self.market_id)

    async def account(self) -> MarketAccount:
        """The account as confirmed.

        Raises:
            LookupError: there is none.
        """
        found = await self.client.read(self.address, MarketAccount)
        if found is None:
            raise LookupError(f"no market {self.market_id}")
        return found

    async def last_landed(self) -> Landed:
        """The newest transaction that touched it, whoever sent it; it is confirmed by now."""
        (last, *_) = await self.client.rpc.get_signatures_for_address(self.address)
        return Landed(last.signature, last.slot, time.monotonic())

    async def position(self, user: Keypair) -> UserPosition | None:
        """A user's position as confirmed; None before the first buy."""
        program_id, who = self.client.program.program_id, str(user.pubkey())
        return await self.client.read(position_address(program_id, self.address, who), UserPosition)

    async def vote(self, user: Keypair, *, like: bool) -> Landed:
        """A vote on the proposal, on chain."""
        return await self._send(
            instructions.submit_proposal_vote(
                self.client.program, market=self.address, user=str(user.pubkey()), vote=like
            ),
            user,
        )

    async def count(self, *, likes: int, dislikes: int) -> Landed:
        """The backend's count of proposal votes."""
        backend = self.roles.backend
        return await self._send(
            instructions.aggregate_proposal_votes(
                self.client.program,
                market=self.address,
                backend_authority=str(backend.pubkey()),
                likes=likes,
                dislikes=dislikes,
            ),
            backend,
        )

    async def approve(self) -> Landed:
        """The admin's approval of what was counted."""
        admin = self.roles.admin
        return await self._send(
            instructions.approve_proposal(
                self.client.program, market=self.address, admin=str(admin.pubkey())
            ),
            admin,
        )

    async def activate(self) -> Landed:
        """Opens it for trade."""
        activator = self.roles.activator
        return await self._send(
            instructions.activate_market(
                self.client.program, market=self.address, authority=str(activator.pubkey())
            ),
            activator,
        )

    async def buy(self, user: Keypair, *, yes: bool, target_cost: int, fee_wallet: str) -> Landed:
        """Spend up to `target_cost` lamports."""
        return await self._send(
            instructions.buy_shares(
                self.client.program,
                market=self.address,
                user=str(user.pubkey()),
                protocol_fee_wallet=fee_wallet,
                outcome=yes,
                target_cost=target_cost,
            ),
            user,
        )

    async def sell(self, user: Keypair, *, yes: bool, shares: int, fee_wallet: str) -> Landed:
        """Sell shares at what they bring."""
        return await self._send(
            instructions.sell_shares(
                self.client.program,
                market=self.address,
                user=str(user.pubkey()),
                protocol_fee_wallet=fee_wallet,
                outcome=yes,
                shares_to_sell=shares,
            ),
            user,
        )

    async def resolve(self, resolver: Keypair, *, yes: bool) -> Landed:
        """Propose the outcome."""
        return await self._send(
            instructions.resolve_market(
                self.client.program,
                market=self.address,
                resolver=str(resolver.pubkey()),
                outcome=yes,
                ipfs_evidence_hash=EVIDENCE,
            ),
            resolver,
        )

    async def dispute(self, initiator: Keypair) -> Landed:
        """Dispute the proposed outcome."""
        return await self._send(
            instructions.initiate_dispute(
                self.client.program, market=self.address, initiator=str(initiator.pubkey())
            ),
            initiator,
        )

    async def vote_on_dispute(self, user: Keypair, *, agree: bool) -> Landed:
        """A vote on the dispute, on chain."""
        return await self._send(
            instructions.submit_dispute_vote(
                self.client.program, market=self.address, user=str(user.pubkey()), vote=agree
            ),
            user,
        )

    async def finalize(self) -> Landed:
        """End an undisputed market whose dispute period has passed."""
        backend = self.roles.backend
        return await self._send(
            instructions.finalize_market(
                self.client.program, market=self.address, backend_authority=str(backend.pubkey())
            ),
            backend,
        )

    async def claim(self, user: Keypair, *, resolver: str) -> Landed:
        """Take the winnings."""
        return await self._send(
            instructions.claim_winnings(
                self.client.program,
                market=self.address,
                user=str(user.pubkey()),
                resolver=resolver,
            ),
            user,
        )

    async def withdraw(self) -> Landed:
        """The creator takes what winners do not."""
        return await self._send(
            instructions.withdraw_liquidity(
                self.client.program, market=self.address, creator=str(self.creator.pubkey())
            ),
            self.creator,
        )

    async def _send(self, instruction: Instruction, signer: Keypair) -> Landed:
        return await self.client.send(instruction, signers=[signer])
