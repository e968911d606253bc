"""pyHanko, unmodified, signs PDFs through /csc/v1 and validates what it gets."""

import asyncio
import io

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


@pytest.mark.parametrize(
    ("algorithm", "pss"), [("rsa-2048", False), ("rsa-2048", True), ("p-256", False)]
)
def test_signs_and_validates(server, algorithm, pss):
    async def work(http, session, credential, secret):
        manager = OneTimePassword(http, session, credential, totp(secret))
        return await sign_one(csc.CSCSigner(http, manager, prefer_pss=pss))

    pdf = asyncio.run(signing(server, algorithm, work))
    assert asyncio.run(validate(server, pdf))


def test_a_batch_in_one_call(server):
    async def work(http, session, credential, secret):
        manager = OneTimePassword(http, session, credential, totp(secret))
        signer = csc.CSCSigner(http, manager, batch_size=5)
        return await asyncio.gather(*(sign_one(signer, f"Văn bản {i}") for i in range(5)))

    pdfs = asyncio.run(signing(server, "rsa-2048", work))
    assert len(pdfs) == 5
    assert all(asyncio.run(validate(server, pdf)) for pdf in pdfs)


def test_more_than_multisign_is_refused(server):
    async def work(http, session, credential, secret):
        size = credential.max_batch_size + 1 if hasattr(credential, "max_batch_size") else 201
        manager = OneTimePassword(http, session, credential, totp(secret))
        hashes = ["A" * 43 + "="] * size
        with pytest.raises(SigningError, match="400"):
            await manager.authorize_signature(hashes)

    asyncio.run(signing(server, "rsa-2048", work))


def test_a_wrong_otp_is_refused(server):
    async def work(http, session, credential, secret):
        wrong = f"{(int(totp(secret)) + 1) % 10**6:06d}"
        manager = OneTimePassword(http, session, credential, wrong)
        with pytest.raises(SigningError, match="invalid_otp"):
            await manager.authorize_signature(["A" * 43 + "="])

    asyncio.run(signing(server, "rsa-2048", work))


def test_a_replayed_sad_is_refused(server):
    async def work(http, session, credential, secret):
        manager = OneTimePassword(http, session, credential, totp(secret))
        taken = {}
        authorize = manager.authorize_signature

        async def keep(hashes):
            taken["info"] = await authorize(hashes)
            return taken["info"]

        manager.authorize_signature = keep
        await sign_one(csc.CSCSigner(http, manager))
        again = Readied(session, credential, taken["info"].sad)
        with pytest.raises(SigningError):
            await sign_one(csc.CSCSigner(http, again))

    asyncio.run(signing(server, "rsa-2048", work))
