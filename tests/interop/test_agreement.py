"""Our verifier and pyHanko's say the same of signed PDFs, good and altered, but where a table says why not."""

import base64
import io
import json
import os
import pathlib
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from papers import also_signed, judged, keys, outgoing, paper, stamped, with_certificates  # noqa: F401
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import SignatureCoverageLevel

COVERAGE = {
    SignatureCoverageLevel.ENTIRE_FILE: "whole_file",
    SignatureCoverageLevel.ENTIRE_REVISION: "earlier_revision",
    SignatureCoverageLevel.CONTIGUOUS_BLOCK_FROM_START: "unclear",
    SignatureCoverageLevel.UNCLEAR: "unclear",
}


def verified(keys, pdf, authority="ca.pem"):  # noqa: F811
    """`kyso verify` on this PDF, which believes the tests' own authority, or the one in this file."""
    program = pathlib.Path(os.environ["KYSO_BIN_DIR"]) / "kyso"
    keys.write("seen.pdf", pdf)
    keys.write("ca.pem", keys.authority.public_bytes(serialization.Encoding.PEM))
    command = [program, "verify", "seen.pdf", "--ca", authority, "--json"]
    return subprocess.run(command, cwd=keys.folder, capture_output=True, text=True, check=False,
                          env={"HOME": str(keys.folder)})


def ours(keys, pdf):  # noqa: F811
    """What `kyso verify` says of each signature: intact, trusted, over what, and whether what came later is explained."""
    return {
        one["field"]: answers(one["integrity"] == "intact", one["trusted"], one["coverage"],
                              one["later"] in ("nothing", "explained"))
        for one in json.loads(verified(keys, pdf).stdout)["signatures"] if not one["time_stamp"]
    }


def answered(server, pdf):
    """What the server says of each signature to everybody."""
    status, reply = server.call("/api/v1/verify", {"document": base64.b64encode(pdf).decode()})
    assert status == 200, reply
    return {one["field"]: (one["integrity"]["code"], one["coverage"]["code"], one["later"]["code"])
            for one in reply["signatures"] if not one["time_stamp"]}


def said_here(server, keys, pdf):  # noqa: F811
    """The same by `kyso verify`, which is held against pyHanko above; it believes whom the server does."""
    done = verified(keys, pdf, server.description["evaluation_ca_file"])
    return {one["field"]: (one["integrity"], one["coverage"], one["later"])
            for one in json.loads(done.stdout)["signatures"] if not one["time_stamp"]}


def theirs(keys, pdf):  # noqa: F811
    """The same by pyHanko."""
    return {
        name: answers(one.intact and one.valid, one.trusted, COVERAGE[one.coverage],
                      one.modification_level is not None and one.modification_level < ModificationLevel.OTHER)
        for name, one in judged(keys, pdf).items()
    }


def answers(intact, trusted, coverage, explained):
    """Of a signature that is not intact, the two need not agree who made it and what came later."""
    return {"intact": intact, "trusted": intact and trusted, "coverage": coverage, "explained": intact and explained}


def updated(pdf, change):
    """The PDF with an incremental update, by pyHanko's writer."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def first_page(writer):
    return writer.root["/Pages"]["/Kids"][0].get_object()


def overlay(writer):
    """Words over the page."""
    stream = writer.add_object(generic.StreamObject(stream_data=b"BT /F1 12 Tf 72 720 Td (Khac) Tj ET"))
    writer.add_stream_to_page(0, stream)


def replaced(writer):
    """Another content in the place of the page's."""
    page = first_page(writer)
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
    writer.update_container(page)


def hidden(writer):
    """What was there all along is shown instead: the second page's content on the first one (a shadow attack)."""
    page, second = first_page(writer), writer.root["/Pages"]["/Kids"][1].get_object()
    page["/Contents"] = second.raw_get("/Contents")
    writer.update_container(page)


def swapped(writer):
    """The pages change places."""
    pages = writer.root["/Pages"]
    pages["/Kids"] = generic.ArrayObject([pages["/Kids"].raw_get(1), pages["/Kids"].raw_get(0)])
    writer.update_container(pages)


def note(writer):
    """Words in an annotation."""
    page = first_page(writer)
    text = generic.DictionaryObject({
        generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
        generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
        generic.pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (72, 700, 300, 760))),
        generic.pdf_name("/Contents"): generic.pdf_string("Khác"),
    })
    page["/Annots"].append(writer.add_object(text))
    writer.update_container(page["/Annots"])


