"""A process of a storm that renews its tokens with Microsoft's `msal`, and shares them with others by
`msal-extensions`: one cache in a file, under its file lock. Its input and output are those of `storm-worker`.

    python worker.py

The first line of its input is {"issuer", "client_id", "cache"}.
"""

import json
import os
import sys

import msal
import requests
from msal_extensions import FilePersistence, PersistedTokenCache
from msal_extensions.cache_lock import LockError

# Any will do: a tenant's resource (RFC 8707) cannot be asked for. openid, profile and offline_access are added.
SCOPES = ["email"]


def say(event):
    print(json.dumps(event), flush=True)


class WithoutTls(requests.Session):
    """The way to a provider on this computer. An authority must be https, with a path; this one is neither."""

    def __init__(self, issuer):
        super().__init__()
        self.trust_env = False
        self._plain = issuer
        self._origin = issuer.replace("http://", "https://")
        self.authority = self._origin + "/tenant"

    def request(self, method, url, **more):
        if method.upper() == "POST":
            say("spends")
        plain = url.replace(self.authority, self._plain).replace(self._origin, self._plain)
        answer = super().request(method, plain, **more)
        if url.startswith(self.authority):
            # Discovery.
            answer._content = answer.content.replace(self._plain.encode(), self._origin.encode())
        return answer


def outcome(result):
    """What came of a renewal, in the storm's words."""
    if result and "access_token" in result:
        return {"served": {"subject": "", "audience": [], "saved": True}}
    if not result or result.get("error") == "invalid_grant":
        return failed("session_ended", str(result and result.get("error_description")))
    return failed("internal", json.dumps(result))


def failed(code, message):
    return {"failed": {"code": code, "message": message}}


def renew(app):
    try:
        accounts = app.get_accounts()
        if not accounts:
            return outcome(None)
        return outcome(app.acquire_token_silent_with_error(SCOPES, account=accounts[0], force_refresh=True))
    except requests.RequestException as error:
        return failed("provider_unreachable", str(error))
    # The cache was read while another process wrote it, or its lock could not be had.
    except (ValueError, OSError, LockError) as error:
        return failed("keychain_unavailable", repr(error))


def begin(app, link, cache):
    try:
        begun = redeemed(app, link)
        assert "access_token" in begun, begun
        return "begun"
    # A process that was killed while it wrote left a cache that nobody can read: away with it.
    except (ValueError, OSError, LockError) as error:
        if os.path.exists(cache):
            os.remove(cache)
        return failed("keychain_unavailable", repr(error))


def redeemed(app, link):
    """What the first link gives. That it takes a request is the storm's doing: a lost answer is not held against msal."""
    while True:
        try:
            return app.acquire_token_by_refresh_token(link, SCOPES)
        except requests.RequestException:
            continue


def main():
    share = json.loads(sys.stdin.readline())
    http = WithoutTls(share["issuer"])
    app = msal.PublicClientApplication(
        share["client_id"],
        oidc_authority=http.authority,
        token_cache=PersistedTokenCache(FilePersistence(share["cache"])),
        http_client=http,
    )
    for line in sys.stdin:
        order = json.loads(line)
        if "begin" in order:
            say(begin(app, order["begin"], share["cache"]))
        else:
            say(renew(app))


main()
