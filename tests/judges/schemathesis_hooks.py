"""Who schemathesis is: the owner, with a browser's cookie, signed in anew when a test ended the session."""
import os

import requests
import schemathesis

ORIGIN, CA, PASSWORD = (os.environ[name] for name in ("SNUG_ORIGIN", "SNUG_CA", "SNUG_PASSWORD"))


@schemathesis.auth(refresh_interval=2)
class Cookie:
    def get(self, case, context):
        body = {"username": "ada", "password": PASSWORD}
        answer = requests.post(f"{ORIGIN}/api/v1/auth/login", json=body, verify=CA, timeout=10)
        answer.raise_for_status()
        return answer.cookies["__Host-snug"]

    def set(self, case, data, context):
        case.cookies = {**(case.cookies or {}), "__Host-snug": data}


@schemathesis.serializer("application/offset+octet-stream")
def part(context, value):
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def before_call(context, case, kwargs):
    # As a page of this server asks; without it a change with a cookie is 403.
    case.headers = {**(case.headers or {}), "Origin": ORIGIN}
