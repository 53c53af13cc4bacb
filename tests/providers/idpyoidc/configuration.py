"""What the library is told: endpoints, keys, what may be made of what."""

from idpyoidc.server.configure import OPConfiguration

CODE = "authorization_code"
REFRESH = "refresh_token"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"

SCOPES = ["openid", "profile", "email", "offline_access"]
KEYS = [
    {"type": "RSA", "use": ["sig"]},
    {"type": "EC", "crv": "P-256", "use": ["sig"]},
]
CRYPT = {
    "kwargs": {
        "keys": {"key_defs": [{"type": "OCT", "use": ["enc"], "kid": kid} for kid in ("password", "salt")]},
        "iterations": 1,
    }
}
JWT = "idpyoidc.server.token.jwt_token.JWTToken"


def configuration(issuer, options, method):
    """The provider's. Where it is not said here, it is the library's own."""
    return OPConfiguration(
        {
            "issuer": issuer,
            "httpc_params": {"verify": True, "timeout": 5},
            "preference": {
                "grant_types_supported": [CODE, REFRESH, EXCHANGE],
                "response_types_supported": ["code"],
                "scopes_supported": SCOPES,
            },
            "keys": {"uri_path": "jwks.json", "key_defs": KEYS},
            "endpoint": endpoints(),
            "add_ons": {
                "pkce": {
                    "function": "idpyoidc.server.oauth2.add_on.pkce.add_support",
                    "kwargs": {"essential": True, "code_challenge_methods": {"S256": True}},
                }
            },
            "authentication": {"user": method},
            "userinfo": {
                "class": "idpyoidc.server.user_info.UserInfo",
                "kwargs": {"db": {name: person(name) for name in options["people"]}},
            },
            "authz": {
                "class": "idpyoidc.server.authz.AuthzHandling",
                "kwargs": {"grant_config": {"usage_rules": usage(options), "expires_in": 86400}},
            },
            "token_handler_args": {
                "code": {"lifetime": 600, "kwargs": {"crypt_conf": CRYPT}},
                "token": {"class": JWT, "kwargs": {"lifetime": options["access_token_seconds"]}},
                "refresh": {"class": JWT, "kwargs": {"lifetime": 86400}},
                "id_token": {
                    "class": "idpyoidc.server.token.id_token.IDToken",
                    "kwargs": {"add_claims_by_scope": True},
                },
            },
            "session_params": {"encrypter": CRYPT, "sub_func": {"public": {"function": subject}}},
        },
        base_path="",
    )


def endpoints():
    place = "idpyoidc.server.oidc"
    public = {"client_authn_method": ["none"]}
    return {
        "provider_config": {
            "path": ".well-known/openid-configuration",
            "class": f"{place}.provider_config.ProviderConfiguration",
            "kwargs": {},
        },
        "authorization": {"path": "authorization", "class": f"{place}.authorization.Authorization", "kwargs": {}},
        "token": {"path": "token", "class": f"{place}.token.Token", "kwargs": public},
        "userinfo": {"path": "userinfo", "class": f"{place}.userinfo.UserInfo", "kwargs": {}},
        "revocation": {
            "path": "revocation",
            "class": "idpyoidc.server.oauth2.token_revocation.TokenRevocation",
            "kwargs": public,
        },
    }


def usage(options):
    """What each token may be turned into, and how often."""
    life = options["access_token_seconds"]
    return {
        CODE: {"supports_minting": ["access_token", REFRESH, "id_token"], "max_usage": 1, "expires_in": 300},
        "access_token": {"supports_minting": ["access_token"], "expires_in": life},
        REFRESH: {"supports_minting": ["access_token", REFRESH, "id_token"], "expires_in": 86400},
    }


def registration(options):
    """The client's: native and public, each tenant's API within its reach."""
    audiences = [options["resource"].replace("{tenant}", tenant) for tenant in options["tenants"]]
    policy = {
        "function": "idpyoidc.server.oauth2.token_helper.validate_token_exchange_policy",
        "kwargs": {"audience": audiences, "resource": audiences, "scope": SCOPES},
    }
    return {
        "client_id": options["client_id"],
        "client_salt": "salt",
        "application_type": "native",
        "token_endpoint_auth_method": "none",
        "redirect_uris": [(options["redirect_uri"], {})],
        "response_types_supported": ["code"],
        "grant_types_supported": [CODE, REFRESH, EXCHANGE],
        "allowed_scopes": SCOPES,
        "revoke_refresh_on_issue": options["rotate"],
        "token_exchange": {
            "subject_token_types_supported": [ACCESS_TOKEN],
            "requested_token_types_supported": [ACCESS_TOKEN],
            "policy": {"": policy},
        },
    }


def subject(name, *_salt, **_rest):
    """A person's name is their subject, so that a test knows it."""
    return name


def person(name):
    email = f"{name}@northwind.example"
    return {"sub": name, "name": name.title(), "email": email, "email_verified": True}
