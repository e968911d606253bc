#!/usr/bin/env python3
"""How a document system asks a leader for a signature, and believes a webhook. See docs/integrate.md.

    python3 docs/integrate.py var/demo/demo.json FILE

puts FILE's hash before the leader of the demonstration, waits until they have decided, and prints the signature.
It needs the standard library and the program `openssl`, which signs the assertion.
"""

import base64
import hashlib
import hmac
import json
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

SHA256 = "2.16.840.1.101.3.4.2.1"
RSA_SHA256 = "1.2.840.113549.1.1.11"
OPEN = ("waiting", "opened", "approved")


class Refused(Exception):
    """The server said no; `code` says why, for programs."""

    def __init__(self, code, title):
        super().__init__(f"{code}: {title}")
        self.code = code


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class System:
    """A document system, with the key that the server knows it by."""

    def __init__(self, base_url, ca_file, client_id, key_file):
        self.base, self.client_id, self.key_file = base_url, client_id, key_file
        self.tls = ssl.create_default_context(cafile=ca_file)
        self.token, self.ends = None, 0.0

    def _send(self, path, body=None, headers=None):
        """One call; 429 and 503 are tried again after Retry-After, so a body that makes something has a key."""
        while True:
            request = urllib.request.Request(self.base + path, body, headers or {})
            try:
                with urllib.request.urlopen(request, context=self.tls, timeout=120) as reply:
                    return json.load(reply)
            except urllib.error.HTTPError as error:
                wait, said = error.headers.get("Retry-After"), json.load(error)
                if error.code not in (429, 503) or not wait:
                    raise Refused(said.get("code") or said.get("error"), said.get("title") or said) from error
            time.sleep(int(wait))

    def _assertion(self):
        """A JWT that proves the key (private_key_jwt, ES256), good once and for a minute."""
        now = int(time.time())
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": self.base, "iat": now, "exp": now + 60,
                  "jti": str(uuid.uuid4())}
        parts = [base64url(json.dumps(part).encode()) for part in ({"alg": "ES256", "typ": "JWT"}, claims)]
        message = ".".join(parts).encode()
        der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key_file], input=message,
                             capture_output=True, check=True).stdout
        end = 4 + der[3]  # SEQUENCE of two INTEGERs; JWS has them side by side, 32 bytes each
        numbers = [number.lstrip(b"\0").rjust(32, b"\0") for number in (der[4:end], der[end + 2:])]
        return f"{message.decode()}.{base64url(b''.join(numbers))}"

    def _bearer(self):
        if time.monotonic() >= self.ends:
            form = {"grant_type": "client_credentials", "client_assertion": self._assertion(),
                    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
            reply = self._send("/oauth2/token", urllib.parse.urlencode(form).encode())
            self.token, self.ends = reply["access_token"], time.monotonic() + reply["expires_in"] - 30
        return {"Authorization": f"Bearer {self.token}"}

    def submit(self, key, submission):
        """Puts documents before a signer. `key` is kept with them: a retry with it is the same request."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key, **self._bearer()}
        return self._send("/api/v1/approvals", json.dumps(submission).encode(), headers)

    def one(self, request):
        return self._send(f"/api/v1/approvals/{request}", headers=self._bearer())

    def decided(self, request, seconds=5):
        """Waits until nobody can decide any more; with webhooks, call `one` when one came instead."""
        while (now := self.one(request))["state"] in OPEN:
            time.sleep(seconds)
        return now


def believable(secret, headers, body, now, tolerance=300):
    """Whether the server that knows `secret` sent exactly these bytes within `tolerance` seconds of `now`.

    >>> secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    >>> headers = {"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
    ...            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}
    >>> body = b'{"test": 2432232314}'
    >>> believable(secret, headers, body, 1614265330)
    True
    >>> believable(secret, headers, body + b" ", 1614265330)
    False
    >>> believable(secret, headers, body, 1614265330 + 301)
    False
    >>> believable(secret, {**headers, "webhook-id": "msg_x"}, body, 1614265330)
    False
    >>> believable(secret, {**headers, "webhook-signature": "v1,AAAA " + headers["webhook-signature"]}, body, 1614265330)
    True
    """
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    stamp = headers["webhook-timestamp"]
    signed = b".".join((headers["webhook-id"].encode(), stamp.encode(), body))
    tag = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    each = [one.removeprefix("v1,") for one in headers["webhook-signature"].split() if one.startswith("v1,")]
    fits = [hmac.compare_digest(tag, one.encode()) for one in each]
    return any(fits) and stamp.isdecimal() and abs(now - int(stamp)) <= tolerance


def main(demo_file, file):
    with open(demo_file, encoding="utf-8") as text:
        demo = json.load(text)
    with open(file, "rb") as content:
        digest = hashlib.sha256(content.read()).digest()
    client = demo["clients"]["document_system"]
    system = System(demo["base_url"], demo["ca_file"], client["client_id"], client["key_file"])
    asked = system.submit(str(uuid.uuid4()), {
        "credential": demo["credentials"]["leader"],
        "hashes": [base64.b64encode(digest).decode()], "hash_algorithm": SHA256, "sign_algorithm": RSA_SHA256,
        "documents": [{"type": "Tờ trình", "abstract": "Thử tích hợp: integrate.py", "purpose": "KY_DUYET"}],
    })
    end = system.decided(asked["id"])
    if end["state"] != "signed":
        sys.exit(f"{end['state']}: {end.get('reason', '')}")
    print(end["signatures"][0])


if __name__ == "__main__":
    main(*sys.argv[1:])
