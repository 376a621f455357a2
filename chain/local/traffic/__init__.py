"""Market traffic on demand: markets opened, traded in and settled, whatever the node does.

For chaos runs, proofs and loads on a private line. The simulator shows a market's life at its
own pace; this makes as many markets and trades as it is told, and goes on through 429s, lost
sends, timeouts and forks, because the chain's accounts alone say what has happened.
"""

from chain.local.traffic.life import Markets
from chain.local.traffic.sender import Sender
from chain.local.traffic.trades import Trades

__all__ = ["Markets", "Sender", "Trades"]
