"""What pyHanko takes for what `kyso-bench documents` measures of ours: the same file, picture, place and certificate.

Arguments: FOLDER (paper.pdf, picture.png, certificate.der, signature), LOOKS. In process and warm; the key's operation is
left out: the value is given. Prints microseconds, one run a line, and leaves its last file in FOLDER/peer.pdf.
"""

import io
import pathlib
import sys
import time

from asn1crypto import x509
from PIL import Image
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

WARM = 5
folder, looks = pathlib.Path(sys.argv[1]), int(sys.argv[2])
paper = (folder / "paper.pdf").read_bytes()
certificate = x509.Certificate.load((folder / "certificate.der").read_bytes())
value = (folder / "signature").read_bytes()
left, bottom, width, height = (float(number) for number in (folder / "place").read_text().split())
picture = Image.open(folder / "picture.png")
picture.load()
store = SimpleCertificateStore()
store.register(certificate)


def sign():
    signer = signers.ExternalSigner(certificate, store, signature_value=value)
    style = StaticStampStyle(border_width=0, background=PdfImage(picture), background_opacity=1.0)
    meta = signers.PdfSignatureMetadata(field_name="A", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES)
    box = tuple(round(edge) for edge in (left, bottom, left + width, bottom + height))
    spec = fields.SigFieldSpec("A", on_page=0, box=box)
    return signers.PdfSigner(meta, signer, stamp_style=style, new_field_spec=spec).sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(paper))
    )


for look in range(looks + WARM):
    before = time.perf_counter_ns()
    signed = sign()
    if look >= WARM:
        print((time.perf_counter_ns() - before) // 1000)
(folder / "peer.pdf").write_bytes(signed.getbuffer())
