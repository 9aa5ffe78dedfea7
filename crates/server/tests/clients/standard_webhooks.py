"""The official library of Standard Webhooks.

verify    standard input: {"secret", "cases": [{"id", "timestamp", "signature", "body"}]}; prints which it takes
sign      standard input: {"secret", "cases": [{"id", "timestamp", "body"}]}; prints the signatures
listen    takes webhooks on a port that it prints: 200 when the secret in the path has signed them, else 401; prints each id it took
"""

import json
import sys
import threading
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


def verify(asked):
    return [takes(asked["secret"], case["body"], headers(case)) for case in asked["cases"]]


def headers(case):
    return {
        "webhook-id": case["id"],
        "webhook-timestamp": case["timestamp"],
        "webhook-signature": case["signature"],
    }


def takes(secret, body, with_headers):
    try:
        Webhook(secret).verify(body, with_headers)
    except WebhookVerificationError:
        return False
    return True


def sign(asked):
    webhook = Webhook(asked["secret"])
    return [
        webhook.sign(case["id"], datetime.fromtimestamp(int(case["timestamp"]), tz=timezone.utc), case["body"])
        for case in asked["cases"]
    ]


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        good = takes(unquote(self.path[1:]), body, dict(self.headers))
        if good:
            print(self.headers["webhook-id"], json.loads(body)["type"], flush=True)
        self.send_response(200 if good else 401)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def listen():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()
    server.shutdown()


if sys.argv[1] == "listen":
    listen()
else:
    print(json.dumps({"verify": verify, "sign": sign}[sys.argv[1]](json.load(sys.stdin))))
