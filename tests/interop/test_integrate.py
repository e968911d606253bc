"""docs/integrate.md names only what there is, and docs/integrate.py believes only what was signed."""

import importlib.util
import json
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/integrate.md").read_text(encoding="utf-8")
SCHEMAS = json.loads((ROOT / "clients/openapi.json").read_text(encoding="utf-8"))["components"]["schemas"]
# The example of Standard Webhooks.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY, AT = b'{"test": 2432232314}', 1614265330
RIGHT = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": str(AT),
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def sample():
    spec = importlib.util.spec_from_file_location("integrate", ROOT / "docs/integrate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def column(begin, number):
    """The words in a column of the table whose head begins so."""
    rows = PAGE[PAGE.index(begin):].split("\n\n")[0].splitlines()[2:]
    return [word for row in rows for word in re.findall(r"`([a-z_]+)`", row.split("|")[number])]


def test_every_refusal_that_the_page_names_is_one():
    named = column("| `code` of", 1)
    assert len(named) > 10 and set(named) <= set(SCHEMAS["ProblemCode"]["enum"])
    source = (ROOT / "server/api/src/csc_error.rs").read_text(encoding="utf-8")
    named = column("| `code` of", 2)
    assert len(named) > 10 and set(named) <= set(re.findall(r'= "([a-z_]+)"', source))


def test_every_end_of_a_request_is_on_the_page():
    ends = set(SCHEMAS["ApprovalState"]["enum"]) - {"waiting", "opened", "approved"}
    assert set(column("| `state` |", 1)) >= ends


@pytest.mark.parametrize(
    ("change", "body", "later", "believed"),
    [
        ({}, BODY, 0, True),
        ({}, BODY, 300, True),
        ({}, BODY, 301, False),
        ({}, BODY, -301, False),
        ({}, BODY + b" ", 0, False),
        ({"webhook-id": "msg_x"}, BODY, 0, False),
        ({"webhook-timestamp": str(AT + 1)}, BODY, 0, False),
        ({"webhook-timestamp": ""}, BODY, 0, False),
        ({"webhook-signature": ""}, BODY, 0, False),
        ({"webhook-signature": "v1,"}, BODY, 0, False),
        ({"webhook-signature": "v2" + RIGHT["webhook-signature"][2:]}, BODY, 0, False),
        ({"webhook-signature": "v1a,AAAA v1,é " + RIGHT["webhook-signature"]}, BODY, 0, True),
    ],
)
def test_what_is_not_signed_or_old_is_not_believed(change, body, later, believed):
    assert sample().believable(SECRET, {**RIGHT, **change}, body, AT + later) is believed
