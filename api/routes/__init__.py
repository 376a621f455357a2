"""The routes, one router a subject; `ALL` is the table of contents."""

from fastapi import APIRouter

from api.routes import ballots, changes, leaderboard, markets, positions, status, trades, votes

ALL: tuple[APIRouter, ...] = (
    markets.router,
    trades.router,
    positions.router,
    votes.router,
    ballots.router,
    leaderboard.router,
    changes.router,
    status.router,
)
