"""A running server for other people's clients.

KYSO_DEMO_JSON names the description of one that runs already; otherwise `kyso-demo serve` is
started in a directory of its own, on ports that the system chooses.
"""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import socket
import ssl
import struct
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

# Its assertions show what they compared, as those of the tests do.
pytest.register_assert_rewrite("papers")

SIGNERS = 13
# Seconds: a server that never answers is a failure that names its call, and no wait without end.
socket.setdefaulttimeout(120)


class Server:
    """The server under test, as its description says."""

    def __init__(self, description):
        self.description = description
        self.base = description["base_url"]
        self.tls = ssl.create_default_context(cafile=description["ca_file"])
        self._signers = iter(description["signers"])
        self._enrolled = half_minute()

    def next_signer(self):
        """A signer whose one-time passwords no other test has used, nor their enrolment."""
        while half_minute() <= self._enrolled:
            time.sleep(0.5)
        return next(self._signers)

    def call(self, path, body, token=None, headers=None, method="POST"):
        """Posts JSON; answers (status, parsed body)."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", "Bearer " + token)
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, context=self.tls) as reply:
                raw = reply.read()
                return reply.status, json.loads(raw) if raw else None
        except urllib.error.HTTPError as error:
            raw = error.read()
            return error.code, json.loads(raw) if raw else None

    def log_in(self, account):
        """An access token for this person."""
        return self.log_in_reply(account)["access_token"]

    def log_in_reply(self, account):
        """What CSC auth/login with Basic answers."""
        pair = f'{account["login"]}:{account["password"]}'.encode()
        basic = {"Authorization": "Basic " + base64.b64encode(pair).decode()}
        status, reply = self.call("/csc/v1/auth/login", {}, headers=basic)
        assert status == 200, reply
        return reply

    def system_token_reply(self):
        """What oauth2/token answers the document system: client_credentials, private_key_jwt (RFC 7523)."""
        return json.loads(self.post_as_system("/oauth2/token", {"grant_type": "client_credentials"})[1])

    def revoke_as_system(self, token):
        """What oauth2/revoke (RFC 7009) answers the document system: status and body."""
        return self.post_as_system("/oauth2/revoke", {"token": token})

    def post_as_system(self, path, members):
        """Posts a form with an assertion of who the document system is."""
        system = self.description["clients"]["document_system"]
        form = {
            **members,
            "client_id": system["client_id"],
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self.assertion(system),
        }
        data = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(self.base + path, data=data, context=self.tls) as reply:
            return reply.status, reply.read()

    def assertion(self, system):
        """A signed assertion of who this system is, for this server only and once."""
        now = int(time.time())
        name = system["client_id"]
        claims = {"iss": name, "sub": name, "aud": self.base + "/oauth2/token",
                  "jti": str(uuid.uuid4()), "iat": now, "exp": now + 60}
        parts = [base64url(json.dumps(part).encode()) for part in ({"alg": "ES256", "typ": "JWT"}, claims)]
        text = ".".join(parts)
        key = serialization.load_pem_private_key(pathlib.Path(system["key_file"]).read_bytes(), None)
        r, s = utils.decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return text + "." + base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def base64url(data):
    """Without padding, as JWTs have it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def half_minute():
    """The number of the time step that an authenticator is in."""
    return int(time.time()) // 30


def totp(secret, at=None):
    """RFC 6238, SHA-1, six digits, 30 s: what an authenticator shows."""
    padded = secret + "=" * (-len(secret) % 8)
    step = struct.pack(">Q", int(time.time() if at is None else at) // 30)
    mac = hmac.new(base64.b32decode(padded), step, hashlib.sha1).digest()
    offset = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[offset:offset + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The server; started here unless one runs already."""
    running = os.environ.get("KYSO_DEMO_JSON")
    if running:
        yield Server(json.loads(pathlib.Path(running).read_text()))
        return
    directory = tmp_path_factory.mktemp("kyso")
    demo = pathlib.Path(os.environ["KYSO_BIN_DIR"]) / "kyso-demo"
    command = [demo, "serve", "--directory", directory, "--signers", str(SIGNERS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as process:
        ready = process.stdout.readline().split()
        assert ready[:1] == ["ready"], f"the server did not start: {ready}"
        yield Server(json.loads(pathlib.Path(ready[1]).read_text()))
        process.stdin.close()  # it stops when nobody holds its standard input
        assert process.wait(timeout=30) == 0
