"""The ways to people, for tests: a mail server (aiosmtpd) and a webhook as Slack has them, on 127.0.0.1.

Writes "SMTP_PORT HTTP_PORT" into FOLDER/ready, then what arrives: mail-N.json and slack-N.json, complete when they appear. What FOLDER/smtp-answer and FOLDER/slack-answer hold is answered in place of "taken".
"""

import argparse
import asyncio
import email
import email.policy
import http.server
import json
import os
import ssl
import threading
import time

from aiosmtpd.smtp import SMTP, AuthResult

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--smtp-port", type=int, default=0)
parser.add_argument("--certificate")
parser.add_argument("--key")
parser.add_argument("--implicit-tls", action="store_true")
parser.add_argument("--user")
parser.add_argument("--password")
options = parser.parse_args()
lock = threading.Lock()


def put(name, text):
    path = os.path.join(options.folder, name)
    with open(path + ".part", "w") as file:
        file.write(text)
    os.rename(path + ".part", path)


def keep(kind, document):
    with lock:
        number = sum(name.startswith(kind) and name.endswith(".json") for name in os.listdir(options.folder)) + 1
        put(f"{kind}-{number}.json", json.dumps(document))


def answer(name):
    try:
        with open(os.path.join(options.folder, name)) as file:
            return file.read().strip()
    except FileNotFoundError:
        return ""


class Mailbox:
    async def handle_DATA(self, server, session, envelope):
        told = answer("smtp-answer")
        if told:
            return told
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        keep("mail", {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "isEncrypted": session.ssl is not None or options.implicit_tls,
            "user": session.auth_data if isinstance(session.auth_data, str) else "",
            "headers": {name.lower(): str(value) for name, value in message.items()},
            "text": message.get_content().replace("\r\n", "\n"),
            "raw": envelope.content.decode("latin-1"),
        })
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    name, password = data.login.decode(), data.password.decode()
    if (name, password) == (options.user, options.password):
        return AuthResult(success=True, auth_data=name)
    return AuthResult(success=False, handled=False)


class Webhook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told = answer("slack-answer") or "200"
        if told == "200":
            keep("slack", {"path": self.path, "type": self.headers["Content-Type"], "message": json.loads(body)})
        status, *headers = told.split("\n")
        self.send_response(int(status))
        for header in headers:
            self.send_header(*header.split(": "))
        self.end_headers()

    def log_message(self, *_):
        pass


def outlive_nobody():
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(0)


async def main():
    threading.Thread(target=outlive_nobody, daemon=True).start()
    context = None
    if options.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.certificate, options.key)

    def session():
        return SMTP(
            Mailbox(), enable_SMTPUTF8=False, hostname="localhost",
            tls_context=None if options.implicit_tls else context,
            require_starttls=bool(context) and not options.implicit_tls,
            authenticator=authenticate if options.user else None, auth_required=bool(options.user),
            auth_require_tls=bool(context) and not options.implicit_tls)

    server = await asyncio.get_running_loop().create_server(
        session, "127.0.0.1", options.smtp_port, ssl=context if options.implicit_tls else None, reuse_address=True)
    webhook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
    threading.Thread(target=webhook.serve_forever, daemon=True).start()
    put("ready", f"{server.sockets[0].getsockname()[1]} {webhook.server_address[1]}")
    await asyncio.Event().wait()


asyncio.run(main())
