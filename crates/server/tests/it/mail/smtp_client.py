"""Hands messages to a mail server with Python's own smtplib. A JSON line each: {"port", "from", "to", "message"}; prints the answer."""

import json
import smtplib
import sys

for line in sys.stdin:
    asked = json.loads(line)
    try:
        with smtplib.SMTP("127.0.0.1", asked["port"]) as server:
            server.sendmail(asked["from"], asked["to"], asked["message"].encode())
        print(json.dumps({"code": 250}), flush=True)
    except smtplib.SMTPRecipientsRefused as refused:
        code, text = next(iter(refused.recipients.values()))
        print(json.dumps({"code": code, "text": text.decode()}), flush=True)
    except smtplib.SMTPResponseException as refused:
        print(json.dumps({"code": refused.smtp_code, "text": refused.smtp_error.decode()}), flush=True)
