"""pyHanko, unmodified, signs PDFs through /csc/v1 and validates what it gets."""

import asyncio
import io
import time

import aiohttp
import pytest
from conftest import totp
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import csc_signer as csc
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from reportlab.pdfgen import canvas


class OneTimePassword(csc.CSCAuthorizationManager):
    """Asks credentials/authorize for a SAD over exactly the hashes, with a one-time password."""

    def __init__(self, http, session, credential, otp):
        super().__init__(session, credential)
        self.http, self.otp = http, otp

    async def authorize_signature(self, hash_b64s):
        body = self.format_csc_auth_request(
            num_signatures=len(hash_b64s), hash_b64s=hash_b64s, otp=self.otp, description="Ký văn bản"
        )
        url = self.csc_session_info.endpoint_url("credentials/authorize")
        async with self.http.post(url, headers=self.auth_headers, json=body) as reply:
            answer = await reply.json()
            if reply.status != 200:
                raise SigningError(f"{reply.status}: {answer}")
            return self.parse_csc_auth_response(answer)


class Readied(csc.CSCAuthorizationManager):
    """Hands over a SAD that was used already."""

    def __init__(self, session, credential, sad):
        super().__init__(session, credential)
        self.sad = sad

    async def authorize_signature(self, hash_b64s):
        return csc.CSCAuthorizationInfo(sad=self.sad)


def blank_pdf(title):
    page = io.BytesIO()
    paper = canvas.Canvas(page)
    paper.drawString(72, 720, title)
    paper.save()
    return page.getvalue()


def metadata(name="Sig1"):
    return signers.PdfSignatureMetadata(
        field_name=name, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
    )


def trust(server):
    roots = list(load_certs_from_pemder([server.description["evaluation_ca_file"]]))
    return ValidationContext(trust_roots=roots, allow_fetching=False)


async def validate(server, pdf):
    reader = PdfFileReader(io.BytesIO(pdf))
    status = await async_validate_pdf_signature(reader.embedded_signatures[0], trust(server))
    return status.intact and status.valid and status.trusted


async def signing(server, algorithm, work):
    """Runs `work(http, session, credential, otp)` for a fresh signer."""
    person = server.next_signer()
    session = csc.CSCServiceSessionInfo(
        service_url=server.base,
        credential_id=person["credentials"][algorithm],
        oauth_token=server.log_in(person),
    )
    connector = aiohttp.TCPConnector(ssl=server.tls)
    async with aiohttp.ClientSession(connector=connector) as http:
        credential = await csc.fetch_certs_in_csc_credential(http, session)
        return await work(http, session, credential, person["totp_secret"])


async def sign_one(signer, title="Quyết định 12/QĐ-UBND", name="Sig1"):
    writer = IncrementalPdfFileWriter(io.BytesIO(blank_pdf(title)))
    out = await signers.async_sign_pdf(writer, metadata(name), signer=signer)
    return out.getvalue()


def scheme(pdf):
    """How the first signature of a PDF was made: its algorithm, and its salt where it has one."""
    info = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0].signer_info
    algorithm = info["signature_algorithm"]
    kind = algorithm.signature_algo
    return kind, algorithm["parameters"]["salt_length"].native if kind == "rsassa_pss" else None


# 222 bytes is the longest salt that RSA 2048 with SHA-256 has room for (RFC 8017 section 9.1.1): 256 - 32 - 2.
@pytest.mark.parametrize(
    ("algorithm", "pss", "made"),
    [
        ("rsa-2048", False, ("rsassa_pkcs1v15", None)),
        ("rsa-2048", True, ("rsassa_pss", 222)),
        ("p-256", False, ("ecdsa", None)),
    ],
)
def test_signs_and_validates(server, algorithm, pss, made):
    async def work(http, session, credential, secret):
        manager = OneTimePassword(http, session, credential, totp(secret))
        return await sign_one(csc.CSCSigner(http, manager, prefer_pss=pss))

    pdf = asyncio.run(signing(server, algorithm, work))
    assert scheme(pdf) == made
    assert asyncio.run(validate(server, pdf))
    assert not asyncio.run(validate(server, tampered(pdf))), "what validates must be able to fail"


def tampered(pdf):
    """The same PDF with one byte of the signed page changed."""
    changed = pdf.replace(b"/MediaBox", b"/MediaBoy", 1)
    assert changed != pdf
    return changed


@pytest.mark.parametrize("algorithm", ["rsa-2048", "p-256"])
def test_a_batch_in_one_call(server, algorithm):
    asked = []

    async def work(http, session, credential, secret):
        manager = OneTimePassword(http, session, credential, totp(secret))
        authorize = manager.authorize_signature

        async def counted(hashes):
            asked.append(len(hashes))
            return await authorize(hashes)

        manager.authorize_signature = counted
        signer = csc.CSCSigner(http, manager, batch_size=5)
        return await asyncio.gather(*(sign_one(signer, f"Văn bản {i}") for i in range(5)))

    pdfs = asyncio.run(signing(server, algorithm, work))
    assert asked == [5], "one one-time password signs all five"
    assert len(pdfs) == 5
    assert all(asyncio.run(validate(server, pdf)) for pdf in pdfs)


def test_more_than_multisign_is_refused(server, caplog):
    async def work(http, session, credential, secret):
        manager = OneTimePassword(http, session, credential, totp(secret))
        over = csc.CSCSigner(http, manager, batch_size=credential.max_batch_size + 1)
        tries = (sign_one(over, f"Văn bản {i}") for i in range(over.batch_size))
        return await asyncio.gather(*tries, return_exceptions=True)

    ends = asyncio.run(signing(server, "rsa-2048", work))
    assert len(ends) == 51
    assert all(isinstance(end, SigningError) for end in ends), ends
    assert "Numbers of signatures is too high" in refusal(caplog)


def refusal(caplog):
    """What the server said: pyHanko logs it, and raises only that there is no signature."""
    errors = [record.exc_info[1] for record in caplog.records if record.exc_info]
    return " ".join(f"{error} {error.__cause__}" for error in errors)


def test_a_wrong_otp_is_refused(server, caplog):
    async def work(http, session, credential, secret):
        near = {totp(secret, time.time() + by * 30) for by in range(-2, 3)}
        wrong = next(guess for guess in map("{:06d}".format, range(10)) if guess not in near)
        manager = OneTimePassword(http, session, credential, wrong)
        with pytest.raises(SigningError):
            await sign_one(csc.CSCSigner(http, manager))

    asyncio.run(signing(server, "rsa-2048", work))
    assert "invalid_otp" in refusal(caplog)


def test_a_replayed_sad_is_refused(server, caplog):
    async def work(http, session, credential, secret):
        manager = OneTimePassword(http, session, credential, totp(secret))
        taken = {}
        authorize = manager.authorize_signature

        async def keep(hashes):
            taken["info"] = await authorize(hashes)
            return taken["info"]

        manager.authorize_signature = keep
        assert await validate(server, await sign_one(csc.CSCSigner(http, manager)))
        again = Readied(session, credential, taken["info"].sad)
        with pytest.raises(SigningError):
            await sign_one(csc.CSCSigner(http, again))

    asyncio.run(signing(server, "rsa-2048", work))
    said = refusal(caplog)
    assert said.startswith("Signature request failed 400,") and "signatures/signHash" in said
