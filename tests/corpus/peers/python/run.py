"""The corpus through PyJWT, joserfc and Authlib, each set up as its documentation shows it."""

import base64
import json
import sys
import warnings
from importlib.metadata import version

warnings.simplefilter("ignore")

import jwt as pyjwt  # noqa: E402
from authlib.jose import JsonWebKey, JsonWebToken  # noqa: E402
from authlib.jose.errors import JoseError as AuthlibError  # noqa: E402
from joserfc import jwt as joserfc_jwt  # noqa: E402
from joserfc.errors import JoseError as JoserfcError  # noqa: E402
from joserfc.jwk import KeySet  # noqa: E402


class Refused(Exception):
    """Refused by these lines, as the library's documentation has them written."""


def check_pyjwt(token, trusted, audience):
    keys = [key for key in pyjwt.PyJWKSet.from_dict(trusted["jwks"]).keys if key.public_key_use in ("sig", None)]
    kid = pyjwt.get_unverified_header(token).get("kid")
    if kid is not None:
        keys = [key for key in keys if key.key_id == kid]
    elif len(keys) > 1:
        keys = []
    if not keys:
        raise Refused("no such key")
    pyjwt.decode(
        token, keys[0], algorithms=trusted["algorithms"], audience=audience, issuer=trusted["issuer"], leeway=30,
        options={"require": ["exp", "iat", "iss", "aud", "sub"]},
    )


def check_joserfc(token, trusted, audience):
    keys = KeySet.import_key_set(trusted["jwks"])
    read = joserfc_jwt.decode(token, keys, algorithms=trusted["algorithms"])
    joserfc_jwt.JWTClaimsRegistry(
        leeway=30, iss={"essential": True, "value": trusted["issuer"]}, aud={"essential": True, "value": audience},
        exp={"essential": True}, iat={"essential": True}, sub={"essential": True},
    ).validate(read.claims)


def check_authlib(token, trusted, audience):
    keys = JsonWebKey.import_key_set(trusted["jwks"])
    claims = JsonWebToken(trusted["algorithms"]).decode(token, keys, claims_options={
        "iss": {"essential": True, "value": trusted["issuer"]}, "aud": {"essential": True, "value": audience},
        "exp": {"essential": True}, "iat": {"essential": True}, "sub": {"essential": True},
    })
    claims.validate(leeway=30)


PEERS = [
    ("PyJWT", check_pyjwt, (pyjwt.PyJWTError, Refused)),
    ("joserfc", check_joserfc, (JoserfcError, Refused)),
    ("Authlib", check_authlib, (AuthlibError, Refused)),
]


def trusted_by(profile, token):
    """The issuer to check against: the only one, or the one that the token names."""
    if len(profile["trusted"]) == 1:
        return profile["trusted"][0]
    try:
        part = token.split(".")[1]
        named = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["iss"]
    except (ValueError, IndexError, KeyError, TypeError) as error:
        raise Refused("no issuer") from error
    for trusted in profile["trusted"]:
        if trusted["issuer"] == named:
            return trusted
    raise Refused("another issuer")


def outcome(corpus, vector, check, errors):
    token = vector["token"]
    token = token if isinstance(token, str) else token["repeat"] * token["times"]
    try:
        trusted = trusted_by(corpus["profiles"][vector["profile"]], token)
        api = trusted["tenant_audience"]
        check(token, trusted, api.replace("{tenant}", vector["tenant"]) if api else trusted["audiences"][0])
        return "accepted"
    except errors:
        return "refused"
    except Exception:  # noqa: BLE001: what a library does not document as its own is what is counted
        return "crashed"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        corpus = json.load(file)
    print(json.dumps([{
        "name": name, "version": version(name), "from": "PyPI",
        "outcomes": {vector["id"]: outcome(corpus, vector, check, errors) for vector in corpus["vectors"]},
    } for name, check, errors in PEERS]))


main()
