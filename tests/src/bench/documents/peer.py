"""What pyHanko takes for what `kyso-bench documents` measures of ours: the same file, picture, place and certificate.

Arguments: FOLDER (paper.pdf, picture.png, place, corner, certificate.der, signature), LOOKS, WAY. In process and warm; the key's
operation is left out: the value is given. Prints microseconds, one run a line, and leaves its last file in FOLDER/peer-WAY.pdf.
"""

import io
import pathlib
import sys
import time

from asn1crypto import x509
from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.images import PdfImage, pil_image
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import PdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.stamp import StaticStampStyle, TextStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

WARM = 5
WORDS = "Sao y\nUy ban nhan dan tinh\n2026-11-23T15:00:00+07:00"
folder, looks, way = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
paper = (folder / "paper.pdf").read_bytes()
certificate = x509.Certificate.load((folder / "certificate.der").read_bytes())
value = (folder / "signature").read_bytes()
place = folder / ("corner" if way == "text" else "place")
left, bottom, width, height = (float(number) for number in place.read_text().split())
picture = Image.open(folder / "picture.png")
picture.load()
store = SimpleCertificateStore()
store.register(certificate)


class Compressed(PdfImage):
    """An image whose samples are compressed once for all files; pyHanko itself compresses them for each."""

    def __init__(self, image):
        super().__init__(image)
        once = pil_image(image, PdfFileWriter()).get_object()
        self.samples, self.mask = once, once["/SMask"]

    @property
    def image_ref(self):
        mask = self.writer.add_object(self.copied(self.mask))
        whole = self.copied(self.samples)
        whole["/SMask"] = mask
        return self.writer.add_object(whole)

    @staticmethod
    def copied(stream):
        members = {key: value for key, value in stream.items() if key not in ("/SMask", "/Length")}
        return generic.StreamObject(members, encoded_data=stream.encoded_data)


def shown(image):
    return StaticStampStyle(border_width=0, background=image, background_opacity=1.0)


READY = shown(Compressed(picture))
TEXT = TextStampStyle(border_width=0, stamp_text=WORDS)
STYLES = {"ready": lambda: READY, "pixels": lambda: shown(PdfImage(picture)), "text": lambda: TEXT}


def sign():
    signer = signers.ExternalSigner(certificate, store, signature_value=value)
    meta = signers.PdfSignatureMetadata(field_name="A", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES)
    box = tuple(round(edge) for edge in (left, bottom, left + width, bottom + height))
    spec = fields.SigFieldSpec("A", on_page=0, box=box)
    return signers.PdfSigner(meta, signer, stamp_style=STYLES[way](), new_field_spec=spec).sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(paper))
    )


for look in range(looks + WARM):
    before = time.perf_counter_ns()
    signed = sign()
    if look >= WARM:
        print((time.perf_counter_ns() - before) // 1000)
(folder / f"peer-{way}.pdf").write_bytes(signed.getbuffer())
