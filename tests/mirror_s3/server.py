"""moto's S3 on a port of loopback, which looks at signatures as well (moto alone does not).

Ends with the tests, however these end: its stdin closes then.
"""

import hashlib
import hmac
import io
import os
import sys
import threading
from urllib.parse import parse_qsl, quote

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

SECRET = "hidden-secret"


def signature(environ, scope, signed, payload):
    """AWS Signature Version 4, as its documentation has it for S3."""
    path, _, query = environ["REQUEST_URI"].partition("?")
    pairs = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in parse_qsl(query, keep_blank_values=True)
    )

    def header(name):
        key = name.upper().replace("-", "_")
        bare = key in ("CONTENT_TYPE", "CONTENT_LENGTH")
        return environ[key if bare else "HTTP_" + key].strip()

    canonical = [environ["REQUEST_METHOD"], path, "&".join("=".join(pair) for pair in pairs)]
    canonical += [f"{name}:{header(name)}" for name in signed.split(";")]
    canonical += ["", signed, payload]
    digest = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", environ["HTTP_X_AMZ_DATE"], "/".join(scope), digest])
    key = ("AWS4" + SECRET).encode()
    for part in [*scope, text]:
        key = hmac.digest(key, part.encode(), "sha256")
    return key.hex()


def is_right(environ):
    """Whether a request has no signature, or the right one; the tests' own have the word `0`."""
    words = environ.get("HTTP_AUTHORIZATION", "").replace(",", " ").split()
    fields = dict(word.split("=", 1) for word in words[1:])
    if fields.get("Signature", "0") == "0":
        return True
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    payload = environ["HTTP_X_AMZ_CONTENT_SHA256"]
    scope = fields["Credential"].split("/")[1:]
    found = signature(environ, scope, fields["SignedHeaders"], payload)
    return payload == hashlib.sha256(body).hexdigest() and found == fields["Signature"]


def end():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end, daemon=True).start()
moto = DomainDispatcherApplication(create_backend_app)


def app(environ, start_response):
    if is_right(environ):
        return moto(environ, start_response)
    start_response("403 Forbidden", [("Content-Type", "application/xml")])
    return [b"<Error><Code>SignatureDoesNotMatch</Code><Message>Wrong.</Message></Error>"]


run_simple("127.0.0.1", int(sys.argv[1]), app, threaded=True)