def script(writer):
    """An action that runs when the document is opened."""
    action = generic.DictionaryObject({
        generic.pdf_name("/S"): generic.pdf_name("/JavaScript"),
        generic.pdf_name("/JS"): generic.pdf_string("app.alert('x')"),
    })
    writer.root["/OpenAction"] = writer.add_object(action)
    writer.update_root()


def waiting(writer):
    """An empty field for one more signature."""
    fields.append_signature_field(writer, fields.SigFieldSpec("Chờ"))


def other_number(writer):
    """Another value in the number's field, which the seal locks."""
    for field in writer.root["/AcroForm"]["/Fields"]:
        field = field.get_object()
        if field["/T"] == "KysoNumber":
            field["/V"] = generic.pdf_string("06/QĐ-UBND")
            writer.update_container(field)


def contents(pdf, place):
    """Where the digits of a signature stand."""
    ranges = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[place].byte_range
    return ranges[1] + 1, ranges[2] - 1


def with_digits(pdf, place, digits):
    start, end = contents(pdf, place)
    return pdf[:start] + digits.ljust(end - start, b"0") + pdf[end:]


def digits(pdf, place):
    """The digits of a signature, whose value is at their end."""
    cms = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[place].signed_data
    start, _ = contents(pdf, place)
    head = pdf[start:start + 8]
    assert head[:4] == b"3082" and cms is not None
    return pdf[start:start + 2 * (4 + int(head[4:], 16))]


ALTERED = {
    "a byte of the page": lambda pdf: pdf.replace(b"/MediaBox", b"/MediaBix", 1),
    "a byte of the signature": lambda pdf: with_digits(pdf, 0, digits(pdf, 0)[:-2] + b"07"),
    "the seal in the leader's room": lambda pdf: with_digits(pdf, 0, digits(pdf, 1)),
    **{change.__name__: (lambda change: lambda pdf: updated(pdf, change))(change)
       for change in (overlay, replaced, hidden, swapped, note, script, waiting, other_number)},
}

# Where the two differ about what came later, and why ours stays so: case and field.
DIFFERENCES = {
    ("waiting", "Lãnh đạo"): "a field that nobody has signed is no later signature",
    ("waiting", "Con dấu"): "the same",
    ("other_number", "Lãnh đạo"): "the field shows another number than it says",
}


@pytest.fixture(scope="module")
def steps(keys):  # noqa: F811
    return outgoing(keys, paper())


@pytest.mark.parametrize("step", range(5))
def test_good_files_are_judged_alike(keys, steps, step):  # noqa: F811
    expected = theirs(keys, steps[step])
    assert ours(keys, steps[step]) == expected
    assert all(one["intact"] and one["trusted"] and one["explained"] for one in expected.values())


@pytest.mark.parametrize("add", [
    lambda keys, pdf: also_signed(keys, pdf, "Ẩn"),  # noqa: F811
    lambda keys, pdf: also_signed(keys, pdf, "Hiện", (200, 200, 300, 260)),  # noqa: F811
    with_certificates,
    stamped,
], ids=["unseen", "seen", "certificates", "time stamp"])
def test_what_others_add_is_judged_alike(keys, steps, add):  # noqa: F811
    pdf = add(keys, steps[2])
    assert ours(keys, pdf) == theirs(keys, pdf)


@pytest.mark.parametrize("case", ALTERED)
def test_altered_files_are_judged_alike(keys, steps, case):  # noqa: F811
    pdf = ALTERED[case](steps[2])
    assert pdf != steps[2]
    found, expected = ours(keys, pdf), theirs(keys, pdf)
    assert found.keys() == expected.keys()
    for field, theirs_ in expected.items():
        if (case, field) in DIFFERENCES:
            assert theirs_.pop("explained") and not found[field].pop("explained"), "ours is the stricter one"
        assert found[field] == theirs_, field
    assert not all(one["intact"] and one.get("explained") for one in found.values()), "something is seen"


@pytest.mark.parametrize("case", [*ALTERED, "nothing"])
def test_the_server_says_the_same(server, keys, steps, case):  # noqa: F811
    pdf = ALTERED.get(case, lambda pdf: pdf)(steps[2])
    assert answered(server, pdf) == said_here(server, keys, pdf)


def test_what_stands_after_the_end_is_refused_and_by_others_not_signed(keys, steps):  # noqa: F811
    pdf = steps[2] + b"\n% more\n"
    done = verified(keys, pdf)
    assert (done.returncode, done.stdout) == (1, "") and json.loads(done.stderr)["error"] == "after_end"
    assert all(one["coverage"] != "whole_file" for one in theirs(keys, pdf).values())
