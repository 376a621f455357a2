"""The routes, one router a subject; `ALL` is the table of contents."""

from fastapi import APIRouter

from api.routes import (
    auth,
    ballots,
    changes,
    leaderboard,
    markets,
    ops,
    positions,
    status,
    trades,
    votes,
)

ALL: tuple[APIRouter, ...] = (
    markets.router,
    trades.router,
    positions.router,
    votes.router,
    ballots.router,
    leaderboard.router,
    auth.router,
    changes.router,
    status.router,
    ops.router,
)
