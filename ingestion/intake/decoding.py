"""One item as it came, to what can land."""

import structlog

from chain.decode import decode
from chain.program.interface import Program
from chain.transactions import Enhanced, ItemRefused, transaction_from_bytes
from ingestion import metrics
from ingestion.intake.delivery import Decode, named_signature
from ingestion.intake.fees import FeeBook
from ingestion.landing.convert import to_landable
from ingestion.landing.rows import Landable
from oddsline import logs

log = structlog.get_logger(__name__)


def decoder(program: Program, fees: FeeBook, *, source: str, commitment: str) -> Decode:
    """A function that reads the items of one source for one program.

    A mistake of ours is one item's loss of time: it is refused, so kept and tried again later,
    and neither its neighbours nor the ledger stop at it.
    """

    def read(item: bytes) -> Landable | Enhanced:
        try:
            return told(item)
        except ItemRefused:
            raise
        except Exception as mistake:
            with logs.trace(named_signature(item)):
                log.exception("decoder failed")
            raise ItemRefused(f"decoder failed: {type(mistake).__name__}: {mistake}") from mistake

    def told(item: bytes) -> Landable | Enhanced:
        transaction = transaction_from_bytes(item)
        if isinstance(transaction, Enhanced):
            return transaction
        if program.program_id not in transaction.keys:
            raise ItemRefused("does not name the program")
        decoded = decode(transaction, program, fees.at(transaction.slot))
        fees.learn_from(decoded.events)
        for anomaly in decoded.anomalies:
            metrics.ANOMALIES.labels(anomaly.reason).inc()
        return to_landable(item, decoded, source=source, commitment=commitment)

    return read
