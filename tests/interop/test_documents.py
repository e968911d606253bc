"""PDFs that our library signs, as other programs judge them (`papers`)."""

import asyncio
import io
import os
import pathlib
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from papers import (  # noqa: F401 (keys is a fixture)
    ades,
    also_signed,
    judged,
    keys,
    openssl_refuses,
    outgoing,
    paper,
    PLACE,
    programs_agree,
    RESERVED,
    SCHEMES,
    stamped,
    through_qpdf,
    with_certificates,
)
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import SignatureCoverageLevel
from pyhanko.sign.validation.ades import ades_with_time_validation
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

VARIANTS = {
    "classic": (False, []),
    "form": (True, []),
    "streams": (False, ["--object-streams=generate"]),
    "form in streams": (True, ["--object-streams=generate"]),
    "linearised": (True, ["--linearize"]),
    "turned": (True, ["--rotate=90:1"]),
    "turned in streams": (False, ["--rotate=270:1", "--object-streams=generate"]),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_three_signatures_of_three_schemes_are_valid_to_the_end(keys, tmp_path, variant):
    form, options = VARIANTS[variant]
    source = paper(form)
    source = through_qpdf(tmp_path, source, *options) if options else source
    one = keys.sign(source, "pkcs1", "Lãnh đạo", PLACE)
    two = keys.sign(one, "ecdsa", "Con dấu", "2,50,50,80,80")
    three = keys.sign(two, "pss", "Phụ lục")
    for pdf, count in ((one, 1), (two, 2), (three, 3)):
        found = judged(keys, pdf)
        assert len(found) == count
        assert all(status.bottom_line for status in found.values()), [s.summary() for s in found.values()]
        assert list(found.values())[-1].coverage == SignatureCoverageLevel.ENTIRE_FILE
        assert ades(keys, pdf) == ["OK"] * count
        programs_agree(keys, tmp_path, pdf, count)
    assert found["Lãnh đạo"].modification_level == ModificationLevel.FORM_FILLING


@pytest.mark.parametrize("variant", VARIANTS)
# Conformance check 3 of the officer's list.
def test_number_and_date_between_person_and_seal_leave_all_valid(keys, tmp_path, variant):
    form, options = VARIANTS[variant]
    source = paper(form)
    source = through_qpdf(tmp_path, source, *options) if options else source
    for pdf, count in zip(outgoing(keys, source), (1, 1, 2, 3, 4)):
        found = judged(keys, pdf)
        assert len(found) == count
        assert all(status.bottom_line for status in found.values()), [s.summary() for s in found.values()]
        assert ades(keys, pdf) == ["OK"] * count
    assert found["Con dấu"].modification_level == ModificationLevel.FORM_FILLING
    programs_agree(keys, tmp_path, pdf, count)
    values = PdfFileReader(io.BytesIO(pdf)).root["/AcroForm"]["/Fields"]
    said = {field.get_object()["/T"]: field.get_object().get("/V") for field in values}
    assert said["KysoNumber"] == "05/QĐ-UBND"
    assert said["KysoDate"] == "ngày 23 tháng 11 năm 2026"


@pytest.mark.parametrize("scheme", SCHEMES)
# Conformance check 12, its first part, of the officer's list.
def test_a_whole_outgoing_document_in_one_scheme_is_accepted(keys, tmp_path, scheme):
    person = keys.sign(paper(), scheme, "Lãnh đạo", PLACE, RESERVED)
    numbered = keys.number(person, "5", "QĐ-UBND")
    sealed = keys.sign(numbered, scheme, "Con dấu", "1,80,90,80,80", "lock=KysoNumber,KysoDate")
    whole = keys.sign(sealed, scheme, "Phụ lục", "1,300,400,100,20")
    found = judged(keys, whole)
    assert list(found) == ["Lãnh đạo", "Con dấu", "Phụ lục"]
    assert all(status.bottom_line for status in found.values()), [s.summary() for s in found.values()]
    assert ades(keys, whole) == ["OK"] * 3
    programs_agree(keys, tmp_path, whole, 3)


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_others_add_is_explained(keys, tmp_path, variant):
    form, options = VARIANTS[variant]
    source = paper(form)
    source = through_qpdf(tmp_path, source, *options) if options else source
    pdf = outgoing(keys, source)[2]
    expected = "filled filled signed"
    for step, words in (
        (lambda pdf: also_signed(keys, pdf, "Ẩn"), "signed"),
        (lambda pdf: also_signed(keys, pdf, "Hiện", (200, 200, 300, 260)), "signed"),
        (lambda pdf: with_certificates(keys, pdf), "validation_data"),
        (lambda pdf: stamped(keys, pdf), "stamped"),
        (lambda pdf: keys.sign(pdf, "pss", "Sau cùng", "1,300,400,100,20"), "signed"),
    ):
        pdf = step(pdf)
        expected += " " + words
        # pyHanko says besides when it changed the file.
        said = keys.later(pdf)["Lãnh đạo"].split()
        assert [word for word in said if word != "information"] == expected.split()
    assert keys.later(pdf)["Sau cùng"] == "nothing"


def test_what_others_change_is_not_explained(keys):
    signed = outgoing(keys, paper())[2]

    def changed(change):
        writer = IncrementalPdfFileWriter(io.BytesIO(signed))
        change(writer)
        out = io.BytesIO()
        writer.write(out)
        return keys.later(out.getvalue())["Con dấu"].split()[0]

    def overlay(writer):
        stream = writer.add_object(generic.StreamObject(stream_data=b"BT /F1 12 Tf 72 720 Td (Khac) Tj ET"))
        writer.add_stream_to_page(0, stream)

    def note(writer):
        page = writer.root["/Pages"]["/Kids"][0].get_object()
        text = generic.DictionaryObject({
            generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
            generic.pdf_name("/Contents"): generic.pdf_string("Khác"),
        })
        page["/Annots"].append(writer.add_object(text))
        writer.update_container(page["/Annots"])

    assert changed(overlay) == "page"
    assert changed(note) == "annotation"
    assert changed(lambda writer: fields.append_signature_field(writer, fields.SigFieldSpec("Chờ"))) == "later_signature"


def test_number_and_date_are_seen_and_can_be_copied(keys, tmp_path):
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not installed")
    path = tmp_path / "numbered.pdf"
    steps = outgoing(keys, paper())
    for pdf, there in ((steps[0], False), (steps[-1], True)):
        path.write_bytes(pdf)
        said = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
        for words in ("05/QĐ-UBND", "ngày 23 tháng 11 năm 2026"):
            assert (words in said.stdout) == there, said.stdout


def letter():
    """A page with the block of a signature on the right, in a font with Vietnamese letters."""
    font = pathlib.Path(__file__).parents[2] / "clients" / "documents" / "fonts" / "LiberationSerif-Regular.ttf"
    pdfmetrics.registerFont(TTFont("Serif", font))
    page = io.BytesIO()
    drawing = canvas.Canvas(page)
    drawing.setFont("Serif", 13)
    for up, words in ((300, "TM. ỦY BAN NHÂN DÂN"), (284, "KT. CHỦ TỊCH"), (268, "PHÓ CHỦ TỊCH"), (190, "Trần Thị Mít")):
        drawing.drawCentredString(420, up, words)
    for up, words in ((284, "Nơi nhận:"), (268, "- Như trên;"), (190, "- Lưu: VT.")):
        drawing.drawString(85, up, words)
    drawing.save()
    return page.getvalue()


@pytest.mark.parametrize("options", [[], ["--object-streams=generate"], ["--linearize"]])
def test_the_place_of_a_signature_is_found_by_the_words_around_it(keys, tmp_path, options):
    pdf = through_qpdf(tmp_path, letter(), *options) if options else letter()
    keys.write("in.pdf", pdf)
    program = pathlib.Path(os.environ["KYSO_BIN_DIR"]) / "examples" / "sign_pdf"

    def gap(name):
        command = [program, "gap", "in.pdf", name]
        return subprocess.run(command, cwd=keys.folder, capture_output=True, text=True, check=False)

    page, centre, top, bottom = (float(number) for number in gap("Trần Thị Mít").stdout.split(","))
    assert page == 1 and abs(centre - 420) < 2
    assert 262 < top < 268 and 190 < bottom < 205
    assert "anchor_absent" in gap("Trần Thị").stderr


def test_a_stamped_signature_has_a_time_that_others_vouch_for(keys, tmp_path):
    pdf = keys.sign(paper(), "ecdsa", "Lãnh đạo", PLACE, "stamp")
    status = judged(keys, pdf)["Lãnh đạo"]
    assert status.bottom_line and status.timestamp_validity.valid and status.timestamp_validity.trusted
    assert ades(keys, pdf, ades_with_time_validation) == ["OK"]
    programs_agree(keys, tmp_path, pdf, 1)


def test_what_validates_can_fail(keys, tmp_path):
    pdf = keys.sign(paper(), "pkcs1", "Lãnh đạo", PLACE)
    changed = pdf.replace(b"/MediaBox", b"/MediaBoy", 1)
    assert "content verify error" in openssl_refuses(keys, tmp_path, changed)[0]
    assert not judged(keys, changed)["Lãnh đạo"].bottom_line
    assert ades(keys, changed) != ["OK"]


def test_a_field_that_waits_is_signed(keys, tmp_path):
    writer = IncrementalPdfFileWriter(io.BytesIO(paper(form=True)))
    lock = fields.FieldMDPSpec(fields.FieldMDPAction.INCLUDE, ["so"])
    spec = fields.SigFieldSpec("Chờ ký", box=(100, 100, 300, 160), field_mdp_spec=lock)
    fields.append_signature_field(writer, spec)
    out = io.BytesIO()
    writer.write(out)
    pdf = keys.sign(out.getvalue(), "ecdsa", "=Chờ ký")
    assert PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0].fieldmdp.is_locked("so")
    assert judged(keys, pdf)["Chờ ký"].bottom_line
    programs_agree(keys, tmp_path, pdf, 1)


