"""Webhooks of Telnyx, judged and signed by Telnyx' own library for Python.

    telnyx_sdk.py verify    reads {"key", "cases": [{"timestamp", "signature", "body"}]}, the body in base64; prints a list with
                            true for each that the library accepts
    telnyx_sdk.py sign      reads {"bodies": [...]}, base64; prints {"key", "cases"} of a key made on the spot, signed now
    telnyx_sdk.py listen    prints a port of 127.0.0.1, then takes webhooks there until its input ends: 200 when the library,
                            given the key in the path, accepts one, and 401 when not
"""

import base64
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from nacl.signing import SigningKey
from telnyx import Telnyx
from telnyx.lib.webhook_verification import (
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    WebhookVerificationError,
    verify_webhook_signature,
)
from telnyx.lib.webhooks_ed25519 import unwrap_with_ed25519


def verify(asked):
    return [accepts(asked["key"], case) for case in asked["cases"]]


def accepts(key, case):
    headers = {TIMESTAMP_HEADER: case["timestamp"], SIGNATURE_HEADER: case["signature"]}
    try:
        verify_webhook_signature(base64.b64decode(case["body"]), headers, key)
    except WebhookVerificationError:
        return False
    return True


def sign(asked):
    account = SigningKey.generate()
    timestamp = str(int(time.time()))
    cases = [
        {
            "timestamp": timestamp,
            "signature": text(account.sign(timestamp.encode() + b"|" + base64.b64decode(body)).signature),
            "body": body,
        }
        for body in asked["bodies"]
    ]
    return {"key": text(account.verify_key.encode()), "cases": cases}


def text(some_bytes):
    return base64.b64encode(some_bytes).decode()


class Webhook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        client = Telnyx(api_key="KEY", public_key=unquote(self.path[1:]))
        try:
            event = unwrap_with_ed25519(client, body, dict(self.headers))
            status = 200 if event.data.event_type else 400
        except WebhookVerificationError:
            status = 401
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def listen():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()
    server.shutdown()


if sys.argv[1] == "listen":
    listen()
else:
    print(json.dumps({"verify": verify, "sign": sign}[sys.argv[1]](json.load(sys.stdin))))
