"""PDFs for the tests, who signs them, and how pyHanko (its AdES validator too), pdfsig, qpdf and OpenSSL judge them."""

import asyncio
import datetime
import io
import os
import pathlib
import re
import shutil
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.keys import load_cert_from_pemder, load_private_key_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.ades import ades_basic_validation
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.policy_decl import SignatureValidationSpec
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import NO_REVOCATION, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleCertificateStore, SimpleTrustManager
from reportlab.pdfgen import canvas

PLACE = "1,100,100,200,60"
SCHEMES = {"pkcs1": "rsa", "pss": "rsa", "ecdsa": "ec"}
TSA = """[tsa]
default_tsa = here
[here]
serial = serial
signer_cert = tsa.pem
certs = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


class Keys:
    """An authority with two signers and a time-stamp authority, in files."""

    def __init__(self, folder):
        self.folder = folder
        self.authority_key = ec.generate_private_key(ec.SECP256R1())
        self.authority = self.certify("Cơ quan chứng thực", self.authority_key)
        self.write("ca.der", self.authority.public_bytes(serialization.Encoding.DER))
        self.write("ca.pem", self.authority.public_bytes(serialization.Encoding.PEM))
        self.issue("rsa", rsa.generate_private_key(65537, 2048), ExtendedKeyUsageOID.EMAIL_PROTECTION)
        self.issue("ec", ec.generate_private_key(ec.SECP256R1()), ExtendedKeyUsageOID.EMAIL_PROTECTION)
        self.issue("tsa", ec.generate_private_key(ec.SECP256R1()), ExtendedKeyUsageOID.TIME_STAMPING)
        self.write("ts.conf", TSA.encode())
        self.write("serial", b"01\n")

    def write(self, name, content):
        (self.folder / name).write_bytes(content)

    def issue(self, name, key, purpose):
        certificate = self.certify(f"Người ký {name}", key, purpose)
        encoding = serialization.Encoding
        clear = serialization.NoEncryption(), serialization.PrivateFormat.PKCS8
        self.write(f"{name}.der", certificate.public_bytes(encoding.DER))
        self.write(f"{name}.pem", certificate.public_bytes(encoding.PEM))
        self.write(f"{name}.pk8", key.private_bytes(encoding.DER, clear[1], clear[0]))
        self.write(f"{name}.key", key.private_bytes(encoding.PEM, clear[1], clear[0]))

    def certify(self, name, key, purpose=None):
        """A certificate by the authority; without a purpose its own."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = self.authority.subject if purpose else subject
        now = datetime.datetime.now(datetime.timezone.utc)
        usage = dict.fromkeys(
            ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
             "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"], False)
        usage |= {"digital_signature": True, "content_commitment": purpose != ExtendedKeyUsageOID.TIME_STAMPING}
        usage = usage if purpose else usage | {"key_cert_sign": True, "content_commitment": False}
        builder = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=400)).not_valid_after(now + datetime.timedelta(days=400))
            .add_extension(x509.BasicConstraints(not purpose, None), True)
            .add_extension(x509.KeyUsage(**usage), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        )
        if purpose:
            builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), True)
        return builder.sign(self.authority_key, hashes.SHA256())

    def run(self, source, scheme, field, place=None, *words):
        """Runs the library's example on this PDF: exit code, PDF, what it said."""
        self.write("in.pdf", source)
        name = SCHEMES[scheme]
        program = pathlib.Path(os.environ["KYSO_BIN_DIR"]) / "examples" / "sign_pdf"
        command = [program, "in.pdf", "out.pdf", scheme, f"{name}.pk8", f"{name}.der,ca.der", field]
        command += [place or "nowhere", *words]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        return done.returncode, (self.folder / "out.pdf").read_bytes() if done.returncode == 0 else b"", done.stderr

    def sign(self, source, scheme, field, place=None, *words):
        code, pdf, said = self.run(source, scheme, field, place, *words)
        assert code == 0, said
        assert pdf.startswith(source), "what was there stays byte for byte"
        return pdf

    def number(self, source, number, symbol):
        """Writes number and date into the fields that are kept for them."""
        self.write("in.pdf", source)
        program = pathlib.Path(os.environ["KYSO_BIN_DIR"]) / "examples" / "sign_pdf"
        subprocess.run([program, "number", "in.pdf", "out.pdf", number, symbol], cwd=self.folder, check=True)
        pdf = (self.folder / "out.pdf").read_bytes()
        assert pdf.startswith(source), "what was there stays byte for byte"
        return pdf

    def later(self, source):
        """What the library says was added after each signature."""
        self.write("in.pdf", source)
        program = pathlib.Path(os.environ["KYSO_BIN_DIR"]) / "examples" / "sign_pdf"
        done = subprocess.run([program, "later", "in.pdf"], cwd=self.folder, capture_output=True, text=True, check=True)
        return dict(line.split("\t") for line in done.stdout.splitlines())

    def trust(self):
        return [load_cert_from_pemder(self.folder / "ca.der")]


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    if not (pathlib.Path(os.environ.get("KYSO_BIN_DIR", "")) / "examples" / "sign_pdf").exists():
        pytest.skip("the example sign_pdf is not built")
    return Keys(tmp_path_factory.mktemp("documents"))


def paper(form=False):
    """Two pages, with a text field if wanted."""
    page = io.BytesIO()
    drawing = canvas.Canvas(page)
    for number in (1, 2):
        drawing.drawString(72, 720, f"Trang {number}")
        if form and number == 1:
            drawing.acroForm.textfield(name="so", x=100, y=600, width=100, height=20)
        drawing.showPage()
    drawing.save()
    return page.getvalue()


