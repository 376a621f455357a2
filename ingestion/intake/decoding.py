"""One item as it came, to what can land."""

from chain.decode import decode
from chain.program.interface import Program
from chain.transactions import Enhanced, ItemRefused, transaction_from_bytes
from ingestion.intake.delivery import Decode
from ingestion.intake.fees import FeeBook
from ingestion.landing.convert import to_landable
from ingestion.landing.rows import Landable


def decoder(program: Program, fees: FeeBook, *, source: str, commitment: str) -> Decode:
    """A function that reads the items of one source for one program."""

    def read(item: bytes) -> Landable | Enhanced:
        transaction = transaction_from_bytes(item)
        if isinstance(transaction, Enhanced):
            return transaction
        if program.program_id not in transaction.keys:
            raise ItemRefused("does not name the program")
        decoded = decode(transaction, program, fees.at(transaction.slot))
        fees.learn_from(decoded.events)
        return to_landable(item, decoded, source=source, commitment=commitment)

    return read
