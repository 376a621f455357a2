"""Trees of standing counts, stored with them: a path to the root is a few hashes of what is there."""

import asyncpg

from votes.merkle import places
from votes.store import sql
from votes.tally import Tally

COUNTED, REJECTED = "counted", "rejected"


async def keep(connection: asyncpg.Connection, market_id: str, kind: str, counted: Tally) -> None:
    """Store a count's trees if it is the one that stands now; those of others are dropped.

    Called where the count is recorded, in the same transaction.
    """
    standing = await connection.fetchrow(sql("latest_tally"), market_id, kind)
    assert standing is not None  # a count was recorded
    await connection.execute(sql("drop_other_trees"), market_id, kind, standing["id"])
    trees = {COUNTED: counted.counted_tree, REJECTED: counted.rejected_tree}
    roots = {COUNTED: standing["counted_root"], REJECTED: standing["rejected_root"]}
    if {name: tree.root.hex() for name, tree in trees.items()} != roots:
        return  # another count stands
    if await connection.fetchval(sql("has_trees"), standing["id"]):
        return
    for name, tree in trees.items():
        await connection.execute(
            sql("store_tree"), standing["id"], name, tree.leaves, tree.stored()
        )


async def path(
    connection: asyncpg.Connection, tally_id: int, tree: str, leaf: bytes
) -> tuple[tuple[str, bytes], ...] | None:
    """The audit path of `leaf` as the stored tree has it; None when no tree is stored.

    It proves nothing until it has been followed to the recorded root: the leaf may not be in the
    tree, or the tree may have been altered.
    """
    found = await connection.fetchrow(sql("leaf_place"), tally_id, tree, leaf)
    if found is None:
        return None
    siblings = list(places(found["place"], found["leaves"]))
    rows = await connection.fetch(
        sql("stored_hashes"), tally_id, tree, [place for _, place in siblings]
    )
    return tuple((side, row["hash"]) for (side, _), row in zip(siblings, rows, strict=True))
