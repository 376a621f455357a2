"""What can be wrong with bytes, values or an interface: each has a name, none is silent."""


class CodecError(ValueError):
    """Bytes or values that the interface does not allow; the class is the outcome's name."""


class ShortData(CodecError):
    """The bytes end before the value does."""


class TrailingBytes(CodecError):
    """The value ends before the bytes do."""


class UnknownDiscriminator(CodecError):
    """No event, instruction or account of the interface begins like this."""


class InvalidValue(CodecError):
    """A bool of 2, a NaN, text that is not UTF-8, a number that does not fit, a missing field."""


class InvalidIdl(CodecError):
    """The interface file itself cannot be compiled."""
