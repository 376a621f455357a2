"""Markets from proposal to claims, one move at a time, each decided by the account's state."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from random import Random

from solders.instruction import Instruction
from solders.keypair import Keypair

from chain.local.roles import Roles
from chain.local.traffic.sender import PAUSE_S, Sender
from chain.program import instructions
from chain.program.accounts import MarketAccount, read_account_as
from chain.program.addresses import market_address
from chain.program.interface import Program
from chain.program.lmsr import least_liquidity
from chain.program.states import State
from chain.rpc import ACCOUNTS_PER_CALL

SOL = 10**9
B = 100 * SOL
QUESTION = b"QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG".hex()
#: Enough for a creator's deposits and a trader's whole run.
PURSE = 100_000 * SOL

#: A transaction's only signer and what it does.
Step = tuple[Keypair, Instruction]


class Markets:
    """A set of markets that one traffic drives; `ids` and `addresses` in order of creation."""

    def __init__(
        self, sender: Sender, program: Program, roles: Roles, *, count: int, random: Random
    ) -> None:
        """Nothing is sent yet; every id and wallet follows from `random`."""
        self.sender = sender
        self.program = program
        self.wallets = [Keypair.from_seed(random.randbytes(32)) for _ in range(8)]
        self.ids = [random.randbytes(32).hex() for _ in range(count)]
        self.addresses = [market_address(program.program_id, market_id) for market_id in self.ids]
        self._roles = roles

    def creator(self, address: str) -> Keypair:
        """Who proposed a market."""
        return self.wallets[self.addresses.index(address) % len(self.wallets)]

    async def read(self) -> dict[str, MarketAccount | None]:
        """Every market's account as confirmed."""
        markets: dict[str, MarketAccount | None] = {}
        for start in range(0, len(self.addresses), ACCOUNTS_PER_CALL):
            part = self.addresses[start : start + ACCOUNTS_PER_CALL]
            found = await self.sender.asked(partial(self.sender.rpc.get_multiple_accounts, part))
            for address, raw in zip(part, found.accounts, strict=True):
                market = read_account_as(self.program, raw.data, MarketAccount) if raw else None
                markets[address] = market
        return markets

    async def fund(self) -> None:
        """Give everybody who signs the money for a whole run."""
        await self.sender.fund([*self.wallets, self._roles.admin, self._roles.backend], PURSE)

    async def open(self, *, within_s: float = 120) -> None:
        """Bring every market from nothing to ACTIVE."""
        await self.propose(within_s=within_s)
        await self.activate(within_s=within_s)

    async def propose(self, *, within_s: float = 120) -> None:
        """Create every market and have everybody vote on it, once."""
        await self.fund()
        await self._drive(self.addresses, self._proposing, State.PROPOSED, within_s)
        await self._send([vote for address in self.addresses for vote in self._votes(address)])

    async def activate(self, *, within_s: float = 120) -> None:
        """Bring every market to ACTIVE; one that nobody has proposed is proposed first."""
        await self._drive(self.addresses, self._activating, State.ACTIVE, within_s)

    async def resolve(self, *, within_s: float = 120) -> None:
        """Bring every active market to RESOLVING."""
        await self._drive(self.addresses, self._resolving, State.RESOLVING, within_s)

    async def settle(self, addresses: Sequence[str], *, within_s: float = 120) -> None:
        """Resolve markets, dispute every other one, finalize all of them and claim."""
        await self._drive(addresses, self._settling, State.FINALIZED, within_s)
        claims = [
            (wallet, self._claim(address, wallet, market))
            for address, market in (await self.read()).items()
            if address in addresses and market is not None
            for wallet in self.wallets
        ]
        await self._send(claims)

    async def _drive(
        self,
        addresses: Sequence[str],
        steps: Callable[[str, MarketAccount | None], list[Step]],
        goal: State,
        within_s: float,
    ) -> None:
        deadline, before = time.monotonic() + within_s, self.sender.refusals.copy()
        while True:
            markets = await self.read()
            short = [a for a in addresses if (m := markets[a]) is None or m.state < goal]
            if not short:
                return
            if time.monotonic() > deadline:
                refusals = (self.sender.refusals - before).most_common(3)
                states = Counter(m.state.name if (m := markets[a]) else "gone" for a in short)
                raise TimeoutError(
                    f"{len(short)} markets did not become {goal.name}: {dict(states)}; "
                    f"the node refused {dict(refusals)}"
                )
            await self._send([step for a in short for step in steps(a, markets[a])])
            # Two slots or so: what was sent should show before it is decided again.
            await asyncio.sleep(3 * PAUSE_S)

    async def _send(self, steps: Sequence[Step]) -> None:
        await asyncio.gather(*(self.sender.send(payer, ix) for payer, ix in steps))

    def _proposing(self, address: str, _: MarketAccount | None) -> list[Step]:
        creator = self.creator(address)
        return [(creator, self._creation(address, creator))]

    def _activating(self, address: str, market: MarketAccount | None) -> list[Step]:
        if market is None:  # a fork took it
            return self._proposing(address, market)
        creator, admin = self.creator(address), self._roles.admin
        if market.state == State.APPROVED:
            activation = instructions.activate_market(
                self.program, market=address, authority=str(creator.pubkey())
            )
            return [(creator, activation)]
        if market.proposal_total_votes == 0:
            return [self._tally(address)]
        approval = instructions.approve_proposal(
            self.program, market=address, admin=str(admin.pubkey())
        )
        return [(admin, approval)]

    def _creation(self, address: str, creator: Keypair) -> Instruction:
        return instructions.create_market(
            self.program,
            creator=str(creator.pubkey()),
            market_id=self.ids[self.addresses.index(address)],
            b_parameter=B,
            initial_liquidity=least_liquidity(B),
            ipfs_question_hash=QUESTION,
        )

    def _votes(self, address: str) -> list[Step]:
        return [
            (
                wallet,
                instructions.submit_proposal_vote(
                    self.program, market=address, user=str(wallet.pubkey()), vote=n > 0
                ),
            )
            for n, wallet in enumerate(self.wallets)
        ]

    def _tally(self, address: str) -> Step:
        backend = self._roles.backend
        return backend, instructions.aggregate_proposal_votes(
            self.program,
            market=address,
            backend_authority=str(backend.pubkey()),
            likes=len(self.wallets) - 1,
            dislikes=1,
        )

    def _resolver(self, address: str) -> Keypair:
        return self.wallets[(self.addresses.index(address) + 1) % len(self.wallets)]

    def _resolving(self, address: str, _: MarketAccount | None) -> list[Step]:
        resolver = self._resolver(address)
        resolution = instructions.resolve_market(
            self.program,
            market=address,
            resolver=str(resolver.pubkey()),
            outcome=self.addresses.index(address) % 3 > 0,
            ipfs_evidence_hash=QUESTION,
        )
        return [(resolver, resolution)]

    def _settling(self, address: str, market: MarketAccount | None) -> list[Step]:
        if market is None or market.state < State.ACTIVE:  # a fork took its activation
            return self._activating(address, market)
        if market.state == State.ACTIVE:
            return self._resolving(address, market)
        if market.state == State.RESOLVING and self.addresses.index(address) % 2:
            resolver = self._resolver(address)
            dispute = instructions.initiate_dispute(
                self.program, market=address, initiator=str(resolver.pubkey())
            )
            return [(resolver, dispute), self._finalization(address, market)]
        return [self._finalization(address, market)]

    def _finalization(self, address: str, market: MarketAccount) -> Step:
        backend = self._roles.backend
        counts = (6, 2) if market.state == State.DISPUTED else (None, None)
        return backend, instructions.finalize_market(
            self.program,
            market=address,
            backend_authority=str(backend.pubkey()),
            dispute_agree=counts[0],
            dispute_disagree=counts[1],
        )

    def _claim(self, address: str, wallet: Keypair, market: MarketAccount) -> Instruction:
        return instructions.claim_winnings(
            self.program, market=address, user=str(wallet.pubkey()), resolver=market.resolver
        )
