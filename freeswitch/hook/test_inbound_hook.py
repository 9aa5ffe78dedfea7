"""Tests of inbound-hook against a gateway on a real socket: `python3 -m unittest discover -s freeswitch/hook`."""

import base64
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from email import message_from_bytes

HOOK = pathlib.Path(__file__).resolve().parent / "inbound-hook"
UUID = "4317ad61-6120-4d02-a39d-1f8642b48a48"
SECRET = b"a secret of the test's own"
VARIABLES = {
    "faxgate_inbound": "true",
    "faxgate_did": "%2B15559876543",
    "fax_success": "1",
    "fax_result_code": "0",
    "fax_result_text": "OK",
    "fax_document_transferred_pages": "2",
    "fax_remote_station_id": "%24%7Bcore_uuid%7D%0A%22%3Cb%3E",
    "fax_transfer_rate": "14400",
    "fax_ecm_used": "on",
    "fax_t38_status": "negotiated",
    "hangup_cause": "NORMAL_CLEARING",
    "billsec": "27",
    "end_epoch": "1756031400",
}


class Gateway(http.server.ThreadingHTTPServer):
    """Answers with `status` and keeps what it was sent."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.status = 200
        self.requests = []


class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, self.headers, body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class InboundHook(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        (self.root / "cdr").mkdir()
        (self.root / "rx").mkdir()
        (self.root / "secret").write_bytes(SECRET + b"\n")
        self.gateway = Gateway()
        self.addCleanup(self.gateway.server_close)
        self.addCleanup(self.gateway.shutdown)
        threading.Thread(target=self.gateway.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.settings("path")

    def settings(self, mode):
        (self.root / "hook.conf").write_text(
            f"url = http://127.0.0.1:{self.gateway.server_address[1]}/api/fax/webhook/inbound/\n"
            f"secret_file = {self.root}/secret\ncdr_dir = {self.root}/cdr\nspool_dir = {self.root}\nmode = {mode}  # comment\n"
        )

    def call(self, content=b"II*\0 two pages", age=0, **changes):
        record = {"variables": {**VARIABLES, **changes}, "callflow": [{"caller_profile": {"caller_id_number": "%2B15551234567"}}]}
        path = self.root / "cdr" / f"{UUID}.cdr.json"
        path.write_text(json.dumps(record))
        os.utime(path, (time.time() - age,) * 2)
        if content:
            (self.root / "rx" / f"{UUID}.tif").write_bytes(content)

    def run_hook(self, *arguments):
        return subprocess.run(
            [sys.executable, HOOK, *arguments],
            env={**os.environ, "FAXGATE_INBOUND_HOOK_CONF": str(self.root / "hook.conf")},
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=False,
        ).returncode

    def sent(self):
        (path, headers, body), = self.gateway.requests
        self.assertEqual(path, "/api/fax/webhook/inbound/")
        self.assertEqual(headers["X-Webhook-Signature"], hmac.new(SECRET, body, hashlib.sha256).hexdigest())
        return headers, body

    def test_a_received_fax_is_told_with_the_documented_keys(self):
        self.call()
        self.assertEqual(self.run_hook("--now", UUID), 0)
        headers, body = self.sent()
        self.assertEqual(headers["Content-Type"], "application/json")
        body = json.loads(body)
        self.assertEqual(
            {key: body[key] for key in "event uuid from to pages duration file_path timestamp".split()},
            {
                "event": "fax.received",
                "uuid": UUID,
                "from": "+15551234567",
                "to": "+15559876543",
                "pages": 2,
                "duration": 27,
                "file_path": f"{self.root}/rx/{UUID}.tif",
                "timestamp": "2025-08-24T10:30:00Z",
            },
        )
        self.assertEqual(body["remote_station_id"], '${core_uuid}"<b>')

    def test_a_fax_without_pages_is_told_as_failed_without_a_file(self):
        self.call(content=None, fax_success="0", fax_result_code="3", fax_document_transferred_pages="0")
        self.assertEqual(self.run_hook("--now", UUID), 0)
        body = json.loads(self.sent()[1])
        self.assertEqual((body["event"], body["pages"], body["file_path"], body["result_code"]), ("fax.failed", 0, None, 3))

    def test_to_another_host_the_file_travels_along_and_the_record_is_put_aside(self):
        self.settings("multipart")
        self.call()
        self.assertEqual(self.run_hook("--now", UUID), 0)
        headers, body = self.sent()
        message = message_from_bytes(b"Content-Type: " + headers["Content-Type"].encode() + b"\r\n\r\n" + body)
        payload, file = message.get_payload()
        notice = json.loads(payload.get_payload(decode=True))
        self.assertEqual(payload.get_param("name", header="Content-Disposition"), "payload")
        self.assertEqual((notice["file_path"], notice["file_name"]), (None, f"{UUID}.tif"))
        self.assertEqual(file.get_param("name", header="Content-Disposition"), "file")
        self.assertEqual(file.get_payload(decode=True), b"II*\0 two pages")
        self.assertEqual([entry.name for entry in (self.root / "cdr").iterdir()], ["sent"])

    def test_what_is_no_uuid_is_refused_before_anything_is_read(self):
        for argument in ("", "../../etc/passwd", UUID.upper(), UUID + "\n", "$(id)", "--sweep=1"):
            self.assertEqual(self.run_hook("--now", argument), 2, argument)
        self.assertEqual(self.gateway.requests, [])

    def test_the_sweep_delivers_what_is_old_enough_and_ours(self):
        self.call(age=3600)
        self.assertEqual(self.run_hook("--sweep"), 0)
        self.sent()
        self.gateway.requests.clear()
        self.call(age=3600, faxgate_inbound="")
        self.assertEqual(self.run_hook("--sweep"), 0)
        self.call(age=0)
        self.assertEqual(self.run_hook("--sweep"), 0)
        self.assertEqual(self.gateway.requests, [])

    def test_a_refused_notice_stays_for_the_next_sweep(self):
        self.settings("multipart")
        self.call(age=3600)
        self.gateway.status = 401
        self.assertEqual(self.run_hook("--sweep"), 1)
        self.assertTrue((self.root / "cdr" / f"{UUID}.cdr.json").exists())
        self.gateway.status = 200
        self.assertEqual(self.run_hook("--sweep"), 0)
        self.assertEqual(len(self.gateway.requests), 2)

    def test_started_by_freeswitch_it_returns_at_once_and_waits_for_the_record_in_the_background(self):
        self.assertEqual(self.run_hook(UUID), 0)
        self.call()
        deadline = time.monotonic() + 30
        while not self.gateway.requests and time.monotonic() < deadline:
            time.sleep(0.01)
        self.sent()

    def records(self):
        self.settings("multipart")
        (self.root / "cred").write_text("freeswitch:the password\n")
        with open(self.root / "hook.conf", "a", encoding="utf-8") as file:
            file.write(f"cdr_url = http://127.0.0.1:{self.gateway.server_address[1]}/api/fax/webhook/cdr/\ncdr_cred_file = {self.root}/cred\n")

    def test_the_sweep_posts_records_of_outbound_calls_as_they_are_and_puts_them_aside(self):
        self.records()
        self.call(age=3600, faxgate_inbound="", direction="outbound")
        written = (self.root / "cdr" / f"{UUID}.cdr.json").read_bytes()
        self.gateway.status = 503
        self.assertEqual(self.run_hook("--sweep"), 1)
        self.gateway.status = 200
        self.assertEqual(self.run_hook("--sweep"), 0)
        path, headers, body = self.gateway.requests[1]
        self.assertEqual(path, f"/api/fax/webhook/cdr/?uuid={UUID}")
        self.assertEqual(headers["Authorization"], "Basic " + base64.b64encode(b"freeswitch:the password").decode())
        self.assertEqual((headers["Content-Type"], body), ("application/json", written))
        self.assertEqual([entry.name for entry in (self.root / "cdr").iterdir()], ["sent"])

    def test_delivered_records_go_after_a_week(self):
        self.records()
        sent = self.root / "cdr" / "sent"
        sent.mkdir()
        for name, days in (("new", 6), ("old", 8)):
            (sent / name).touch()
            os.utime(sent / name, (time.time() - days * 86400,) * 2)
        self.assertEqual(self.run_hook("--sweep"), 0)
        self.assertEqual([entry.name for entry in sent.iterdir()], ["new"])

    def test_a_symbolic_link_is_not_followed(self):
        self.call(content=None)
        os.symlink("/etc/hostname", self.root / "rx" / f"{UUID}.tif")
        self.assertEqual(self.run_hook("--now", UUID), 0)
        self.assertIsNone(json.loads(self.sent()[1])["file_path"])


if __name__ == "__main__":
    unittest.main()
