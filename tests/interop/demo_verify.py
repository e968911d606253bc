"""The demonstration's second opinion: pyHanko validates our signature files, then signs a PDF
through /csc/v1 with the leader's key and validates that too.

Usage: demo_verify.py DEMO.JSON FILE...   (a one-time password of the leader on standard input)
Each FILE has its signature beside it in FILE.p7s; a PDF has its signatures inside. Prints `ok ...` for each thing that held.
"""

import asyncio
import io
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from asn1crypto import cms
from conftest import Server
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers import csc_signer as csc
from pyhanko.sign.validation import async_validate_detached_cms, async_validate_pdf_signature
from test_pyhanko import OneTimePassword, sign_one, trust, validate


async def check_file(server, path):
    info = cms.ContentInfo.load(path.with_name(path.name + ".p7s").read_bytes())
    status = await async_validate_detached_cms(
        io.BytesIO(path.read_bytes()), info["content"], signer_validation_context=trust(server)
    )
    assert status.intact and status.valid and status.trusted, (path, status)
    print(f'ok "{path.name}": intact, valid, trusted; {status.signing_cert.subject.human_friendly}')


async def check_pdf(server, path):
    reader = PdfFileReader(io.BytesIO(path.read_bytes()))
    for signature in reader.embedded_signatures:
        status = await async_validate_pdf_signature(signature, trust(server))
        assert status.bottom_line, (path, signature.field_name, status.pretty_print_details())
        print(f'ok "{path.name}": {signature.field_name} is intact, valid, trusted; {status.coverage.name}')


async def sign_pdf(server, otp):
    import aiohttp

    leader = server.description["accounts"]["leader"]
    session = csc.CSCServiceSessionInfo(
        service_url=server.base,
        credential_id=server.description["credentials"]["leader_p256"],
        oauth_token=server.log_in(leader),
    )
    connector = aiohttp.TCPConnector(ssl=server.tls)
    async with aiohttp.ClientSession(connector=connector) as http:
        credential = await csc.fetch_certs_in_csc_credential(http, session)
        manager = OneTimePassword(http, session, credential, otp)
        return await sign_one(csc.CSCSigner(http, manager))


async def main(description, files, otp):
    server = Server(json.loads(pathlib.Path(description).read_text()))
    for file in files:
        path = pathlib.Path(file)
        await (check_pdf if path.suffix == ".pdf" else check_file)(server, path)
    pdf = await sign_pdf(server, otp)
    assert await validate(server, pdf)
    target = pathlib.Path(description).with_name("ho-so") / "Quyết định 12-QĐ-UBND.pdf"
    target.write_bytes(pdf)
    print(f"ok signed a PDF through /csc/v1 with a P-256 key: intact, valid, trusted ({target})")


asyncio.run(main(sys.argv[1], sys.argv[2:], sys.stdin.readline().strip()))