def through_qpdf(tmp_path, source, *options):
    """The same PDF as qpdf writes it with these options."""
    if not shutil.which("qpdf"):
        pytest.skip("qpdf is not installed")
    before, after = tmp_path / "before.pdf", tmp_path / "after.pdf"
    before.write_bytes(source)
    subprocess.run(["qpdf", *options, before, after], check=True)
    return after.read_bytes()


def judged(keys, pdf):
    """pyHanko's status of each signature, by field."""
    async def judge():
        reader = PdfFileReader(io.BytesIO(pdf))
        found = {}
        for signature in reader.embedded_regular_signatures:
            context = ValidationContext(trust_roots=keys.trust(), allow_fetching=False)
            found[signature.field_name] = await async_validate_pdf_signature(signature, context)
        return found

    return asyncio.run(judge())


def ades(keys, pdf, validate=ades_basic_validation):
    """What pyHanko's validator by EN 319 102-1 says of each signature."""
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=keys.trust()),
        revinfo_policy=CertRevTrustPolicy(NO_REVOCATION),
    )
    said = []
    for signature in PdfFileReader(io.BytesIO(pdf)).embedded_signatures:
        signature.compute_integrity_info()
        spec = SignatureValidationSpec(cert_validation_policy=policy, ts_cert_validation_policy=policy)
        digest = signature.compute_digest()
        result = asyncio.run(validate(signature.signed_data, spec, raw_digest=digest))
        said.append(result.ades_subindic.name)
    return said


BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")


def openssl_refuses(keys, tmp_path, pdf):
    """What OpenSSL says against each CMS in the PDF, over the bytes that its ranges name: nothing if it accepts it."""
    said = []
    for found in BYTE_RANGE.finditer(pdf):
        first, length, second, rest = (int(number) for number in found.groups())
        assert first == 0 and pdf[length:length + 1] + pdf[second - 1:second] == b"<>"
        (tmp_path / "embedded.p7s").write_bytes(bytes.fromhex(pdf[length + 1:second - 1].decode()))
        (tmp_path / "covered").write_bytes(pdf[:length] + pdf[second:second + rest])
        command = ["openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "embedded.p7s"]
        command += ["-content", "covered", "-CAfile", keys.folder / "ca.pem", "-out", os.devnull]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        said.append("" if done.returncode == 0 else done.stderr)
    return said


def programs_agree(keys, tmp_path, pdf, signatures):
    """qpdf finds no error, pdfsig takes every signature for valid, and so does OpenSSL every CMS by itself."""
    assert openssl_refuses(keys, tmp_path, pdf) == [""] * signatures
    path = tmp_path / "judged.pdf"
    path.write_bytes(pdf)
    if shutil.which("qpdf"):
        subprocess.run(["qpdf", "--check", path], check=True, capture_output=True)
    if shutil.which("pdfsig"):
        own = os.environ | {"HOME": str(tmp_path)}  # nobody's trusted certificates
        said = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False, env=own)
        assert said.stdout.count("Signature is Valid") == signatures, said.stdout
        assert said.stdout.count("\n  - Total document signed") == 1, said.stdout


RESERVED = "reserve=1,300,500,120,20;1,300,470,200,20"


def outgoing(keys, source):
    """The steps of an outgoing document: leader, number and date, seal, appendix, and one more."""
    person = keys.sign(source, "pkcs1", "Lãnh đạo", PLACE, RESERVED)
    numbered = keys.number(person, "5", "QĐ-UBND")
    sealed = keys.sign(numbered, "ecdsa", "Con dấu", "1,80,90,80,80", "lock=KysoNumber,KysoDate")
    appendix = keys.sign(sealed, "pss", "Phụ lục", "1,300,400,100,20")
    return person, numbered, sealed, appendix, keys.sign(appendix, "ecdsa", "Sau nữa")


def signer_of(keys):
    return signers.SimpleSigner.load(
        str(keys.folder / "rsa.key"), str(keys.folder / "rsa.pem"), ca_chain_files=(str(keys.folder / "ca.der"),))


def also_signed(keys, pdf, field, box=None):
    """The same PDF with one more signature, by pyHanko."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    metadata = signers.PdfSignatureMetadata(
        field_name=field, subfilter=fields.SigSeedSubFilter.PADES, md_algorithm="sha256", reason="Ký nháy")
    spec = fields.SigFieldSpec(field, box=box, on_page=0) if box else None
    signer = signers.PdfSigner(metadata, signer=signer_of(keys), new_field_spec=spec)
    return asyncio.run(signer.async_sign_pdf(writer)).getvalue()


def with_certificates(keys, pdf):
    """The same PDF with validation data, by pyHanko."""
    out = io.BytesIO(pdf)
    contents = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0].pkcs7_content.hex().encode()
    DocumentSecurityStore.add_dss(out, contents, certs=keys.trust())
    return out.getvalue()


def stamped(keys, pdf):
    """The same PDF with a time stamp over it, by pyHanko."""
    key = load_private_key_from_pemder(str(keys.folder / "rsa.key"), passphrase=None)
    certificate = load_cert_from_pemder(str(keys.folder / "rsa.pem"))
    authority = DummyTimeStamper(certificate, key, certs_to_embed=SimpleCertificateStore.from_certs(keys.trust()))
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    done = signers.PdfTimeStamper(authority).async_timestamp_pdf(writer, "sha256")
    return asyncio.run(done).getvalue()
