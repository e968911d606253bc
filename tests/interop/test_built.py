"""POST /api/v1/signatures: CMS that the server built, in PDFs that pyHanko prepared, and beside files."""

import asyncio
import base64
import hashlib
import io
import subprocess
import uuid

import pytest
from conftest import totp
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.validation.ades import ades_basic_validation
from pyhanko.sign.validation.policy_decl import SignatureValidationSpec
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import NO_REVOCATION, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from test_pyhanko import blank_pdf, load_certs_from_pemder, metadata, scheme, tampered, validate

SHA256 = "2.16.840.1.101.3.4.2.1"
# RSASSA-PSS-params: SHA-256, MGF1 with SHA-256, 32 bytes of salt.
PSS = "MDSgDzANBglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgEFAKIDAgEg"
SCHEMES = {
    "pkcs1": ("rsa-2048", {"sign_algorithm": "1.2.840.113549.1.1.11"}, ("rsassa_pkcs1v15", None)),
    "pss": (
        "rsa-2048",
        {"sign_algorithm": "1.2.840.113549.1.1.10", "sign_algorithm_params": PSS},
        ("rsassa_pss", 32),
    ),
    "ecdsa": ("p-256", {"sign_algorithm": "1.2.840.10045.4.3.2"}, ("ecdsa", None)),
}
FILE = "Tờ trình.".encode()


def said(label):
    return {"label": label, "purpose": "KY_DUYET", "secrecy": "thường"}


def coded(data):
    return base64.b64encode(data).decode()


async def prepared(pdf):
    """A PDF with a place for a signature, which pyHanko made, and the digest of what it covers."""
    external = signers.ExternalSigner(signing_cert=None, cert_registry=None, signature_value=256)
    signer = signers.PdfSigner(metadata(), signer=external)
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    digest, _, out = await signer.async_digest_doc_for_signing(writer, bytes_reserved=16384)
    return digest, out


def indication(server, pdf):
    """What pyHanko's AdES validator says."""
    roots = list(load_certs_from_pemder([server.description["evaluation_ca_file"]]))
    revocation = CertRevTrustPolicy(NO_REVOCATION)
    trust = SimpleTrustManager.build(trust_roots=roots)
    policy = CertValidationPolicySpec(trust_manager=trust, revinfo_policy=revocation)
    spec = SignatureValidationSpec(cert_validation_policy=policy, ts_cert_validation_policy=policy)
    signature = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0]
    signature.compute_integrity_info()
    digest = signature.compute_digest()
    judged = ades_basic_validation(signature.signed_data, spec, raw_digest=digest)
    return asyncio.run(judged).ades_subindic.name


@pytest.mark.parametrize("name", SCHEMES)
def test_others_accept_what_the_server_built(server, tmp_path, name):
    algorithm, how, made = SCHEMES[name]
    person, pdf = server.next_signer(), blank_pdf("Quyết định 12/QĐ-UBND")
    inside, out = asyncio.run(prepared(pdf))
    body = {
        "credential": person["credentials"][algorithm], "hash_algorithm": SHA256, **how,
        "otp": totp(person["totp_secret"]),
        "documents": [
            {"format": "pades", "digest": coded(inside.document_digest),
             "file_digest": coded(hashlib.sha256(pdf).digest()), "document": said("Quyết định")},
            {"format": "cades", "digest": coded(hashlib.sha256(FILE).digest()), "document": said("Tờ trình")},
        ],
    }
    key = {"Idempotency-Key": str(uuid.uuid4())}
    account = {name: person[name] for name in ("login", "password")}
    token = server.call("/api/v1/sessions", account)[1]["access_token"]
    status, reply = server.call("/api/v1/signatures", body, token, key)
    assert status == 200, reply
    assert server.call("/api/v1/signatures", body, token, key) == (200, reply)
    cms, beside = (base64.b64decode(one) for one in reply["signatures"])
    inside.fill_with_cms(out, cms)
    signed = out.getvalue()
    assert scheme(signed) == made
    assert asyncio.run(validate(server, signed))
    assert not asyncio.run(validate(server, tampered(signed))), "what validates must be able to fail"
    assert indication(server, signed) == "OK"
    assert openssl_accepts(server, tmp_path, beside, FILE)
    assert not openssl_accepts(server, tmp_path, beside, FILE + b" ")


def openssl_accepts(server, folder, cms, content):
    (folder / "cms").write_bytes(cms)
    (folder / "content").write_bytes(content)
    command = ["openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-purpose", "any",
               "-in", folder / "cms", "-content", folder / "content", "-out", folder / "out",
               "-CAfile", server.description["evaluation_ca_file"]]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
