"""A mail server (aiosmtpd) that prints what it gets, as JSON lines, parsed by Python's own email package.

What it does with a message is in the recipient's name: `grey…` is refused for now the first time, `gone…` for good, `hang…` is
never answered, `rule…` is refused by a rule of the server's the first time (5.7.1), `small…` takes no attachments (552); all others are
taken.
"""

import asyncio
import email
import email.policy
import hashlib
import json
import sys

from aiosmtpd.smtp import SMTP

seen = set()


def tell(**what):
    print(json.dumps(what), flush=True)


def part_of(message, kind):
    part = message.get_body(preferencelist=(kind,))
    return part.get_content() if part else None


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name.startswith("gone"):
            tell(event="refused", to=address)
            return "550 5.1.1 no such mailbox here"
        if name.startswith("grey") and address not in seen:
            seen.add(address)
            tell(event="greylisted", to=address)
            return "451 4.7.1 come again"
        if name.startswith("rule") and address not in seen:
            seen.add(address)
            tell(event="barred", to=address)
            return "554 5.7.1 relay access denied"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if envelope.rcpt_tos[0].startswith("hang"):
            tell(event="hanging", to=envelope.rcpt_tos[0])
            await asyncio.sleep(3600)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        if envelope.rcpt_tos[0].startswith("small") and any(message.iter_attachments()):
            tell(event="too_large", to=envelope.rcpt_tos[0])
            return "552 5.3.4 too large"
        attachments = []
        for part in message.iter_attachments():
            content = part.get_content()
            attachments.append(
                {
                    "name": part.get_filename(),
                    "type": part.get_content_type(),
                    "begins": content[:5].decode("latin-1"),
                    "sha256": hashlib.sha256(content).hexdigest(),
                }
            )
        tell(
            event="message",
            mail_from=envelope.mail_from,
            to=envelope.rcpt_tos,
            headers=[[name, str(value)] for name, value in message.items()],
            defects=[str(defect) for defect in message.defects],
            text=part_of(message, "plain"),
            html=part_of(message, "html"),
            attachments=attachments,
        )
        return "250 2.0.0 taken"


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Handler()), "127.0.0.1", 0)
    tell(event="listening", port=server.sockets[0].getsockname()[1])
    # Until whoever started it goes.
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
