"""What compares answers with golden ones can tell them apart."""

import pytest
from golden import differences, shape

ANSWER = {
    "credentialIDs": ["0198c0de-0000-7000-8000-000000000001", "0198c0de-0000-7000-8000-000000000002"],
    "key": {"status": "enabled", "algo": ["1.2.840.10045.2.1"], "len": 256},
    "methods": ["auth/login", "info"],
    "validTo": "20301125120000Z",
}


def changed(**members):
    return {**ANSWER, **members}


def test_an_answer_fits_its_own_shape_and_so_does_one_with_other_ids():
    golden = shape(ANSWER)
    assert golden["credentialIDs"] == ["uuid"]
    assert differences(golden, ANSWER) == []
    assert differences(golden, changed(credentialIDs=["0198c0de-0000-7000-8000-00000000000f"])) == []


def test_an_optional_member_may_be_absent():
    golden = {**shape(ANSWER), "lang?": "text"}
    assert differences(golden, ANSWER) == []
    assert differences(golden, changed(lang="vi-VN")) == []
    assert differences(golden, changed(lang=1)) != []


@pytest.mark.parametrize(
    "other",
    [
        {name: value for name, value in ANSWER.items() if name != "validTo"},
        changed(more="x"),
        changed(validTo="2030-11-25T12:00:00Z"),
        changed(validTo=None),
        changed(credentialIDs=[]),
        changed(credentialIDs=["x"]),
        changed(credentialIDs="x"),
        changed(methods=["info"]),
        changed(methods=["auth/login", "info", "signDoc"]),
        changed(key={"status": "disabled", "algo": ["1.2.840.10045.2.1"], "len": 256}),
        changed(key={"status": "enabled", "algo": ["ecdsa"], "len": 256}),
        changed(key={"status": "enabled", "algo": ["1.2.840.10045.2.1"], "len": "256"}),
        changed(key=[]),
    ],
)
def test_what_differs_is_seen(other):
    assert differences(shape(ANSWER), other) != []
