"""The tree of ballots is RFC 6962's, and every ballot in it can be proved."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from votes import merkle


def rfc_6962_root(leaves: list[bytes]) -> bytes:
    """The recursive definition, as the RFC states it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return merkle.node_hash(rfc_6962_root(leaves[:split]), rfc_6962_root(leaves[split:]))


leaf_sets = st.sets(st.binary(min_size=32, max_size=32), max_size=40)


@given(leaf_sets)
def test_the_root_is_the_one_the_rfc_defines_over_sorted_leaves(leaves):
    assert merkle.Tree.over(leaves).root == rfc_6962_root(sorted(leaves))


@given(leaf_sets.filter(bool))
def test_every_leaf_has_a_proof_that_leads_to_the_root(leaves):
    tree = merkle.Tree.over(leaves)

    assert all(merkle.verify_proof(leaf, tree.proof(leaf), tree.root) for leaf in leaves)


@given(leaf_sets.filter(lambda leaves: len(leaves) > 1))
def test_a_proof_of_one_leaf_proves_no_other(leaves):
    tree = merkle.Tree.over(leaves)
    first, second, *_ = sorted(leaves)

    assert not merkle.verify_proof(second, tree.proof(first), tree.root)


@given(st.integers(1, 200), st.data())
def test_a_path_from_the_stored_hashes_is_the_trees_own(size, data):
    tree = merkle.Tree.over(hashlib.sha256(b"%d" % n).digest() for n in range(size))
    index = data.draw(st.integers(0, size - 1))
    hashes = tree.stored()

    path = tuple(
        (side, hashes[32 * place : 32 * place + 32]) for side, place in merkle.places(index, size)
    )

    assert path == tree.proof(tree.levels[0][index])
    assert hashes[-32:] == tree.root


def test_a_leaf_outside_the_tree_has_no_proof():
    with pytest.raises(ValueError, match="not in"):
        merkle.Tree.over([b"a" * 32]).proof(b"b" * 32)


def test_a_leaf_cannot_be_taken_for_a_node():
    """The prefixes differ, so two leaves' concatenation hashed as a leaf is not their parent."""
    left, right = b"l" * 32, b"r" * 32

    assert merkle.node_hash(left, right) != hashlib.sha256(b"\x00" + left + right).digest()


def test_weight_and_reason_are_bound_by_the_leaf():
    signature = bytes(64)
    plain = merkle.leaf_hash(b"text", signature, 1)

    assert plain != merkle.leaf_hash(b"text", signature, 2)
    assert plain != merkle.leaf_hash(b"text", signature, 1, "replaced")
