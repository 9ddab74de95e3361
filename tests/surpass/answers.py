"""A session, and answers to what is asked of it."""

from __future__ import annotations

import datetime as dt

from tests.serving import reply, single

CODE = "H76RBD8P"
DONE = dt.datetime(2025, 6, 2, 9, 30, 5, 999999, tzinfo=dt.UTC)  # it takes whole seconds
SESSION = single(id=7, keycode=CODE, testState="PaperResponseUpload")
TAKEN = reply({"id": 7, "reference": CODE, "errors": None})
NO = {"errors": [{"ErrorCode": 1234, "Message": "Not now."}]}
PAGE = "<html><title>An error page of something in between</title></html>"
