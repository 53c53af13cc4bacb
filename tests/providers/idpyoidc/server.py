"""PyPI `idpyoidc` as a provider that exchanges tokens (RFC 8693) for a public client, one audience per tenant.

    python server.py '{"tenants": ["acme"]}'

It takes a free port, prints one line, `{"issuer": …}`, and ends when its standard input does. The library is
endpoints without a web server; this file carries requests to them. Its sign-in page is the library's own method,
user name and password, drawn here.
"""

import html
import json
import os
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from idpyoidc.message.oauth2 import ResponseMessage
from idpyoidc.message.oidc import AuthorizationRequest
from idpyoidc.server import Server
from idpyoidc.server.exception import FailedAuthentication, OnlyForTestingWarning
from idpyoidc.server.user_authn.user import UserPassJinja2

from configuration import configuration, registration

OPTIONS = {
    "client_id": "keyward-desktop",
    "redirect_uri": "http://127.0.0.1/callback",
    "resource": "https://api.example/{tenant}",
    "tenants": ["acme", "globex", "initech"],
    "people": {"ada": "northwind", "ben": "northwind"},
    "access_token_seconds": 300,
    # Whether each refresh spends its refresh token.
    "rotate": True,
} | json.loads(sys.argv[1] if len(sys.argv) > 1 else "{}")

PAGE = """<!DOCTYPE html><title>Sign in</title>
<form method="post" action="/verify"><p>{said}</p><input type="hidden" name="token" value="{token}">
<input name="username" placeholder="Name"><input name="password" type="password" placeholder="Password">
<button type="submit">Sign in</button></form>"""


class Page:
    """What the library calls to draw its sign-in page."""

    def render(self, _template, token, said="", **_rest):
        return PAGE.format(token=html.escape(token), said=html.escape(said))


class Front(BaseHTTPRequestHandler):
    """Carries requests to the library's endpoints, and answers back."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.carry(dict(parse_qsl(urlsplit(self.path).query)))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.carry(dict(parse_qsl(body.decode())))

    def carry(self, asked):
        """The library is not made for requests side by side."""
        with LOCK:
            path = urlsplit(self.path).path.strip("/")
            if path == "jwks.json":
                self.answer(200, PROVIDER.keyjar.export_jwks_as_json(), "application/json")
            elif path == "verify":
                self.verify(asked)
            elif path in ENDPOINTS:
                self.ask(ENDPOINTS[path], asked)
            else:
                self.answer(404, "Not found", "text/plain")

    def ask(self, endpoint, asked):
        if endpoint.name == "authorization":
            any_port(asked)
        http_info = {
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "method": self.command,
            "url": PROVIDER.context.issuer + self.path,
        }
        try:
            request = endpoint.parse_request(asked, http_info=http_info)
            if not refused(request):
                done = endpoint.process_request(request, http_info=http_info)
        except Exception as error:  # As its own example does: what it raises is an answer.
            self.refuse({"error": "invalid_request", "error_description": str(error)})
            return
        if refused(request):
            self.refuse(request.to_dict())
        elif refused(done):
            self.refuse(done.to_dict())
        elif "http_response" in done:
            self.answer(200, done["http_response"], "text/html")
        else:
            self.respond(endpoint, request, done)

    def verify(self, asked):
        """The way back from the sign-in page."""
        method = PROVIDER.context.authn_broker.db["user"]["method"]
        try:
            person = method.verify(**asked)
        except FailedAuthentication:
            said = "That is not the password."
            self.answer(403, Page().render("", asked.get("token", ""), said), "text/html")
            return
        context = method.unpack_token(asked["token"])
        request = AuthorizationRequest().from_urlencoded(context["query"])
        endpoint = PROVIDER.get_endpoint("authorization")
        session = endpoint.create_session(
            request, person, context["authn_class_ref"], context["iat"], method
        )
        self.respond(endpoint, request, endpoint.authz_part2(request=request, session_id=session))

    def respond(self, endpoint, request, done):
        answer = endpoint.do_response(request=request, **done)
        placed = answer.get("response_placement") or endpoint.response_placement
        if placed == "url":
            self.send_response(302)
            self.send_header("Location", answer["response"])
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.answer(200, answer["response"], dict(answer["http_headers"])["Content-type"])

    def refuse(self, body):
        self.answer(400, json.dumps(body), "application/json")

    def answer(self, status, text, content_type):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def refused(message):
    return isinstance(message, ResponseMessage) and "error" in message


def any_port(asked):
    """The library compares redirect URIs to the letter; a native client's port is its own (RFC 8252, 7.3)."""
    uri = urlsplit(asked.get("redirect_uri", ""))
    if uri._replace(netloc=uri.hostname or "").geturl() == OPTIONS["redirect_uri"]:
        PROVIDER.context.cdb[OPTIONS["client_id"]]["redirect_uris"] = [(uri.geturl(), {})]


def end_with_the_test():
    sys.stdin.read()
    os._exit(0)


warnings.simplefilter("ignore", OnlyForTestingWarning)
LOCK = threading.Lock()
HTTP = ThreadingHTTPServer(("127.0.0.1", 0), Front)
ISSUER = f"http://127.0.0.1:{HTTP.server_port}"
METHOD = {
    "acr": "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword",
    "class": UserPassJinja2,
    "kwargs": {
        "db": {"class": dict, "kwargs": OPTIONS["people"]},
        "template_handler": Page(),
        "verify_endpoint": "/verify",
    },
}
PROVIDER = Server(configuration(ISSUER, OPTIONS, METHOD))
PROVIDER.context.cdb[OPTIONS["client_id"]] = registration(OPTIONS)
ENDPOINTS = {endpoint.endpoint_path: endpoint for endpoint in PROVIDER.endpoint.values()}

threading.Thread(target=end_with_the_test, daemon=True).start()
print(json.dumps({"issuer": ISSUER}), flush=True)
HTTP.serve_forever()
