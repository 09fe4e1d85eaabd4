"""The one error tree; each face renders it in its own shape.

SightlineError                      500
├── InvalidRequestError             400  invalid_request
│   └── QueryError                  400  invalid_query         points at the characters
├── AuthenticationError             401  authentication
├── PaymentRequiredError            402  payment_required
├── PermissionDeniedError           403  permission_denied
├── NotFoundError                   404  not_found
├── ConflictError                   409  conflict
├── PayloadTooLargeError            413  payload_too_large
├── UnsupportedMediaTypeError       415  unsupported_media_type
├── UnprocessableError              422  unprocessable
├── RateLimitedError                429  rate_limit_exceeded   retryable
│   └── QueueFullError              429  rate_limit_exceeded   retryable
├── NotBuiltError                   501  not_implemented
├── StoreUnavailableError           503  store_unavailable     retryable
├── StoreFullError                  507  store_full            retryable
├── ConfigurationError              500  configuration         start-up only
│   └── StoreAwayError              500  configuration         may pass: a start waits for it
└── InternalError                   500  server                message masked outside
"""

from typing import ClassVar


class SightlineError(Exception):
    """Base of every error raised on purpose.

    `message` is for people and safe to show; `hint` says what to do; `fields` names what is
    wrong in a request, one `path message` string each.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "server"
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        fields: list[str] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.fields = fields
        self.retry_after_s = retry_after_s


class InvalidRequestError(SightlineError):
    status = 400
    code = "invalid_request"


class QueryError(InvalidRequestError):
    """A query does not read; `at` and `end` are the characters that are wrong, at ≤ c < end."""

    code = "invalid_query"

    def __init__(self, message: str, *, at: int, end: int, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.at = at
        self.end = end


class AuthenticationError(SightlineError):
    status = 401
    code = "authentication"


class PaymentRequiredError(SightlineError):
    status = 402
    code = "payment_required"


class PermissionDeniedError(SightlineError):
    status = 403
    code = "permission_denied"


class NotFoundError(SightlineError):
    status = 404
    code = "not_found"


class ConflictError(SightlineError):
    status = 409
    code = "conflict"


class PayloadTooLargeError(SightlineError):
    status = 413
    code = "payload_too_large"


class UnsupportedMediaTypeError(SightlineError):
    status = 415
    code = "unsupported_media_type"


class UnprocessableError(SightlineError):
    status = 422
    code = "unprocessable"


class RateLimitedError(SightlineError):
    status = 429
    code = "rate_limit_exceeded"
    retryable = True


class QueueFullError(RateLimitedError):
    """Nobody asks too often: what came before is not stored yet."""


class NotBuiltError(SightlineError):
    status = 501
    code = "not_implemented"


class StoreUnavailableError(SightlineError):
    status = 503
    code = "store_unavailable"
    retryable = True


class StoreFullError(SightlineError):
    status = 507
    code = "store_full"
    retryable = True


class ConfigurationError(SightlineError):
    status = 500
    code = "configuration"


class StoreAwayError(ConfigurationError):
    """A store that is a server of its own is not there, or not yet."""


class InternalError(SightlineError):
    status = 500
    code = "server"
