"""Signatures as they are seen: drawn by our library, rendered and read by Poppler's programs."""

import io
import os
import pathlib
import shutil
import subprocess

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps, ImageStat
from papers import SCHEMES, ades, judged, keys, programs_agree, through_qpdf  # noqa: F401 (keys is a fixture)
from reportlab.pdfgen import canvas

DPI = 300
MILLIMETRE = DPI / 25.4
AGENCY = "Ủy ban nhân dân tỉnh Hà Tĩnh"
VECTORS = pathlib.Path(__file__).parents[1] / "vectors"
REFERENCES = VECTORS / "appearance"
# How high digits are in Liberation Serif, as in Times: of the size of the letters.
DIGITS = 0.676
# Pixels to the inch of the reference pictures: four to the millimetre, so that one millimetre is well seen.
COARSE = 100


def picture(path, size, colour):
    """A disc of this colour that fills the picture, with an empty edge of ten pixels."""
    image = Image.new("RGBA", (size[0] + 20, size[1] + 20), (255, 255, 255, 0))
    ImageDraw.Draw(image).ellipse([10, 10, size[0] + 9, size[1] + 9], fill=colour)
    image.save(path)


@pytest.fixture
def drawn(keys):  # noqa: F811
    """Signs a page of text, with pictures at hand."""
    for program in ("pdftoppm", "pdftotext", "pdffonts"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    picture(keys.folder / "person.png", (800, 320), (25, 45, 150, 255))
    picture(keys.folder / "seal.png", (850, 850), (214, 20, 30, 255))
    return lambda source, field, what, scheme="ecdsa": keys.sign(source, scheme, field, what)


def paper():
    page = io.BytesIO()
    drawing = canvas.Canvas(page, pagesize=(595.3, 841.9))
    for _ in range(2):
        drawing.drawString(72, 420, "Nội dung")
        drawing.showPage()
    drawing.save()
    return page.getvalue()


def rendered(folder, pdf, page=1):
    """The page in pixels, DPI to the inch, as it is shown."""
    (folder / "seen.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-r", str(DPI), "-f", str(page), "-l", str(page), "-singlefile", "-png", "seen.pdf", "seen"]
    subprocess.run(command, cwd=folder, check=True)
    return Image.open(folder / "seen.png").convert("RGB")


def box(image, chief):
    """Left, top, right, bottom of all pixels in which this channel is much stronger than the others."""
    bands = list(image.split())
    strong = ImageChops.subtract(bands.pop(chief), ImageChops.lighter(*bands))
    return strong.point(lambda value: 255 * (value > 40)).getbbox()


def lowest_line(image, part):
    """How many rows of pixels the last line of a block of text has."""
    ink = image.convert("L").point(lambda value: 255 * (value < 128)).crop(part)
    rows = [ink.crop((0, row, ink.width, row + 1)).getbbox() is not None for row in range(ink.height)]
    return rows[::-1].index(False) if False in rows else len(rows)


def run(program, folder, *options):
    return subprocess.run([program, *options], cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_seal_of_real_size_covers_a_third_of_the_signature(drawn, keys, tmp_path, turn):  # noqa: F811
    source = through_qpdf(tmp_path, paper(), f"--rotate=+{turn}:1") if turn else paper()
    person = drawn(source, "Person", "person,person.png,50,1,400,300,200")
    sealed = drawn(person, "Seal", "seal,seal.png,36,Person")
    programs_agree(keys, tmp_path, sealed, 2)
    before, after = rendered(tmp_path, person), rendered(tmp_path, sealed)
    assert box(before, 0) is None, "nothing is red before"
    left, top, right, bottom = box(before, 2)
    assert abs((right - left) / MILLIMETRE - 50) < 0.5
    assert abs((left + right) / 2 / DPI * 72 - 400) < 0.5
    middle = (top + bottom) / 2
    assert abs((after.height - middle) / DPI * 72 - 250) < 0.5
    seal = box(after, 0)
    assert abs((seal[2] - seal[0]) / MILLIMETRE - 36) < 0.5
    assert abs((seal[3] - seal[1]) / MILLIMETRE - 36) < 0.5
    assert 0.30 <= (seal[2] - left) / (right - left) <= 0.36
    assert abs((seal[1] + seal[3]) / 2 - middle) < 0.5 * MILLIMETRE
    red, _, blue = after.getpixel((int(left + (right - left) / 4), int(middle)))
    assert red > 180 > blue, "the seal lies above"


@pytest.mark.parametrize("what, lines", [
    (f"copy,{AGENCY}", ["Sao y", AGENCY, "2026-11-23T15:00:00+07:00"]),
    ("appendix,15,QĐ-UBND", ["15/QĐ-UBND", "2026-11-23T15:00:00+07:00"]),
])
def test_copies_and_appendices_are_marked_in_text(drawn, keys, tmp_path, what, lines):  # noqa: F811
    signed = drawn(paper(), "Agency", what)
    programs_agree(keys, tmp_path, signed, 1)
    image = rendered(tmp_path, signed)
    assert box(image, 0) is None and box(image, 2) is None, "no picture, all black"
    left, top, right, bottom = image.convert("L").point(lambda value: 255 * (value < 128)).crop(
        (0, 0, image.width, image.height // 3)).getbbox()
    assert abs((image.width - right) / MILLIMETRE - 15) < 0.5
    assert 5 <= top / MILLIMETRE and bottom / MILLIMETRE < 20, "in the upper margin"
    assert left > image.width / 2
    assert abs(lowest_line(image, (left, top, right, bottom)) / DPI * 72 / DIGITS - 10) < 0.4, "10 points"
    for page, expected in ((1, lines), (2, [])):
        text = run("pdftotext", tmp_path, "-f", str(page), "-l", str(page), "seen.pdf", "-")
        found = [line.strip() for line in text.splitlines() if line.strip()]
        assert [line for line in found if line != "Nội dung" and not line.startswith("N")] == expected
    fonts = run("pdffonts", tmp_path, "seen.pdf")
    row = next(line for line in fonts.splitlines() if "+LiberationSerif" in line).split()
    assert row[1:8] == ["CID", "TrueType", "Identity-H", "yes", "yes", "yes", row[7]], row


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("what", [f"copy,{AGENCY}", "appendix,15,QĐ-UBND"])
def test_appendices_and_copies_in_files_of_their_own_are_accepted_in_each_scheme(drawn, keys, tmp_path, what, scheme):  # noqa: F811
    signed = drawn(paper(), "Agency", what, scheme)
    (status,) = judged(keys, signed).values()
    assert status.bottom_line, status.summary()
    assert ades(keys, signed) == ["OK"]
    programs_agree(keys, tmp_path, signed, 1)


# The looks that the rules know, each with the part of the page that it is in: left, top, right and bottom in points from
# the upper left corner.
LOOKS = {
    "person": ([("Person", "person,hand.png,50,1,400,300,200")], (300, 520, 500, 660)),
    "seal": ([("Person", "person,hand.png,50,1,400,300,200"), ("Seal", "seal,seal.png,36,Person")], (270, 520, 500, 660)),
    "appendix": ([("Agency", "appendix,15,QĐ-UBND")], (297, 0, 595, 80)),
    "copy": ([("Agency", f"copy,{AGENCY}")], (297, 0, 595, 80)),
}


def look(drawn, keys, tmp_path, name):  # noqa: F811
    """The part of a signed page in which a look is, and nothing else."""
    steps, part = LOOKS[name]
    pdf = paper()
    for field, what in steps:
        pdf = drawn(pdf, field, what)
    programs_agree(keys, tmp_path, pdf, len(steps))
    image = rendered(tmp_path, pdf).crop(tuple(int(points / 72 * DPI) for points in part))
    return image.resize((image.width * COARSE // DPI, image.height * COARSE // DPI), Image.Resampling.BOX)


def apart(one, other):
    """How much of the ink of two pictures does not lie upon that of the other: 0 for the same, 1 for none."""
    inks = [ImageOps.invert(image.convert("L")).filter(ImageFilter.GaussianBlur(1)) for image in (one, other)]
    return ImageStat.Stat(ImageChops.difference(*inks)).sum[0] / sum(ImageStat.Stat(ink).sum[0] for ink in inks)


def colour(image):
    """The mean colour of what is not paper."""
    ink = image.convert("L").point(lambda value: 255 * (value < 200))
    return ImageStat.Stat(image, ink).mean


@pytest.mark.parametrize("name", LOOKS)
def test_each_look_is_as_its_reference_picture(drawn, keys, tmp_path, name):  # noqa: F811
    for picture_ in ("hand.png", "seal.png"):
        shutil.copy(VECTORS / "outgoing" / picture_, keys.folder)
    found, reference = look(drawn, keys, tmp_path, name), REFERENCES / f"{name}.png"
    if os.environ.get("KYSO_REFERENCES") == "write":  # and look at them
        found.quantize(64).save(reference, optimize=True)
    expected = Image.open(reference).convert("RGB")
    assert found.size == expected.size
    # Another version of Poppler may smooth otherwise: half a pixel is 0.1, and letters a sixth lighter 0.18.
    assert apart(found, expected) < 0.25
    assert all(abs(one - other) < 12 for one, other in zip(colour(found), colour(expected)))
    # A look that is one millimetre from its place would be seen, and so would another ink.
    for moved in (ImageChops.offset(found, 4, 0), ImageChops.offset(found, 0, 4)):
        assert apart(moved, expected) > 0.33
    bands = found.split()
    other = Image.merge("RGB", (bands[2], bands[1], bands[0])) if name in ("person", "seal") else found.point(
        lambda value: value // 2 + 127)
    assert any(abs(one - another) >= 12 for one, another in zip(colour(other), colour(expected)))
