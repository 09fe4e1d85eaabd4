"""Runs named cases and prints what each gave: `{"name": {"ok": …} | {"error": …}}`."""

import json
import traceback


class Cases:
    def __init__(self):
        self.said = {}

    def __call__(self, function):
        """Run a case at once; an exception is its result."""
        name = function.__name__
        try:
            self.said[name] = {"ok": plain(function())}
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what the case gave
            self.said[name] = {
                "error": type(error).__name__,
                "kinds": [kind.__name__ for kind in type(error).__mro__],
                "status": getattr(error, "status_code", None),
                "text": str(error),
                "body": plain(getattr(error, "body", None)),
                "where": traceback.format_exc(limit=-3),
            }
        return function

    def tell(self):
        print(json.dumps(self.said, default=str))


def plain(value):
    """Return a client's objects as JSON has them."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value