def signed_by_pyhanko(keys, certify=None, waiting=True):
    """A PDF that pyHanko signed or certified, with a field that waits if wanted."""
    writer = IncrementalPdfFileWriter(io.BytesIO(paper()))
    if waiting:
        fields.append_signature_field(writer, fields.SigFieldSpec("Chờ ký", box=(100, 100, 300, 160)))
    signer = signers.SimpleSigner.load(
        str(keys.folder / "rsa.key"), str(keys.folder / "rsa.pem"), ca_chain_files=(str(keys.folder / "ca.der"),))
    metadata = signers.PdfSignatureMetadata(
        field_name="pyHanko", subfilter=fields.SigSeedSubFilter.PADES, md_algorithm="sha256",
        certify=bool(certify), docmdp_permissions=certify or fields.MDPPerm.FILL_FORMS)
    return asyncio.run(signers.async_sign_pdf(writer, metadata, signer=signer)).getvalue()


def test_signatures_of_others_stay_valid(keys):
    pdf = keys.sign(signed_by_pyhanko(keys), "ecdsa", "Con dấu", PLACE)
    assert all(status.bottom_line for status in judged(keys, pdf).values())


def test_a_certified_file_takes_what_it_allows(keys):
    certified = signed_by_pyhanko(keys, fields.MDPPerm.FILL_FORMS)
    pdf = keys.sign(certified, "ecdsa", "=Chờ ký")
    assert all(status.bottom_line for status in judged(keys, pdf).values())
    pdf = keys.sign(certified, "ecdsa", "Không hiện")
    assert all(status.bottom_line for status in judged(keys, pdf).values())
    assert "certified_visible" in keys.run(certified, "ecdsa", "Con dấu", PLACE)[2]
    closed = signed_by_pyhanko(keys, fields.MDPPerm.NO_CHANGES)
    assert '"certified"' in keys.run(closed, "ecdsa", "=Chờ ký")[2]


def test_an_encrypted_file_is_refused(keys, tmp_path):
    encrypted = through_qpdf(tmp_path, paper(), "--encrypt", "", "x", "256", "--")
    assert '"encrypted"' in keys.run(encrypted, "ecdsa", "Con dấu")[2]
