"""Close codes and error codes of the wire protocol."""

from enum import IntEnum, StrEnum


class Close(IntEnum):
    """Why a server ends a connection."""

    INTERNAL = 1011
    DRAIN = 1012  # this process ends; come back after `retry_after_ms`
    SLOW = 4008  # the client took its messages too slowly
    OVER_LIMIT = 4029  # too many messages from the client
    EXPIRED = 4401  # its token has expired or its key was revoked


class Refused(StrEnum):
    """Why a request on a socket was not done; the connection stays."""

    BAD_REQUEST = "bad_request"
    UNKNOWN_MARKET = "unknown_market"
    TOO_MANY = "too_many_subscriptions"
    KEY_REQUIRED = "key_required"
    UNAUTHORIZED = "unauthorized"
    NOT_SUBSCRIBED = "not_subscribed"
    UNAVAILABLE = "unavailable"
