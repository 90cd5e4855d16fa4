#!/usr/bin/python3
"""A client of another ecosystem: Python's standard library and python3-websockets, written against PROTOCOL alone.

Starts the built server in a fresh folder, trusts nothing but the authority that it made, and walks through every route
and every frame as two people. Prints a line for each check; ends with their count, and with 1 if one failed.

    /usr/bin/python3 tests/outside/walk.py [--alone] [path of the binary]

--alone (for root) runs the binary in a folder in which nothing else is: no library, no shell, no /etc, no /tmp.
"""
import asyncio
import base64
import hashlib
import hmac
import http.client
import io
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.parse
from pathlib import Path

import websockets

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ALONE = "--alone" in sys.argv
NAMED = [argument for argument in sys.argv[1:] if argument != "--alone"]
BINARY = NAMED[0] if NAMED else os.environ.get("SNUG_BINARY", str(ROOT / "target/debug/snug"))
PASSWORD = "four warm words here"
SECOND = 5.0

# ---------------------------------------------------------------- counting

passed = failed = 0


def check(what, fine, found=""):
    """One line for each check."""
    global passed, failed
    if fine:
        passed += 1
        print(f"ok      {what}")
    else:
        failed += 1
        print(f"NOT OK  {what}   {str(found)[:600]}")
    return bool(fine)


# ---------------------------------------------------------------- shapes (PROTOCOL, Objects)

INT, TEXT, BOOL, ANY = int, str, bool, object


class Maybe:
    """A value or null; the field itself is always there."""

    def __init__(self, shape):
        self.shape = shape


class Each:
    def __init__(self, shape):
        self.shape = shape


class One(tuple):
    """One of these words."""

    def __new__(cls, *words):
        return super().__new__(cls, words)


STATUS = {"emoji": TEXT, "text": TEXT, "expires_at": Maybe(INT)}
USER = {
    "id": INT, "username": TEXT, "name": TEXT, "avatar": Maybe(TEXT), "role": One("owner", "admin", "member", "bot"),
    "status": Maybe(STATUS), "about": Maybe(TEXT), "time_zone": Maybe(TEXT), "active": BOOL, "created_at": INT,
}
ALLOWED = One("everyone", "admins")
ROOM_ME = {
    "role": One("member", "admin"), "joined_at": INT, "read_up_to": INT, "unread": INT, "mentions": INT,
    "counted_to": INT, "notify": One("all", "mentions", "none"), "starred": BOOL,
}
LAST = {"id": INT, "at": INT, "user": INT, "preview": TEXT}
ROOM = {
    "id": INT, "kind": One("public", "private", "direct"), "name": Maybe(TEXT), "topic": Maybe(TEXT), "retention_days": Maybe(INT), "archived": BOOL,
    "created_at": INT, "created_by": INT, "member_count": INT, "users": Maybe(Each(INT)), "last_message": Maybe(LAST),
    "me": Maybe(ROOM_ME), "description": Maybe(TEXT), "rules": {"post": ALLOWED, "pin": ALLOWED, "call": ALLOWED},
}
FILE = {
    "id": TEXT, "name": TEXT, "type": TEXT, "size": INT, "width": Maybe(INT), "height": Maybe(INT), "url": TEXT, "thumb": Maybe(TEXT),
    "duration_ms": Maybe(INT), "waveform": Maybe(Each(INT)),
}
MESSAGE = {
    "id": INT, "room": INT, "user": INT, "at": INT,
    "kind": One("text", "created", "joined", "left", "added", "removed", "renamed", "topic", "pinned", "retention"),
    "text": TEXT, "edited_at": Maybe(INT), "deleted": BOOL, "reply_to": Maybe({"id": INT, "user": INT, "preview": TEXT}),
    "thread": Maybe(INT), "thread_count": INT, "thread_last": Maybe(INT), "thread_at": Maybe(INT), "thread_users": Each(INT), "files": Each(FILE), "mentions": Each(INT), "mention_room": BOOL,
    "reactions": Each({"emoji": TEXT, "count": INT, "users": Each(INT)}), "pinned": BOOL, "nonce": Maybe(TEXT),
}
THREAD_ME = {"room": INT, "id": INT, "following": BOOL, "read_up_to": INT, "unread": INT, "mentions": INT, "last": Maybe(INT)}
MEMBER = {"user": USER, "role": One("member", "admin"), "joined_at": INT}
SESSION = {"id": INT, "device": TEXT, "address": TEXT, "created_at": INT, "last_used_at": INT, "current": BOOL, "kind": One("browser", "api")}
SERVER = {
    "name": TEXT, "version": TEXT, "setup_needed": BOOL, "registration": One("open", "invite", "closed"),
    "max_upload_bytes": INT, "tls": BOOL,
}
OWN = {**USER, "settings": dict}
DRAFT = {"room": INT, "thread": Maybe(INT), "text": TEXT, "reply_to": Maybe(INT), "at": INT}
PAGE = {"messages": Each(MESSAGE), "users": Each(USER), "has_before": BOOL, "has_after": BOOL}
LIST = {"messages": Each(MESSAGE), "users": Each(USER), "next": Maybe(INT)}
INVITE = {
    "id": INT, "role": TEXT, "rooms": Each(INT), "uses": Maybe(INT), "used": INT, "expires_at": INT, "created_at": INT,
    "created_by": Maybe(INT),
}
PROBLEM = {"type": TEXT, "title": TEXT, "status": INT, "code": TEXT, "detail": TEXT, "field": Maybe(TEXT)}
HELLO = {"type": TEXT, "user": USER, "cursor": INT, "heartbeat_s": INT, "resumed": BOOL, "version": TEXT}
EVENT = {"type": TEXT, "cursor": INT, "event": TEXT, "room": Maybe(INT), "data": dict}


def misfits(value, shape, at="it"):
    """What of a value is not as it should be. Added fields are no breach; missing ones are."""
    if shape is ANY:
        return []
    if isinstance(shape, Maybe):
        return [] if value is None else misfits(value, shape.shape, at)
    if isinstance(shape, Each):
        if not isinstance(value, list):
            return [f"{at} is no list: {value!r}"]
        return [line for n, one in enumerate(value) for line in misfits(one, shape.shape, f"{at}[{n}]")]
    if isinstance(shape, One):
        return [] if value in shape else [f"{at} is {value!r}, none of {'|'.join(shape)}"]
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{at} is no object: {value!r}"]
        lines = [f"{at}.{name} is missing" for name in shape if name not in value]
        return lines + [line for name in shape if name in value for line in misfits(value[name], shape[name], f"{at}.{name}")]
    fine = isinstance(value, shape) and not (shape is int and isinstance(value, bool))
    if fine and shape is int:
        fine = 0 <= value < 2**53
    return [] if fine else [f"{at} is {value!r}, no {shape.__name__}"]


# ---------------------------------------------------------------- the server

class Server:
    LIMITS = {
        "SNUG_AUTH__ARGON2_MEMORY_KIB": "8", "SNUG_AUTH__ARGON2_ITERATIONS": "1", "SNUG_LIMITS__MESSAGES_PER_SECOND": "0",
        "SNUG_LIMITS__REGISTRATIONS_PER_HOUR": "0", "SNUG_LIMITS__ROOMS_PER_HOUR": "0", "SNUG_LIMITS__INVITES_PER_HOUR": "0",
        "SNUG_LIMITS__LOGINS_PER_10_MIN": "0", "SNUG_LIMITS__SOCKETS_PER_USER": "6", "SNUG_LOG__LEVEL": "warn",
    }

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="snug-outside-"))
        self.data = self.folder / "data"
        self.log = open(self.folder / "log", "ab")
        if ALONE:
            self.root = self.folder / "root"
            self.root.mkdir()
            self.data = self.root / "data"
            shutil.copy(BINARY, self.root / "snug")
        self.start("127.0.0.1:0")

    def start(self, address):
        binary, data, around = (BINARY, str(self.data), {"env": {**os.environ, **self.LIMITS}})
        if ALONE:
            binary, data, around = ("/snug", "/data", {"env": self.LIMITS, "preexec_fn": self.shut_in})
        self.process = subprocess.Popen(
            [binary, "serve", "--data", data, "--listen", address],
            stdout=subprocess.PIPE, stderr=self.log, text=True, **around,
        )
        first = not (hasattr(self, "url"))
        self.link = None
        for line in self.process.stdout:
            if found := re.match(r"listening on (\S+)", line):
                self.url = found[1]
                if not first:
                    break
            if found := re.match(r"\s+(https\S+/setup#(\S+))", line):
                self.link, self.code = found[1], found[2]
                break
        self.host = urllib.parse.urlsplit(self.url).netloc
        self.port = int(self.host.rsplit(":", 1)[1])
        self.trust = ssl.create_default_context(cafile=str(self.data / "tls/ca.crt"))

    def shut_in(self):
        os.chroot(self.root)
        os.chdir("/")

    def restart(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        self.process.wait(10)
        self.start(f"127.0.0.1:{self.port}")

    def stop(self):
        self.process.terminate()
        code = self.process.wait(10)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        return code


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def header(self, name):
        return self.headers.get(name) or ""

    def __str__(self):
        return f"{self.status} {self.body[:500]!r}"


walked = set()


class Person:
    """Somebody with a cookie, or without."""

    def __init__(self, server, name="nobody"):
        self.server, self.name, self.cookie, self.user, self.wire, self.bearer = server, name, None, None, None, None

    def ask(self, method, path, body=None, headers=None, origin=True, raw=None):
        walked.add((method, path.split("?")[0]))
        send = dict(headers or {})
        data = raw
        if body is not None:
            data = json.dumps(body).encode()
            send.setdefault("Content-Type", "application/json")
        if self.cookie:
            send.setdefault("Cookie", self.cookie)
        if self.bearer:
            send.setdefault("Authorization", f"Bearer {self.bearer}")
        elif origin and method not in ("GET", "HEAD"):
            send.setdefault("Origin", self.server.url)
        for attempt in (1, 2):
            try:
                if self.wire is None:
                    self.wire = http.client.HTTPSConnection("127.0.0.1", self.server.port, context=self.server.trust, timeout=20)
                self.wire.request(method, path, data, send)
                got = self.wire.getresponse()
                content = got.read()
                break
            except (http.client.HTTPException, OSError):
                # The server closed the idle connection, or was started again.
                self.wire.close()
                self.wire = None
                if attempt == 2:
                    raise
        for one in got.headers.get_all("Set-Cookie") or []:
            pair = one.split(";")[0]
            if pair.startswith("__Host-snug="):
                self.cookie = pair if pair.split("=", 1)[1] else None
        return Answer(got.status, got.headers, content)

    def api(self, method, path, body=None, **more):
        return self.ask(method, f"/api/v1{path}", body, **more)

    def gets(self, what, method, path, body=None, status=200, shape=None, **more):
        """Asks, and checks status and shape. Gives the JSON, or None."""
        answer = self.api(method, path, body, **more)
        fine = answer.status == status
        check(f"{what}: {method} {path.split('?')[0]} gives {status}", fine, answer)
        if not fine:
            return None
        if status == 204:
            check(f"{what}: nothing in the body", answer.body == b"", answer.body)
            return None
        if shape is not None:
            check(f"{what}: its shape", not (lines := misfits(answer.json, shape)), lines)
        return answer.json

    def refused(self, what, method, path, body=None, status=403, code=None, field=..., **more):
        answer = self.api(method, path, body, **more)
        fine = answer.status == status
        try:
            problem = answer.json
        except ValueError:
            problem = {}
        wrong = misfits(problem, PROBLEM)
        fine = fine and not wrong and answer.header("Content-Type").startswith("application/problem+json")
        fine = fine and problem.get("status") == status and (code is None or problem.get("code") == code)
        fine = fine and (field is ... or problem.get("field") == field)
        check(f"{what}: {method} {path.split('?')[0]} is refused, {status} {code or ''}".rstrip(), fine, f"{answer} {wrong}")
        return answer

    async def listens(self, since=None, **more):
        ears = Ears(self)
        await ears.open(since, **more)
        return ears


class Ears:
    """A WebSocket, and what came over it that nobody has asked for yet."""

    def __init__(self, person):
        self.person, self.frames, self.number, self.cursor = person, [], 0, None

    async def open(self, since=None, origin=..., cookie=..., greet=True, **more):
        server = self.person.server
        walked.add(("GET", "/api/v1/ws"))
        query = "" if since is None else f"?since={since}"
        headers = {}
        cookie = self.person.cookie if cookie is ... else cookie
        if self.person.bearer:
            headers["Authorization"] = f"Bearer {self.person.bearer}"
            origin = None
        elif cookie:
            headers["Cookie"] = cookie
        self.socket = await websockets.connect(
            f"wss://{server.host}/api/v1/ws{query}", ssl=server.trust, extra_headers=headers,
            origin=server.url if origin is ... else origin, max_size=2**22, ping_interval=None, **more,
        )
        if greet:
            self.hello = await self.next()

    async def next(self, patience=SECOND):
        return json.loads(await asyncio.wait_for(self.socket.recv(), patience))

    async def say(self, **frame):
        await self.socket.send(json.dumps(frame))

    async def asks(self, **frame):
        """Says a frame with a ref and waits for its answer."""
        self.number += 1
        await self.say(ref=self.number, **frame)
        return await self.hear(lambda got: got.get("ref") == self.number)

    async def hear(self, fits, patience=SECOND):
        """The first frame that fits, of those that came or come."""
        for n, frame in enumerate(self.frames):
            if fits(frame):
                return self.frames.pop(n)
        end = time.monotonic() + patience
        while (left := end - time.monotonic()) > 0:
            try:
                frame = await self.next(left)
            except asyncio.TimeoutError:
                break
            if fits(frame):
                return frame
            self.frames.append(frame)
        return None

    async def event(self, name, room=..., fits=lambda data: True, patience=SECOND):
        return await self.hear(
            lambda got: got["type"] == "event" and got["event"] == name and (room is ... or got["room"] == room) and fits(got["data"]),
            patience,
        )

    async def quiet(self):
        """All that was said so far is here: the pong comes after it."""
        await self.asks(type="ping")
        frames, self.frames = self.frames, []
        return frames

    async def close(self):
        await self.socket.close()


async def told(ears, name, room, shape, what, fits=lambda data: True):
    """A durable event came, and its data is whole."""
    frame = await ears.event(name, room, fits)
    if not check(f"{what}: event {name} comes", frame is not None, ears.frames[-5:]):
        return {}
    lines = misfits(frame, EVENT) + misfits(frame["data"], shape, "data")
    check(f"{what}: shape of {name}", not lines, lines)
    return frame["data"]


# ---------------------------------------------------------------- the walk

def pages(server, nobody):
    """What a browser and a machine's keeper ask for."""
    try:
        with socket.create_connection(("127.0.0.1", server.port)) as plain:
            ssl.create_default_context().wrap_socket(plain, server_hostname="127.0.0.1")
        check("a client that does not know the authority refuses the certificate", False)
    except ssl.SSLCertVerificationError:
        check("a client that does not know the authority refuses the certificate", True)
    for path in ("/", "/setup", "/login", "/reset", "/link", "/rooms", "/saved", "/mentions", "/search", "/threads", "/settings", "/settings/profile", "/admin", "/admin/people", "/j/somecode", "/r/1", "/r/1/2"):
        answer = nobody.ask("GET", path)
        policy = answer.header("Content-Security-Policy")
        fine = answer.status == 200 and answer.header("Content-Type").startswith("text/html")
        check(f"the client at {path}", fine and "trusted-types worker" in policy and "default-src 'none'" in policy, answer)
    page = nobody.ask("GET", "/")
    again = nobody.ask("GET", "/", headers={"If-None-Match": page.header("ETag")})
    check("the page with its ETag is 304", again.status == 304 and again.body == b"", again)
    check("HEAD is answered like GET, without the body", (got := nobody.ask("HEAD", "/")).status == 200 and got.body == b"", got)
    script = re.search(rb'src="(/assets/[^"]+/js/(?:main|first)\.js)"', page.body)[1].decode()
    asset = nobody.ask("GET", script)
    check("an asset is kept for ever", asset.status == 200 and "immutable" in asset.header("Cache-Control"), asset.headers)
    packed = nobody.ask("GET", script, headers={"Accept-Encoding": "gzip"})
    check("an asset comes packed", packed.header("Content-Encoding") == "gzip" and len(packed.body) < len(asset.body), packed.headers)
    check("an asset of another build is 404", nobody.ask("GET", re.sub(r"/assets/[^/]+", "/assets/0000", script)).status == 404)
    described = nobody.ask("GET", "/api/v1/openapi.json")
    check("the document of the interface", described.status == 200 and json.loads(described.body)["openapi"].startswith("3.1"), described)
    check("and a page of it for people", (got := nobody.ask("GET", "/api")).status == 200 and got.header("Content-Type").startswith("text/html"), got)
    check("nobody said where to write about holes", nobody.ask("GET", "/.well-known/security.txt").status == 404)
    check("/trust explains", (got := nobody.ask("GET", "/trust")).status == 200 and b"ca.crt" in got.body, got)
    authority = nobody.ask("GET", "/trust/ca.crt")
    same = authority.body.strip() == (server.data / "tls/ca.crt").read_bytes().strip()
    check("/trust/ca.crt is the authority", authority.status == 200 and same, authority)
    worker = nobody.ask("GET", "/sw.js")
    check("/sw.js: a script that is asked for anew each time", worker.status == 200 and "javascript" in worker.header("Content-Type") and "no-cache" in worker.header("Cache-Control"), worker.headers)
    check("/licenses", (got := nobody.ask("GET", "/licenses")).status == 200 and b"MIT" in got.body, got)
    check("/healthz", (got := nobody.ask("GET", "/healthz")).status == 200, got)
    check("/readyz", (got := nobody.ask("GET", "/readyz")).status == 200, got)
    check("/metrics is not for everybody", nobody.ask("GET", "/metrics").status == 401)
    check("an address that is nothing is 404", nobody.ask("GET", "/nothing/here").status == 404)
    for name, value in (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer")):
        check(f"every answer carries {name}", nobody.ask("GET", "/healthz").header(name) == value)
    plain = socket.create_connection(("127.0.0.1", server.port))
    plain.settimeout(SECOND)
    plain.sendall(f"GET / HTTP/1.1\r\nHost: {server.host}\r\n\r\n".encode())
    words = plain.recv(4096)
    plain.close()
    check("plain HTTP gets a redirect or a sentence, no garbage", words.startswith(b"HTTP/1."), words)


def setting_up(server, ada, nobody):
    before = nobody.gets("before the setup", "GET", "/server", shape=SERVER)
    check("before the setup: it says so", before and before["setup_needed"] is True and before["tls"] is True, before)
    nobody.refused("registering too early", "POST", "/auth/register", {"username": "early", "password": PASSWORD}, 403)
    person = {"username": "ada", "password": PASSWORD, "name": "Ada Berg", "server_name": "Harbour"}
    ada.refused("a wrong setup code", "POST", "/setup", {"code": "wrong", **person}, 403, "wrong_code", "code")
    ada.refused("a weak password", "POST", "/setup", {"code": server.code, **person, "password": "short"}, 422, "weak_password", "password")
    ada.refused("an unknown field", "POST", "/setup", {"code": server.code, **person, "colour": "red"}, 422)
    answer = ada.api("POST", "/setup", {"code": server.code, **person})
    check("setup gives 201 and the owner", answer.status == 201 and not misfits(answer.json, {"user": USER}), answer)
    ada.user = answer.json["user"]
    check("the owner is the owner", ada.user["role"] == "owner" and ada.user["name"] == "Ada Berg", ada.user)
    cookie = answer.header("Set-Cookie")
    sealed = all(part in cookie for part in ("__Host-snug=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/")) and "Domain" not in cookie
    check("the cookie is sealed", sealed, cookie)
    nobody.refused("a second setup", "POST", "/setup", {"code": server.code, **person}, 409, "already_set_up")
    after = nobody.gets("after the setup", "GET", "/server", shape=SERVER)
    check("after the setup: no longer needed, and the name", after and not after["setup_needed"] and after["name"] == "Harbour", after)


def coming_in(server, ada, bob, nobody):
    nobody.refused("nobody may not look", "GET", "/me", None, 401, "not_signed_in")
    nobody.refused("without an invite", "POST", "/auth/register", {"username": "bob", "password": PASSWORD}, 403, "invite_needed")
    rooms = ada.gets("a room to invite to", "POST", "/rooms", {"name": "General", "kind": "public", "topic": "News"}, 201, ROOM)
    invite = ada.gets("an invite", "POST", "/invites", {"role": "member", "rooms": [rooms["id"]], "uses": 3}, 201, {**INVITE, "code": TEXT, "url": TEXT})
    check("an invite: its link", invite["url"] == f"{server.url}/j/{invite['code']}", invite["url"])
    listed = ada.gets("the invites", "GET", "/invites", shape={"invites": Each(INVITE)})
    check("the invites: it is listed, without its code", [one["id"] for one in listed["invites"]] == [invite["id"]] and invite["code"] not in json.dumps(listed), listed)
    seen = nobody.gets("looking at an invite", "POST", "/auth/invite", {"code": invite["code"]}, shape={"server_name": TEXT, "by": Maybe({"name": TEXT, "username": TEXT}), "rooms": Each({"id": INT, "name": TEXT}), "role": TEXT, "expires_at": INT})
    check("looking at an invite: who and where", seen["by"]["username"] == "ada" and seen["rooms"][0]["name"] == "General", seen)
    nobody.refused("an invite that never was", "POST", "/auth/invite", {"code": "nothing-like-it"}, 404, "invite_gone")
    taken = {"username": "ADA", "password": PASSWORD, "invite": invite["code"]}
    nobody.refused("a name that is taken, whatever its case", "POST", "/auth/register", taken, 409, "username_taken")
    nobody.refused("a name that is none", "POST", "/auth/register", {**taken, "username": "b"}, 422, None, "username")
    answer = bob.api("POST", "/auth/register", {"username": "bob", "name": "Bob Larsen", "password": PASSWORD, "invite": invite["code"]})
    check("registering gives 201 and the person", answer.status == 201 and not misfits(answer.json, {"user": USER}), answer)
    bob.user = answer.json["user"]
    mine = bob.gets("his rooms", "GET", "/rooms", shape={"rooms": Each(ROOM), "next": Maybe(INT)})
    check("his rooms: he landed where the invite led", [one["name"] for one in mine["rooms"]] == ["General"], mine)
    bob.refused("inviting is for admins", "POST", "/invites", {}, 403)
    second = ada.gets("another invite", "POST", "/invites", {}, 201)
    ada.gets("revoking it", "DELETE", f"/invites/{second['id']}", status=204)
    nobody.refused("a revoked invite", "POST", "/auth/invite", {"code": second["code"]}, 404, "invite_gone")

    other = Person(server, "bob's telephone")
    wrong = nobody.refused("a wrong password", "POST", "/auth/login", {"username": "bob", "password": "wrong and wrong"}, 401, "wrong_credentials")
    unknown = nobody.refused("an unknown person", "POST", "/auth/login", {"username": "nobody", "password": "wrong and wrong"}, 401, "wrong_credentials")
    check("both refusals are alike", wrong.body == unknown.body, unknown)
    other.gets("signing in", "POST", "/auth/login", {"username": "Bob", "password": PASSWORD}, 200, {"user": USER, "password_reset": Maybe({"at": INT, "address": Maybe(TEXT)})})
    sessions = bob.gets("his sessions", "GET", "/auth/sessions", shape={"sessions": Each(SESSION)})["sessions"]
    check("his sessions: two, one of them this", len(sessions) == 2 and sum(one["current"] for one in sessions) == 1, sessions)
    theirs = next(one for one in sessions if not one["current"])
    ada.refused("a session of somebody else", "DELETE", f"/auth/sessions/{theirs['id']}", None, 404)
    bob.gets("ending one session", "DELETE", f"/auth/sessions/{theirs['id']}", status=204)
    other.refused("an ended session", "GET", "/me", None, 401)
    other.gets("signing in again", "POST", "/auth/login", {"username": "bob", "password": PASSWORD})
    bob.gets("ending all others", "DELETE", "/auth/sessions", status=204)
    other.refused("ended with the others", "GET", "/me", None, 401)
    bob.gets("this one goes on", "GET", "/me", shape=OWN)
    other.gets("signing in a third time", "POST", "/auth/login", {"username": "bob", "password": PASSWORD})
    kept = other.cookie
    other.gets("signing out", "POST", "/auth/logout", status=204)
    check("signing out: the cookie is taken back", other.cookie is None, other.cookie)
    other.cookie = kept
    other.refused("the old cookie is worth nothing", "GET", "/me", None, 401)

    link = ada.gets("a link for a new password", "POST", f"/admin/users/{bob.user['id']}/reset", status=201, shape={"url": TEXT, "qr": TEXT, "expires_at": INT})
    code = link["url"].split("#")[1]
    check("a link for a new password: behind the #", link["url"].startswith(f"{server.url}/reset#"), link)
    nobody.refused("a code that never was", "POST", "/auth/reset", {"code": "nothing-like-it", "password": PASSWORD}, 404, "reset_gone")
    back = Person(server)
    back.gets("choosing a new password", "POST", "/auth/reset", {"code": code, "password": PASSWORD + " too"}, 200, {"user": USER, "signed_in": BOOL})
    nobody.refused("the link works once", "POST", "/auth/reset", {"code": code, "password": PASSWORD}, 404, "reset_gone")
    bob.cookie = back.cookie
    bob.refused("changing it with a wrong one", "POST", "/me/password", {"current": "wrong and wrong", "new": PASSWORD}, 403, "wrong_password", "current")
    bob.gets("changing it back", "POST", "/me/password", {"current": PASSWORD + " too", "new": PASSWORD}, status=204)
    bob.gets("still signed in here", "GET", "/me")
    return rooms["id"]


def at_the_door(server, ada, bob, room):
    """The rules that hold for every request."""
    here = f"/rooms/{room}/messages"
    bob.refused("a page of another origin", "POST", here, {"text": "x"}, 403, "cross_origin", headers={"Origin": "https://evil.invalid"})
    bob.refused("no origin at all, but a cookie", "POST", here, {"text": "x"}, 403, "cross_origin", origin=False)
    bob.gets("Sec-Fetch-Site alone is enough", "POST", here, {"text": "same origin"}, 201, MESSAGE, origin=False, headers={"Sec-Fetch-Site": "same-origin"})
    bob.refused("another name for this server", "GET", "/me", None, 421, headers={"Host": "evil.invalid"})
    bob.refused("a token nobody gave", "GET", "/me", None, 401, headers={"Authorization": "Bearer snug_nothing"})
    bob.refused("a body that is no JSON", "POST", here, raw=b"{", headers={"Content-Type": "application/json"}, status=400)
    bob.refused("a body of another type", "POST", here, raw=b"text=x", headers={"Content-Type": "application/x-www-form-urlencoded"}, status=415)
    bob.refused("a body that is too large", "POST", here, {"text": "x" * 140_000}, 413)
    bob.refused("a field that is not known", "POST", here, {"text": "x", "colour": "red"}, 422)
    bob.refused("a question that is not known", "GET", "/rooms?colour=red", None, 422)
    bob.refused("a page that is too long", "GET", f"{here}?limit=201", None, 422)
    bob.refused("an id that is none", "GET", "/rooms/none", None, 404)
    wrong = bob.refused("a method that there is not", "PUT", "/server", {}, 405)
    check("a method that there is not: Allow names the others", "GET" in wrong.header("Allow"), wrong.headers)
    bob.refused("an address that there is not", "GET", "/nothing", None, 404)
    preflight = bob.ask("OPTIONS", f"/api/v1{here}", headers={"Origin": "https://evil.invalid", "Access-Control-Request-Method": "POST"})
    check("a foreign page gets no permission", not preflight.header("Access-Control-Allow-Origin"), preflight.headers)
    check("answers of the API are not kept", "no-store" in bob.api("GET", "/me").header("Cache-Control"))


async def rooms_and_talk(ada, bob, nobody, general):
    """The resources, and beside each change the event that tells of it."""
    a, b = await ada.listens(), await bob.listens()
    check("hello comes first and is whole", not (lines := misfits(a.hello, HELLO)) and a.hello["type"] == "hello" and a.hello["resumed"] is False, lines or a.hello)
    check("hello names the person", b.hello["user"]["id"] == bob.user["id"], b.hello)
    await told_presence(a, bob)

    # People.
    users = ada.gets("all people", "GET", "/users", shape={"users": Each(USER), "next": Maybe(INT)})
    check("all people: both", {one["username"] for one in users["users"]} == {"ada", "bob"}, users)
    found = ada.gets("people by name", "GET", "/users?query=lars", shape={"users": Each(USER), "next": Maybe(INT)})
    check("people by name: Bob", [one["id"] for one in found["users"]] == [bob.user["id"]], found)
    some = ada.gets("people by number", "GET", f"/users?ids={bob.user['id']},{ada.user['id']},999999", shape={"users": Each(USER), "next": Maybe(INT)})
    check("people by number: both", len(some["users"]) == 2, some)
    page = ada.gets("a page of one", "GET", "/users?limit=1")
    rest = ada.gets("the page after it", "GET", f"/users?limit=1&cursor={page['next']}") if page["next"] else {"users": []}
    check("two pages of one person each", page["next"] is not None and len(page["users"] + rest["users"]) == 2 and page["users"] != rest["users"], [page, rest])
    ada.gets("one person", "GET", f"/users/{bob.user['id']}", shape=USER)
    ada.refused("a person that never was", "GET", "/users/999999", None, 404)

    # Oneself.
    me = bob.gets("changing oneself", "PATCH", "/me", {"name": "Bob L.", "status": {"emoji": "⛵", "text": "At sea"}}, shape=OWN)
    check("changing oneself: the new name and status", me["name"] == "Bob L." and me["status"] == {"emoji": "⛵", "text": "At sea", "expires_at": None}, me)
    await told(a, "user.updated", None, USER, "changing oneself", lambda data: data["name"] == "Bob L.")
    me = bob.gets("taking the status away", "PATCH", "/me", {"status": None}, shape=OWN)
    check("taking the status away: null", me["status"] is None, me)
    me = bob.gets("keeping settings", "PATCH", "/me", {"settings": {"density": "compact"}}, shape=OWN)
    check("keeping settings: they come back", bob.api("GET", "/me").json["settings"].get("density") == "compact", me)
    await told(b, "me.updated", ..., {"settings": dict}, "keeping settings", lambda data: "settings" in data)
    me = bob.gets("a profile", "PATCH", "/me", {"about": "Sails.", "time_zone": "Europe/Oslo"}, shape=OWN)
    check("a profile: both are there", (me["about"], me["time_zone"]) == ("Sails.", "Europe/Oslo"), me)
    bob.refused("a time zone that is none", "PATCH", "/me", {"time_zone": "next door"}, 422, None, "time_zone")
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\1\0" + bytes(9)
    me = bob.gets("a picture", "PUT", "/me/avatar", raw=png, headers={"Content-Type": "image/png"}, shape=USER)
    await told(a, "user.updated", None, USER, "a picture", lambda data: data["avatar"] == me["avatar"])
    shown = ada.ask("GET", me["avatar"])
    check("a picture: as it was sent", shown.body == png and shown.header("Content-Type") == "image/png", shown)
    check("a picture: for who is signed in", nobody.ask("GET", me["avatar"]).status == 401)
    bob.refused("a picture that is none", "PUT", "/me/avatar", raw=b"<svg/>", headers={"Content-Type": "image/png"}, status=422)
    bob.refused("a picture of another type", "PUT", "/me/avatar", raw=b"<svg/>", headers={"Content-Type": "image/svg+xml"}, status=415)
    bob.gets("no picture", "DELETE", "/me/avatar", status=204)
    check("no picture: it is gone", ada.ask("GET", me["avatar"]).status == 404)
    bob.refused("a name that is too long", "PATCH", "/me", {"name": "x" * 65}, 422, None, "name")
    snapshot = bob.gets("the snapshot", "GET", "/sync", shape={"cursor": INT, "server": SERVER, "me": OWN, "rooms": Each(ROOM), "users": Each(USER), "saved": Each(INT), "threads": Each(THREAD_ME), "drafts": Each(DRAFT)})
    check("the snapshot: rooms of mine only", all(one["me"] for one in snapshot["rooms"]), snapshot)

    # Rooms.
    room = ada.gets("a private room", "POST", "/rooms", {"name": "Board", "kind": "private", "topic": "Plans", "members": [bob.user["id"]]}, 201, ROOM)
    rid = room["id"]
    created = await told(b, "room.created", ..., ROOM, "a private room", lambda data: data["id"] == rid)
    check("a private room: with his own side", created.get("me") is not None and created["member_count"] == 2, created)
    before = await b.quiet()
    early = [one for one in before if one.get("room") == rid and one["type"] == "event" and one["cursor"] < 0]
    check("nothing of the room before it", not early, early)
    ada.refused("two rooms of one name", "POST", "/rooms", {"name": "board", "kind": "public"}, 409)
    ada.refused("a room without a name", "POST", "/rooms", {"name": "  ", "kind": "public"}, 422, None, "name")
    shared = ada.gets("rooms that two are in", "GET", f"/users/{bob.user['id']}/rooms", shape={"rooms": Each(INT)})
    check("rooms that two are in: this one among them", rid in shared["rooms"], shared)
    shown = bob.gets("a room", "GET", f"/rooms/{rid}", shape=ROOM)
    check("a room: its admin is another", shown["me"]["role"] == "member" and shown["users"] is None, shown)
    nobody.refused("a room, to nobody", "GET", f"/rooms/{rid}", None, 401)
    edited = ada.gets("renaming", "PATCH", f"/rooms/{rid}", {"name": "Council", "topic": None}, shape=ROOM)
    check("renaming: name and topic", edited["name"] == "Council" and edited["topic"] is None, edited)
    await told(b, "room.updated", rid, ROOM, "renaming", lambda data: data["name"] == "Council")
    await told(b, "message.created", rid, MESSAGE, "renaming, as a notice", lambda data: data["kind"] == "renamed" and data["text"] == "Council")
    await told(b, "message.created", rid, MESSAGE, "the topic, as a notice", lambda data: data["kind"] == "topic")
    bob.refused("a member may not rename", "PATCH", f"/rooms/{rid}", {"name": "Mine"}, 403)
    own = bob.gets("one's own side of a room", "PATCH", f"/rooms/{rid}/me", {"notify": "mentions", "starred": True}, shape=ROOM)
    check("one's own side of a room: kept", own["me"]["notify"] == "mentions" and own["me"]["starred"], own)
    await told(b, "me.updated", ..., {"room": {"id": INT, "me": ROOM_ME}}, "one's own side of a room", lambda data: data.get("room", {}).get("me", {}).get("starred"))
    public = ada.gets("all public rooms", "GET", "/rooms?scope=public", shape={"rooms": Each(ROOM), "next": Maybe(INT)})
    check("all public rooms: the private one is not among them", [one["name"] for one in public["rooms"]] == ["General"], public)

    # Words not sent yet.
    kept = bob.gets("a draft", "PUT", "/me/drafts", {"room": rid, "text": "not sent yet"}, shape=DRAFT)
    await told(b, "me.updated", ..., {"draft": DRAFT}, "a draft", lambda data: data.get("draft", {}).get("text") == "not sent yet")
    listed = bob.gets("drafts", "GET", "/me/drafts", shape={"drafts": Each(DRAFT)})
    check("drafts: that one", listed["drafts"] == [kept], listed)
    check("drafts: one's own only", ada.api("GET", "/me/drafts").json["drafts"] == [], None)
    nobody.refused("a draft, of nobody", "PUT", "/me/drafts", {"room": rid, "text": "x"}, 401)
    bob.gets("a draft without words", "PUT", "/me/drafts", {"room": rid, "text": ""}, 204)
    await told(b, "me.updated", ..., {"draft": DRAFT}, "a draft without words", lambda data: data.get("draft", {}).get("text") == "")
    bob.gets("taking a draft away, twice", "DELETE", "/me/drafts", {"room": rid}, 204)

    # Members.
    members = bob.gets("members", "GET", f"/rooms/{rid}/members", shape={"members": Each(MEMBER), "next": Maybe(INT)})
    check("members: both", len(members["members"]) == 2, members)
    ada.gets("making somebody an admin", "PUT", f"/rooms/{rid}/members/{bob.user['id']}", {"role": "admin"}, shape=MEMBER)
    await told(b, "member.updated", rid, {"user": INT, "role": TEXT}, "making somebody an admin", lambda data: data["role"] == "admin")
    ada.gets("and once more, which changes nothing", "PUT", f"/rooms/{rid}/members/{bob.user['id']}", {"role": "admin"}, shape=MEMBER)
    bob.gets("and back", "PUT", f"/rooms/{rid}/members/{bob.user['id']}", {"role": "member"}, shape=MEMBER)
    ada.refused("the last admin may not leave", "POST", f"/rooms/{rid}/leave", None, 409)
    await b.quiet()
    ada.gets("removing somebody", "DELETE", f"/rooms/{rid}/members/{bob.user['id']}", status=204)
    ada.api("POST", f"/rooms/{rid}/messages", {"text": "he is gone"})
    left = await told(b, "member.left", rid, {"user": INT, "by": Maybe(INT)}, "removing somebody")
    check("removing somebody: by whom", left == {"user": bob.user["id"], "by": ada.user["id"]}, left)
    after = [one for one in await b.quiet() if one.get("room") == rid]
    check("nothing of the room after it", not after, after)
    gone = bob.refused("a room one is not in", "GET", f"/rooms/{rid}", None, 404, "not_found")
    never = bob.refused("a room that never was", "GET", "/rooms/999999", None, 404, "not_found")
    check("both are told alike", gone.body == never.body, [gone.body, never.body])
    bob.refused("joining a private room", "POST", f"/rooms/{rid}/join", None, 404)
    ada.gets("adding somebody", "PUT", f"/rooms/{rid}/members/{bob.user['id']}", {"role": "member"}, shape=MEMBER)
    await told(b, "room.created", ..., ROOM, "adding somebody", lambda data: data["id"] == rid)
    joined = await told(a, "member.joined", rid, {"user": USER, "role": TEXT, "by": Maybe(INT)}, "adding somebody", lambda data: data["user"]["id"] == bob.user["id"])
    check("adding somebody: by whom", joined.get("by") == ada.user["id"], joined)
    bob.gets("leaving", "POST", f"/rooms/{general}/leave", status=204)
    await told(a, "member.left", general, {"user": INT, "by": Maybe(INT)}, "leaving")
    outside = bob.gets("a public room from outside", "GET", f"/rooms/{general}", shape=ROOM)
    check("a public room from outside: without an own side", outside["me"] is None, outside)
    bob.refused("its messages are its members'", "GET", f"/rooms/{general}/messages", None, 403, "not_a_member")
    bob.refused("writing there too", "POST", f"/rooms/{general}/messages", {"text": "x"}, 403, "not_a_member")
    bob.gets("joining", "POST", f"/rooms/{general}/join", shape=ROOM)
    await told(a, "member.joined", general, {"user": USER, "role": TEXT, "by": Maybe(INT)}, "joining", lambda data: data["by"] is None)

    # Directs.
    direct = ada.gets("a direct", "POST", "/directs", {"users": [bob.user["id"]]}, 201, ROOM)
    check("a direct: both in it", sorted(direct["users"]) == sorted([ada.user["id"], bob.user["id"]]) and direct["kind"] == "direct" and direct["name"] is None, direct)
    await told(b, "room.created", ..., ROOM, "a direct", lambda data: data["id"] == direct["id"])
    again = bob.gets("the same people, the same direct", "POST", "/directs", {"users": [ada.user["id"]]}, 200, ROOM)
    check("the same people, the same direct: one room", again["id"] == direct["id"], again)
    bob.refused("a direct with nobody", "POST", "/directs", {"users": []}, 422)

    # Messages.
    here = f"/rooms/{rid}/messages"
    message = ada.gets("a message", "POST", here, {"text": "Hello **@bob** @room", "nonce": "n-1"}, 201, MESSAGE)
    check("a message: mentions", message["mentions"] == [bob.user["id"]] and message["mention_room"] is True and message["edited_at"] is None, message)
    data = await told(b, "message.created", rid, MESSAGE, "a message", lambda data: data["id"] == message["id"])
    check("a message: its event has the nonce", data.get("nonce") == "n-1", data)
    twice = ada.gets("the same nonce", "POST", here, {"text": "Hello again", "nonce": "n-1"}, 200, MESSAGE)
    check("the same nonce: the same message", twice["id"] == message["id"] and twice["text"] == message["text"], twice)
    reply = bob.gets("a reply", "POST", here, {"text": "Hi", "reply_to": message["id"]}, 201, MESSAGE)
    check("a reply: whose and what", reply["reply_to"]["id"] == message["id"] and reply["reply_to"]["user"] == ada.user["id"], reply)
    ada.refused("an empty message", "POST", here, {"text": " \n "}, 422, None, "text")
    ada.refused("a message that is too long", "POST", here, {"text": "x" * 16_001}, 422, None, "text")
    ada.refused("an answer to nothing", "POST", here, {"text": "x", "reply_to": 999999}, 422)
    ada.gets("one message", "GET", f"{here}/{message['id']}", shape=MESSAGE)
    edited = ada.gets("editing", "PATCH", f"{here}/{message['id']}", {"text": "Hello all"}, shape=MESSAGE)
    check("editing: text, time and mentions", edited["text"] == "Hello all" and edited["edited_at"] and edited["mentions"] == [], edited)
    await told(b, "message.updated", rid, MESSAGE, "editing", lambda data: data["text"] == "Hello all")
    bob.refused("editing what others wrote", "PATCH", f"{here}/{message['id']}", {"text": "x"}, 403)
    edits = bob.gets("what it said before", "GET", f"{here}/{message['id']}/edits", shape={"edits": Each({"text": TEXT, "at": INT})})
    check("what it said before: oldest first", [one["text"] for one in edits["edits"]] == ["Hello **@bob** @room", "Hello all"], edits)
    await reactions_pins_and_saved(ada, bob, b, rid, message["id"])
    bob.refused("deleting what others wrote", "DELETE", f"{here}/{message['id']}", None, 403)
    doomed = bob.gets("a message to be deleted", "POST", here, {"text": "oops"}, 201)
    ada.gets("deleting, as an admin of the room", "DELETE", f"{here}/{doomed['id']}", status=204)
    await told(b, "message.deleted", rid, {"id": INT}, "deleting")
    ghost = bob.gets("a deleted message", "GET", f"{here}/{doomed['id']}", shape=MESSAGE)
    check("a deleted message: without its text", ghost["deleted"] and ghost["text"] == "", ghost)

    many = [ada.api("POST", here, {"text": f"number {n}"}).json["id"] for n in range(12)]
    newest = bob.gets("the newest", "GET", f"{here}?limit=5", shape=PAGE)
    check("the newest: oldest first, more before", [one["id"] for one in newest["messages"]] == many[-5:] and newest["has_before"] and not newest["has_after"], newest)
    earlier = bob.gets("before", "GET", f"{here}?before={many[7]}&limit=5", shape=PAGE)
    check("before: those before", [one["id"] for one in earlier["messages"]] == many[2:7] and earlier["has_after"], earlier)
    later = bob.gets("after", "GET", f"{here}?after={many[2]}&limit=5", shape=PAGE)
    check("after: those after", [one["id"] for one in later["messages"]] == many[3:8] and later["has_before"] and later["has_after"], later)
    around = bob.gets("around", "GET", f"{here}?around={many[6]}&limit=5", shape=PAGE)
    ids = [one["id"] for one in around["messages"]]
    check("around: in the middle", many[6] in ids and len(ids) <= 6 and ids == sorted(ids) and ids[0] < many[6] < ids[-1], ids)
    check("a page names the authors", {one["id"] for one in around["users"]} == {ada.user["id"]}, around["users"])
    bob.refused("two directions at once", "GET", f"{here}?before=5&after=5", None, 422)

    at = bob.gets("at a time", "GET", f"{here}?at={around['messages'][0]['at']}&limit=3", shape=PAGE)
    check("at a time: from there on", any(one["at"] >= around["messages"][0]["at"] for one in at["messages"]), at)
    bob.refused("a time and a direction", "GET", f"{here}?before=5&at=5", None, 422)

    # Threads.
    root = many[2]
    answer = bob.gets("an answer in a thread", "POST", here, {"text": "beside", "thread": root}, 201, MESSAGE)
    check("an answer in a thread: whose thread", answer["thread"] == root, answer)
    mine = await told(a, "me.updated", ..., {"thread": THREAD_ME}, "an answer in a thread", lambda data: data.get("thread", {}).get("id") == root)
    check("an answer in a thread: who wrote the root follows", mine and mine["thread"]["following"] and mine["thread"]["unread"] == 1, mine)
    check("an answer in a thread: not in the flow", answer["id"] not in [one["id"] for one in bob.api("GET", here).json["messages"]])
    thread = ada.gets("a thread", "GET", f"/rooms/{rid}/threads/{root}", shape={**PAGE, "root": MESSAGE, "me": THREAD_ME})
    check("a thread: root and answers", thread["root"]["thread_count"] == 1 and [one["id"] for one in thread["messages"]] == [answer["id"]], thread)
    ada.gets("reading a thread", "POST", f"/rooms/{rid}/threads/{root}/read", {"up_to": answer["id"]}, status=204)
    listed = ada.gets("my threads", "GET", "/me/threads", shape={"threads": Each({"root": MESSAGE, "me": THREAD_ME}), "users": Each(USER), "next": Maybe(INT)})
    check("my threads: this one, read", [(one["root"]["id"], one["me"]["unread"]) for one in listed["threads"]] == [(root, 0)], listed)
    quiet = ada.gets("no longer following", "PATCH", f"/rooms/{rid}/threads/{root}/me", {"following": False}, shape=THREAD_ME)
    check("no longer following: so it is", not quiet["following"] and ada.api("GET", "/me/threads").json["threads"] == [], quiet)
    bob.gets("taking an answer back", "DELETE", f"{here}/{answer['id']}", status=204)
    await told(a, "message.updated", rid, MESSAGE, "taking an answer back", lambda data: data["id"] == root and data["thread_count"] == 0)
    bob.refused("a thread under nothing", "POST", here, {"text": "x", "thread": 999999}, 422, None, "thread")
    bob.refused("a thread that there is not", "GET", f"/rooms/{rid}/threads/999999", None, 404)

    # Reading.
    unread = bob.gets("unread", "GET", f"/rooms/{rid}", shape=ROOM)["me"]
    check("unread: what others wrote since", unread["unread"] == 13 and unread["mentions"] == 0, unread)
    bob.gets("reading up to", "POST", f"/rooms/{rid}/read", {"up_to": many[5]}, status=204)
    await told(b, "me.updated", ..., {"room": {"id": INT, "me": ROOM_ME}}, "reading up to", lambda data: data.get("room", {}).get("me", {}).get("read_up_to") == many[5])
    check("reading up to: six are left", bob.api("GET", f"/rooms/{rid}").json["me"]["unread"] == 6)
    bob.gets("a lower mark", "POST", f"/rooms/{rid}/read", {"up_to": many[1]}, status=204)
    check("a lower mark changes nothing", bob.api("GET", f"/rooms/{rid}").json["me"]["unread"] == 6)
    bob.gets("a mark in the future", "POST", f"/rooms/{rid}/read", {"up_to": 2**50}, status=204)
    state = bob.api("GET", f"/rooms/{rid}").json["me"]
    check("a mark in the future means the newest", state["unread"] == 0 and state["read_up_to"] == many[-1], state)
    bob.gets("marking unread", "POST", f"/rooms/{rid}/unread", {"from": many[9]}, status=204)
    check("marking unread: from there", bob.api("GET", f"/rooms/{rid}").json["me"]["unread"] == 3)

    # Receipts.
    shape = {"delivered": Each(INT), "read": Each(INT), "times": Each({"user": INT, "at": INT})}
    found = ada.gets("who has read it", "GET", f"/rooms/{rid}/messages/{many[-1]}/receipts", shape=shape)
    check("who has read it: Bob, though he marked it as unread", bob.user["id"] in found["read"], found)
    shape = {"receipts": Each({"user": INT, "delivered": INT, "read": INT, "steps": Each(Each(INT))})}
    found = ada.gets("how far everybody is", "GET", f"/rooms/{rid}/receipts", shape=shape)["receipts"]
    check("how far everybody is: Bob at the end", any(one["user"] == bob.user["id"] and one["read"] == many[-1] for one in found), found)
    called = ada.gets("calling somebody", "POST", f"/rooms/{rid}/messages", {"text": f"@{bob.user['username']} look"}, 201, shape=MESSAGE)
    mentions = bob.gets("my mentions", "GET", "/me/mentions?limit=1", shape={"messages": Each(MESSAGE), "users": Each(USER), "next": Maybe(INT)})
    check("my mentions: the newest first", [message["id"] for message in mentions["messages"]] == [called["id"]], mentions)
    bob.gets("reading everything", "POST", "/me/read", {}, status=204)
    check("reading everything: nothing is left", all(room["me"]["unread"] == 0 for room in bob.api("GET", "/sync").json["rooms"]))

    # The end of rooms.
    ada.gets("archiving", "PATCH", f"/rooms/{general}", {"archived": True}, shape=ROOM)
    await told(b, "room.updated", general, ROOM, "archiving", lambda data: data["archived"])
    bob.refused("writing in the archive", "POST", f"/rooms/{general}/messages", {"text": "x"}, 403, "archived")
    ada.gets("bringing it back", "PATCH", f"/rooms/{general}", {"archived": False}, shape=ROOM)
    short = ada.gets("a room for an hour", "POST", "/rooms", {"name": "Hour", "kind": "public", "members": [bob.user["id"]]}, 201)
    bob.refused("deleting is for its admins", "DELETE", f"/rooms/{short['id']}", None, 403)
    bans = f"/rooms/{short['id']}/bans"
    shape = {"user": USER, "by": INT, "at": INT}
    ada.gets("banning from a room", "PUT", f"{bans}/{bob.user['id']}", {}, shape=shape)
    await told(b, "member.left", short["id"], {"user": INT, "by": INT}, "banning from a room")
    bob.refused("coming back into it", "POST", f"/rooms/{short['id']}/join", None, 403, "room_banned")
    ada.gets("who is banned from it", "GET", bans, shape={"bans": Each(shape)})
    ada.gets("lifting the ban", "DELETE", f"{bans}/{bob.user['id']}", status=204)
    bob.gets("coming back then", "POST", f"/rooms/{short['id']}/join")
    ada.gets("deleting a room", "DELETE", f"/rooms/{short['id']}", status=204)
    await told(b, "room.deleted", short["id"], {"id": INT}, "deleting a room")
    ada.refused("a deleted room", "GET", f"/rooms/{short['id']}", None, 404)
    await a.close()
    await b.close()
    return rid, direct["id"]


async def told_presence(ears, person):
    frame = await ears.hear(lambda got: got["type"] == "presence" and got["user"] == person.user["id"])
    check("presence of the others comes", frame is not None and frame["state"] in ("active", "away"), frame or ears.frames)


async def reactions_pins_and_saved(ada, bob, b, rid, message):
    """What people do with a message that is there."""
    here = f"/rooms/{rid}/messages/{message}"
    up = urllib.parse.quote("👍")
    one = [{"emoji": "👍", "count": 1, "users": [ada.user["id"]]}]
    reacted = ada.gets("a reaction", "PUT", f"{here}/reactions/{up}", shape=MESSAGE)
    check("a reaction: what is under it", reacted["reactions"] == one, reacted)
    await told(b, "reaction.added", rid, {"message": INT, "emoji": TEXT, "user": INT}, "a reaction", lambda data: data["emoji"] == "👍")
    again = ada.gets("the same once more", "PUT", f"{here}/reactions/{up}", shape=MESSAGE)
    check("the same once more: nothing changes", again["reactions"] == one, again)
    bob.gets("taking away what one did not give", "DELETE", f"{here}/reactions/{up}", status=204)
    ada.gets("taking it away", "DELETE", f"{here}/reactions/{up}", status=204)
    await told(b, "reaction.removed", rid, {"message": INT, "emoji": TEXT, "user": INT}, "taking it away")
    ada.refused("a reaction that is no emoji", "PUT", f"{here}/reactions/yes", None, 422, None, "emoji")

    bob.gets("pinning", "PUT", f"/rooms/{rid}/pins/{message}", shape=MESSAGE)
    await told(b, "pin.added", rid, {"message": INT, "user": INT}, "pinning")
    await told(b, "message.created", rid, MESSAGE, "pinning", lambda data: data["kind"] == "pinned" and data["reply_to"]["id"] == message)
    pins = ada.gets("what is pinned", "GET", f"/rooms/{rid}/pins", shape=LIST)
    check("what is pinned: it", [one["id"] for one in pins["messages"]] == [message] and pins["messages"][0]["pinned"], pins)
    bob.gets("unpinning", "DELETE", f"/rooms/{rid}/pins/{message}", status=204)
    await told(b, "pin.removed", rid, {"message": INT, "user": INT}, "unpinning")

    bob.gets("saving", "PUT", f"{here}/saved", shape=MESSAGE)
    await told(b, "me.updated", ..., {"saved": {"room": INT, "message": INT, "saved": BOOL}}, "saving", lambda data: "saved" in data)
    saved = bob.gets("what is saved", "GET", "/me/saved", shape=LIST)
    check("what is saved: it", [one["id"] for one in saved["messages"]] == [message] and bob.api("GET", "/sync").json["saved"] == [message], saved)
    check("what is saved is one's own", ada.api("GET", "/me/saved").json["messages"] == [])
    bob.gets("letting go", "DELETE", f"{here}/saved", status=204)
    check("letting go: nothing is saved", bob.api("GET", "/me/saved").json["messages"] == [])


async def sockets(server, ada, bob, room, direct):
    """Every frame that a client says, and every promise that can be seen from outside."""
    a, b = await ada.listens(), await bob.listens()
    ok = await a.asks(type="send", room=room, text="by socket", nonce="s-1", reply_to=None, thread=None, files=[])
    check("send is answered by ok, with id and time", ok and ok["type"] == "ok" and not misfits(ok["message"], {"id": INT, "at": INT}), ok)
    event = await b.event("message.created", room, lambda data: data["id"] == ok["message"]["id"])
    check("send: the other hears it", event and not misfits(event["data"], MESSAGE) and event["data"]["text"] == "by socket" and event["data"]["nonce"] == "s-1", event)
    own = await a.event("message.created", room, lambda data: data["id"] == ok["message"]["id"])
    check("send: the sender too, with the same cursor", own and own["cursor"] == event["cursor"], own)
    again = await a.asks(type="send", room=room, text="by socket", nonce="s-1")
    check("send with a known nonce: the first message", again and again["message"]["id"] == ok["message"]["id"], again)
    bare = await a.asks(type="send", room=room, text="with the least that is needed")
    check("send with room and text alone", bare and bare["type"] == "ok", bare)
    twins = [one for one in await b.quiet() if one["type"] == "event" and one["data"].get("id") == ok["message"]["id"]]
    check("send with a known nonce: no second event", not twins, twins)

    errors = {"type": TEXT, "ref": Maybe(INT), "status": INT, "code": TEXT, "detail": TEXT}
    for what, frame, status in (
        ("a room that never was", {"type": "send", "room": 999999, "text": "x"}, 404),
        ("no text", {"type": "send", "room": room, "text": ""}, 422),
        ("an unknown field", {"type": "send", "room": room, "text": "x", "colour": "red"}, 422),
        ("an unknown type", {"type": "sing"}, 422),
        ("a mark in no room", {"type": "read", "room": 999999, "up_to": 1}, 404),
        ("a state that is none", {"type": "presence", "state": "asleep"}, 422),
    ):
        got = await a.asks(**frame)
        check(f"{what} is answered by an error, {status}", got and got["type"] == "error" and got["status"] == status and not misfits(got, errors), got)
    await a.socket.send("{")
    got = await a.hear(lambda frame: frame["type"] == "error")
    check("what is no JSON is answered by an error, 400", got and got["status"] == 400 and got["ref"] is None, got)
    await a.socket.send(b"\x00\x01")
    got = await a.hear(lambda frame: frame["type"] == "error")
    check("a binary frame is answered by an error", got and got["status"] == 400, got)

    await b.quiet()
    await a.say(type="typing", room=room)
    typing = await b.hear(lambda got: got["type"] == "typing")
    check("typing is passed on", typing == {"type": "typing", "room": room, "user": ada.user["id"]}, typing)
    check("typing with a ref is acknowledged", (got := await a.asks(type="typing", room=room)) and got["type"] == "ok", got)
    more = [one for one in await b.quiet() if one["type"] == "typing"]
    check("typing at once again is not passed on", not more, more)
    check("typing comes to oneself not at all", not [one for one in await a.quiet() if one["type"] == "typing"])

    got = await b.asks(type="read", room=room, up_to=ok["message"]["id"])
    check("read is acknowledged", got and got["type"] == "ok", got)
    mine = await b.event("me.updated", ..., lambda data: data.get("room", {}).get("id") == room)
    check("read: one's own connections are told", mine and mine["data"]["room"]["me"]["read_up_to"] == ok["message"]["id"], mine)
    check("read: nobody else is", not [one for one in await a.quiet() if one.get("event") == "me.updated"])
    check("received is acknowledged", (got := await b.asks(type="received", cursor=event["cursor"])) and got["type"] == "ok", got)
    check("presence is acknowledged", (got := await b.asks(type="presence", state="away")) and got["type"] == "ok", got)
    away = await a.hear(lambda got: got["type"] == "presence" and got["user"] == bob.user["id"] and got["state"] == "away")
    check("presence: the other hears it", away is not None, a.frames)
    await b.asks(type="presence", state="active")
    active = await a.hear(lambda got: got["type"] == "presence" and got["state"] == "active" and got["user"] == bob.user["id"])
    check("presence: and back", active is not None, a.frames)
    pong = await a.asks(type="ping")
    check("ping is answered by pong", pong == {"type": "pong", "ref": a.number}, pong)

    # Order, and no hole, with both writing at once.
    await asyncio.gather(*(one.say(type="send", ref=1000 + n, room=room, text=f"together {n}") for n in range(40) for one in (a, b)))
    for one in (a, b):
        for n in range(40):
            if await one.hear(lambda got: got.get("ref") == 1000 + n) is None:
                check("all of a burst are answered", False, n)
    def order(frames):
        return [one["cursor"] for one in frames if one.get("event") == "message.created"]
    await a.asks(type="ping"), await b.asks(type="ping")
    last = ada.api("POST", f"/rooms/{room}/messages", {"text": "the last"}).json["id"]
    ends = [await one.hear(lambda got: got.get("event") == "message.created" and got["data"]["id"] == last) for one in (a, b)]
    check("a burst of both reaches its end", all(ends), ends)
    first, second = order(a.frames), order(b.frames)
    check("both saw the 80 in the same order, each once", first == second and len(first) == 80 and first == sorted(set(first)), [first, second])
    a.frames, b.frames = [], []

    # Resume.
    cursor = ends[1]["cursor"]
    await b.close()
    there = ada.api("POST", f"/rooms/{room}/messages", {"text": "while he was away"}).json
    taken_back = ada.api("POST", f"/rooms/{room}/messages", {"text": "taken back"}).json
    ada.api("DELETE", f"/rooms/{room}/messages/{taken_back['id']}")
    ada.api("POST", f"/rooms/{direct}/messages", {"text": "and in the direct"})
    b = await bob.listens(since=cursor)
    check("hello says resumed", b.hello["resumed"] is True, b.hello)
    missed = [one for one in await b.quiet() if one["type"] == "event"]
    cursors = [one["cursor"] for one in missed]
    check("what was missed comes in order, once, after the cursor", cursors == sorted(set(cursors)) and min(cursors) > cursor, cursors)
    texts = [one["data"].get("text") for one in missed if one["event"] == "message.created"]
    check("what was missed: nothing lacks", "while he was away" in texts and "and in the direct" in texts, missed)
    check("what was deleted since is not replayed", "taken back" not in json.dumps(missed), missed)
    live = ada.api("POST", f"/rooms/{room}/messages", {"text": "live again"}).json
    check("then live events", await b.event("message.created", room, lambda data: data["id"] == live["id"]) is not None)
    await b.close()
    b = await bob.listens(since=2**50)
    check("a cursor from the future is not resumed", b.hello["resumed"] is False, b.hello)
    await b.close()
    for what, arguments, status in (
        ("a cursor that is no number", {"since": "yesterday"}, 400),
        ("a page of another origin", {"origin": "https://evil.invalid"}, 403),
        ("no origin with a cookie", {"origin": None}, 403),
        ("nobody", {"cookie": None}, 401),
    ):
        try:
            ears = await bob.listens(**arguments)
            await ears.close()
            check(f"a socket for {what} is refused, {status}", False, ears.hello)
        except websockets.exceptions.InvalidStatusCode as refusal:
            check(f"a socket for {what} is refused, {status}", refusal.status_code == status, refusal)
    plain = bob.api("GET", "/ws")
    check("the socket's address without an upgrade says what it is", plain.status == 426 and plain.header("Upgrade").lower() == "websocket", plain)
    many = [await bob.listens() for _ in range(6)]
    try:
        await bob.listens()
        check("a socket too many is refused, 429", False)
    except websockets.exceptions.InvalidStatusCode as refusal:
        check("a socket too many is refused, 429", refusal.status_code == 429 and "Retry-After" in refusal.headers, refusal)
    for one in many:
        await one.close()
    await a.close()


async def closings(server, ada, bob, room):
    """How a connection ends, and what it means."""
    async def code(ears, patience=SECOND):
        # The reason stands behind all that was said before it.
        try:
            while True:
                await ears.next(patience)
        except asyncio.TimeoutError:
            return None
        except websockets.exceptions.ConnectionClosed:
            return ears.socket.close_code

    big = await bob.listens()
    await big.socket.send(json.dumps({"type": "send", "ref": 1, "room": room, "text": "x" * 140_000}))
    check("a frame that is too large closes with 1009", (got := await code(big)) == 1009, got)
    hasty = await bob.listens()
    try:
        for n in range(600):
            await hasty.socket.send('{"type":"ping"}')
    except websockets.exceptions.ConnectionClosed:
        pass
    check("too many frames close with 4429", (got := await code(hasty)) == 4429, got)

    guest = Person(server)
    guest.gets("one more device", "POST", "/auth/login", {"username": "bob", "password": PASSWORD})
    ears = await guest.listens()
    began = time.monotonic()
    guest.gets("and out again", "POST", "/auth/logout", status=204)
    got = await code(ears)
    check("signing out closes with 4401 within a second", got == 4401 and time.monotonic() - began < 1, [got, time.monotonic() - began])

    # A reader that does not read.
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", server.port))
    raw.setblocking(False)
    lazy = Ears(bob)
    await lazy.open(greet=False, sock=raw, server_hostname="127.0.0.1", max_queue=1, read_limit=1024)
    words = "w" * 15_000
    slowest = 0
    for n in range(700):
        start = time.monotonic()
        ada.api("POST", f"/rooms/{room}/messages", {"text": f"{n} {words}"})
        slowest = max(slowest, time.monotonic() - start)
        if n % 50 == 0:
            await asyncio.sleep(0)
    check("a reader that does not read delays nobody", slowest < 2, slowest)
    types, count = [], 0
    try:
        while "resync" not in types:
            frame = await lazy.next(10)
            types.append(frame["type"])
            count += 1
    except (asyncio.TimeoutError, websockets.exceptions.ConnectionClosed) as end:
        types.append(repr(end))
    check("a reader that does not read gets resync", types[-1] == "resync", [types[:1], types[-3:], count])
    fresh = ada.api("POST", f"/rooms/{room}/messages", {"text": "after the resync"}).json
    heard = await lazy.event("message.created", room, lambda data: data["id"] == fresh["id"], 10)
    check("and live events after it", heard is not None)
    cursor = heard["cursor"] if heard else 0
    await lazy.close()

    # The server goes and comes again.
    ears = await bob.listens()
    server.process.terminate()
    check("a stop closes with 1012", (got := await code(ears, 6)) == 1012, got)
    ended = server.process.wait(6)
    check("a stop ends with 0", ended == 0, ended)
    server.start(f"127.0.0.1:{server.port}")
    ears = await bob.listens(since=cursor)
    check("resume works after a restart", ears.hello["resumed"] is True, ears.hello)
    sent = await ears.asks(type="send", room=room, text="before the cut", nonce="cut-1")
    server.restart(signal.SIGKILL)
    ears = await bob.listens(since=cursor)
    check("resume works after kill -9", ears.hello["resumed"] is True, ears.hello)
    frames = [one for one in await ears.quiet() if one["type"] == "event" and one["data"].get("id") == sent["message"]["id"]]
    check("what was acknowledged is there after kill -9, once", len(frames) == 1, frames)
    again = await ears.asks(type="send", room=room, text="before the cut", nonce="cut-1")
    check("its nonce is remembered after kill -9", again["message"]["id"] == sent["message"]["id"], again)
    await ears.close()


def curl(server, person, *arguments):
    """curl as it is, with the cookie of somebody: the status and the body."""
    command = ["curl", "-sS", "--cacert", str(server.data / "tls/ca.crt"), "-b", person.cookie, "-H", f"Origin: {server.url}", "-w", "\n%{http_code}"]
    done = subprocess.run([*command, *arguments], capture_output=True, timeout=60)
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status or 0), body or done.stderr


async def files(server, ada, bob, room):
    at = f"/rooms/{room}"
    # What the walk asks by curl is walked too.
    walked.add(("POST", f"/api/v1{at}/files"))
    plan = server.folder / "plan of 2026.txt"
    plan.write_bytes(b"word " * 200_000)
    url = f"{server.url}/api/v1{at}/files"
    status, body = curl(server, bob, "-F", f"file=@{plan}", url)
    sent = json.loads(body) if status == 201 else {}
    check("curl -F uploads", status == 201 and not misfits(sent, FILE), (status, body))
    check("curl -F: name, size, type", (sent.get("name"), sent.get("size"), sent.get("type")) == (plan.name, 1_000_000, "text/plain"), sent)
    for what, arguments in (
        ("curl --data-binary", ["--data-binary", f"@{plan}", "-H", "Content-Type: text/plain"]),
        ("curl -T", ["-X", "POST", "-T", str(plan)]),
        ("curl -T in chunks", ["-X", "POST", "-H", "Transfer-Encoding: chunked", "-T", str(plan)]),
    ):
        status, body = curl(server, bob, *arguments, f"{url}?name=plan.txt&duration_ms=1200&waveform=0,31,7")
        got = json.loads(body) if status == 201 else {}
        fine = (got.get("size"), got.get("duration_ms"), got.get("waveform")) == (1_000_000, 1200, [0, 31, 7])
        check(f"{what} uploads", status == 201 and fine, (status, body))
    bob.refused("an unknown word in the address", "POST", f"{at}/files?nmae=x", None, 422)
    ada.refused("a file that is not sent", "GET", f"/files/{sent['id']}", None, 404)
    bob.gets("one's own file that is not sent", "GET", f"/files/{sent['id']}", shape=FILE)
    jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\0\x10\0\x20\x03"
    thumb = bob.ask("PUT", f"/files/{sent['id']}/thumb", raw=jpeg, headers={"Content-Type": "image/jpeg"})
    check("a picture in small", thumb.status == 200 and thumb.json["thumb"] == f"/files/{sent['id']}/thumb", thumb)
    message = bob.gets("a message with a file", "POST", f"{at}/messages", {"text": "", "files": [sent["id"]]}, status=201, shape=MESSAGE)
    check("the file is in it", [file["id"] for file in message["files"]] == [sent["id"]], message)
    bob.refused("a file a second time", "POST", f"{at}/messages", {"text": "again", "files": [sent["id"]]}, 422)
    whole = ada.ask("GET", sent["url"])
    check("its bytes for a member", whole.status == 200 and whole.body == plan.read_bytes(), whole.status)
    check("as what they are, to be saved", (whole.headers["Content-Type"], whole.headers["Content-Disposition"].split(";")[0]) == ("text/plain", "attachment"), whole.headers)
    shape = {"files": Each({"file": FILE, "message": INT, "user": INT, "at": INT, "thread": Maybe(INT)}), "users": Each(USER), "next": Maybe(INT)}
    listed = ada.gets("the files of the room", "GET", f"{at}/files?type=other&limit=1", shape=shape)
    check("the files of the room: it", [(one["file"]["id"], one["message"], one["user"]) for one in listed["files"]] == [(sent["id"], message["id"], bob.user["id"])], listed)
    ada.refused("files of no known kind", "GET", f"{at}/files?type=films", None, 422)
    small = ada.ask("GET", f"/files/{sent['id']}/thumb")
    check("its picture in small", small.status == 200 and small.body == jpeg, small)
    status, body = curl(server, ada, "--range", "999990-", server.url + sent["url"])
    check("curl --range", (status, body) == (206, b"word word "), (status, body))
    status, body = curl(server, ada, "-I", server.url + sent["url"])
    check("curl -I", status == 200 and b"content-length: 1000000" in body.lower(), body)
    half = server.folder / "half"
    half.write_bytes(plan.read_bytes()[:400_000])
    status, body = curl(server, ada, "-C", "-", "-o", str(half), server.url + sent["url"])
    check("curl -C - goes on", half.read_bytes() == plan.read_bytes(), (status, body))
    # In steps, by the protocol of tus alone.
    tus = {"Tus-Resumable": "1.0.0"}
    made = bob.api("POST", f"{at}/uploads", headers={**tus, "Upload-Length": "10", "Upload-Metadata": "filename YS50eHQ="})
    place = made.headers["Location"]
    check("an upload in steps begins", made.status == 201 and bool(place), made)
    part = {**tus, "Content-Type": "application/offset+octet-stream"}
    first = bob.ask("PATCH", place, raw=b"hello", headers={**part, "Upload-Offset": "0"})
    check("its first part", (first.status, first.headers["Upload-Offset"]) == (204, "5"), first)
    told = bob.ask("GET", place)
    check("how far it is", told.json == {"id": place.rsplit("/", 1)[1], "offset": 5, "length": 10}, told)
    head = bob.ask("HEAD", place, headers=tus)
    check("how far it is, as tus asks", (head.status, head.headers["Upload-Offset"], head.headers["Upload-Length"]) == (200, "5", "10"), head)
    last = bob.ask("PATCH", place, raw=b"world", headers={**part, "Upload-Offset": "5"})
    check("its last part names the file", last.status == 204 and len(last.headers["Snug-File"] or "") == 22, last)
    bob.gets("that nobody needs", "DELETE", f"/files/{last.headers['Snug-File']}", status=204)
    other = bob.api("POST", f"{at}/uploads", headers={**tus, "Upload-Length": "10"}).headers["Location"]
    check("giving up", bob.ask("DELETE", other, headers=tus).status == 204)
    check("what was given up is gone", bob.ask("GET", other).status == 404)
    bob.gets("deleting a file", "DELETE", f"/files/{sent['id']}", status=204)
    check("its bytes are gone", ada.ask("GET", sent["url"]).status == 404)
    bob.refused("with its message", "GET", f"{at}/messages/{message['id']}/edits", None, 404)


def until_quiet(admin):
    """Waits until no backup is made or checked, and gives the list of them."""
    deadline = time.monotonic() + 30
    while (kept := admin.api("GET", "/admin/backups").json)["working"] and time.monotonic() < deadline:
        time.sleep(0.1)
    return kept


def administration(server, ada, bob, room):
    BACKUPS = {"last_at": Maybe(INT), "last_verified_at": Maybe(INT), "last_error": Maybe(TEXT), "next_at": Maybe(INT), "count": INT, "bytes": INT, "alarm": BOOL}
    STORE = {"mode": One("ok", "read_only", "down"), "why": Maybe(TEXT), "size_bytes": INT, "live_bytes": INT, "free_bytes": INT, "reserve_bytes": INT}
    CERTIFICATE = {
        "source": One("auto", "acme", "files"), "state": One("good", "waiting", "failing", "ending"), "names": Each(TEXT), "issuer": TEXT, "fingerprint": TEXT,
        "starts_at": INT, "expires_at": INT, "public": BOOL, "renewing": BOOL, "renews_at": Maybe(INT), "next_try_at": Maybe(INT), "last_error": Maybe(TEXT),
        "last_error_at": Maybe(INT), "proof": Maybe(TEXT), "directory": Maybe(TEXT), "authority": Maybe({"fingerprint": TEXT, "expires_at": INT}),
    }
    LOOK = {"at": INT, "people": INT, "connections": INT, "messages_per_minute": ANY, "send_p50_ms": Maybe(ANY), "send_p99_ms": Maybe(ANY), "resident_bytes": INT}
    INDEX = {"state": One("starting", "building", "ready"), "messages": INT, "bytes": INT, "cursor": INT, "done": Maybe(INT), "total": Maybe(INT), "why": Maybe(TEXT)}
    STATE = {"version": TEXT, "uptime_s": INT, "setup_needed": BOOL, "listening": Each(TEXT), "tls": BOOL, "users": INT, "rooms": INT, "messages": INT, "connections": INT,
             "people_connected": INT, "cursor": INT, "backups": BACKUPS, "certificate": Maybe(CERTIFICATE), "store": STORE,
             "search": INDEX,
             "process": {"resident_bytes": INT, "open_files": INT, "open_files_max": Maybe(INT), "cpu_s": ANY},
             "proxies": {"requests": INT, "without_for": INT, "without_proto": INT, "strangers": Each(TEXT)}, "now": LOOK}
    STORAGE = {"store": STORE, "compaction": {"running": BOOL, "last": Maybe(ANY)}, "retention": {"messages_days": Maybe(INT), "files_days": Maybe(INT)},
               "quotas": {"file_bytes": INT, "person_bytes": INT, "all_bytes": Maybe(INT)}}
    bid = bob.user["id"]
    ada.gets("the state of the server", "GET", "/admin/status", shape=STATE)
    SETTING = {"key": TEXT, "value": ANY, "origin": One("default", "database", "file", "environment", "flag"), "from": Maybe(TEXT), "live": BOOL,
               "kind": One("text", "choice", "number", "flag", "list"), "choices": Each(TEXT), "min": Maybe(INT), "max": Maybe(INT)}
    SETTINGS = {"name": TEXT, "settings": Each(SETTING)}
    ada.gets("the settings", "GET", "/admin/settings", shape=SETTINGS)
    ada.gets("a setting", "PATCH", "/admin/settings", {"values": {"audit.days": 90}}, shape=SETTINGS)
    ada.gets("and back", "PATCH", "/admin/settings", {"values": {"audit.days": None}}, shape=SETTINGS)
    ada.refused("a setting that needs a restart", "PATCH", "/admin/settings", {"values": {"log.level": "debug"}}, 409)
    ada.refused("a setting that does not fit", "PATCH", "/admin/settings", {"values": {"auth.password_min": 3}}, 422)
    ada.gets("the last hour", "GET", "/admin/pulse", shape={"period_s": INT, "looks": Each(LOOK)})
    ada.gets("the certificate", "GET", "/admin/certificate", shape=CERTIFICATE)
    bob.refused("the certificate is for admins", "GET", "/admin/certificate", None, 403)
    bob.refused("renewing it is for admins", "POST", "/admin/certificate/renew", None, 403)
    renewed = ada.gets("a new certificate", "POST", "/admin/certificate/renew", shape=CERTIFICATE)
    check("a new certificate: all is well", renewed["state"] == "good" and not renewed["public"], renewed)
    for method, path, body in (
        ("GET", "/admin/status", None), ("GET", "/admin/settings", None), ("PATCH", "/admin/settings", {"name": "Mine"}), ("GET", "/admin/pulse", None), ("GET", "/admin/storage", None), ("POST", "/admin/compact", None), ("POST", "/admin/search/rebuild", None), ("GET", "/admin/users", None), ("GET", f"/admin/users/{bid}", None), ("GET", "/admin/rooms", None),
        ("GET", f"/admin/rooms/{room}", None), ("PATCH", f"/admin/users/{bid}", {"role": "owner"}), ("DELETE", f"/admin/users/{ada.user['id']}", None),
        ("POST", f"/admin/users/{ada.user['id']}/reset", None), ("DELETE", f"/admin/users/{ada.user['id']}/sessions", None),
        ("PATCH", f"/admin/rooms/{room}", {"archived": True}), ("DELETE", f"/admin/rooms/{room}", None),
    ):
        answer = bob.api(method, path, body)
        check(f"a member may not {method} {path}", answer.status in (403, 404), answer)
    # What only the operator at the machine may do is closed to everybody here.
    for method, path, body in (
        ("POST", "/admin/users", {"username": "new", "password": PASSWORD}), ("PUT", f"/admin/users/{bid}/password", {"new": PASSWORD}), ("GET", "/admin/backup", None),
    ):
        for who in (ada, bob):
            answer = who.api(method, path, body)
            check(f"{who.name} may not {method} {path} over the network", answer.status in (403, 404), answer)
    users = ada.gets("all accounts", "GET", "/admin/users", shape={"users": Each(USER), "next": Maybe(INT)})
    check("all accounts: both", len(users["users"]) == 2, users)
    one = ada.gets("an account by name", "GET", "/admin/users?username=BOB", shape={"users": Each(USER)})
    check("an account by name: Bob", [user["id"] for user in one["users"]] == [bid], one)
    ada.gets("an account", "GET", f"/admin/users/{bid}", shape={"user": USER, "sessions": Each(SESSION), "factors": {"totp": BOOL, "recovery_codes_left": INT, "passkeys": INT}})
    LISTED = {"file": FILE, "room": INT, "user": INT, "message": Maybe(INT), "at": INT}
    ada.gets("all files", "GET", "/admin/files?limit=2", shape={"files": Each(LISTED), "next": Maybe(INT)})
    ada.gets("what files take", "GET", "/admin/files/usage", shape={
        "total": {"files": INT, "bytes": INT, "stored_bytes": INT, "waiting_files": INT, "waiting_bytes": INT},
        "users": Each({"user": INT, "files": INT, "bytes": INT}), "rooms": Each({"room": INT, "files": INT, "bytes": INT}),
    })
    ada.gets("the disk", "GET", "/admin/storage", shape=STORAGE)
    ada.gets("smaller databases", "POST", "/admin/compact", shape=STORAGE)
    ada.gets("a new search index", "POST", "/admin/search/rebuild", shape={"search": INDEX})
    SNIPPET = {"text": TEXT, "mark": BOOL}
    HITS = {"hits": Each({"message": MESSAGE, "room": INT, "snippet": Each(SNIPPET)}), "users": Each(USER), "next": Maybe(INT), "total": INT, "took_ms": INT, "partial": BOOL}
    ada.gets("what was said", "GET", "/search?q=hello&limit=5", shape=HITS)
    ada.gets("away with what nobody sent", "POST", "/admin/files/sweep", shape={"files": INT, "bytes": INT})
    for path in ("/admin/files", "/admin/files/usage"):
        check(f"a member may not GET {path}", bob.api("GET", path).status == 403)
    VERDICT = {"entries": INT, "first": Maybe(INT), "last": Maybe(INT), "intact": One(True), "broken_at": Maybe(INT)}
    ENTRY = {"id": INT, "at": INT, "action": TEXT, "by": TEXT, "actor": Maybe(INT), "address": Maybe(TEXT), "previous": TEXT, "digest": TEXT}
    log = ada.gets("the audit log", "GET", "/admin/audit?limit=5", shape={"entries": Each(ENTRY), "users": Each(USER), "next": Maybe(INT)})
    check("the audit log: five entries", len(log["entries"]) == 5, log)
    ada.gets("the audit log holds together", "GET", "/admin/audit/verify", shape=VERDICT)
    BAN = {"id": INT, "user": Maybe(INT), "addresses": Each(TEXT), "reason": Maybe(TEXT), "created_at": INT, "created_by": Maybe(INT), "expires_at": Maybe(INT)}
    ban = ada.gets("banning a network", "POST", "/admin/bans", {"address": "203.0.113.0/24", "reason": "noise"}, status=201, shape=BAN)
    ada.gets("all bans", "GET", "/admin/bans", shape={"bans": Each(BAN), "users": Each(USER)})
    ada.gets("lifting a ban", "DELETE", f"/admin/bans/{ban['id']}", status=204)
    ada.refused("banning everybody", "POST", "/admin/bans", {"address": "0.0.0.0/0"}, 422)
    BACKUP = {"name": TEXT, "kind": TEXT, "created_at": INT, "version": TEXT, "last_id": INT, "rows": INT, "files": INT, "file_bytes": INT, "bytes": INT,
              "added_bytes": INT, "encrypted": BOOL, "verified_at": Maybe(INT), "verified": Maybe(TEXT), "problem": Maybe(TEXT), "took_ms": INT}
    WORK = {"step": TEXT, "name": Maybe(TEXT), "began_at": INT, "percent": INT}
    KEPT = {**BACKUPS, "backups": Each(BACKUP), "folder": TEXT, "nightly": Maybe(TEXT), "keep_daily": INT, "keep_weekly": INT, "encrypted": BOOL, "working": Maybe(WORK)}
    ada.gets("backups: none yet", "GET", "/admin/backups", shape=KEPT)
    ada.gets("making a backup", "POST", "/admin/backups", status=202, shape={"working": Maybe(WORK)})
    kept = until_quiet(ada)
    check("a backup is made, and good", len(kept["backups"]) == 1 and kept["backups"][0]["verified"] == "restored", kept)
    check("backups: their shape", not misfits(kept, KEPT), kept)
    ada.gets("checking it", "POST", f"/admin/backups/{kept['backups'][0]['name']}/verify", status=202, shape={"working": Maybe(WORK)})
    check("it is still good", until_quiet(ada)["backups"][0]["problem"] is None)
    ada.refused("checking one that is not there", "POST", "/admin/backups/none/verify", None, 404)
    for path in ("/admin/audit", "/admin/audit/verify", "/admin/bans", "/admin/backups"):
        bob.refused(f"{path} is for admins", "GET", path, None, 403)
    ada.gets("all rooms", "GET", "/admin/rooms", shape={"rooms": Each(ROOM), "directs": INT, "next": Maybe(INT)})
    LINE = {"room": ROOM, "messages": INT, "messages_more": BOOL, "files": INT, "bytes": INT, "last_at": Maybe(INT), "admins": INT}
    ada.gets("all rooms with their size", "GET", "/admin/rooms/table?order=bytes", shape={"rooms": Each(LINE), "total": INT, "directs": INT, "next": Maybe(INT)})
    ada.gets("where everybody is signed in", "GET", "/admin/sessions", shape={"sessions": Each({**SESSION, "user": INT}), "users": Each(USER), "next": Maybe(INT)})
    for path in ("/admin/rooms/table", "/admin/sessions"):
        bob.refused(f"{path} is for admins", "GET", path, None, 403)
    ada.refused("nobody is brought into a room from outside", "PUT", f"/admin/rooms/{room}/members/9999999", {"role": "admin"}, 404)
    ada.gets("any room", "GET", f"/admin/rooms/{room}", shape={"room": ROOM, "members": Each(MEMBER)})
    changed = ada.gets("another role", "PATCH", f"/admin/users/{bid}", {"role": "admin"}, shape={"user": USER})
    check("another role: admin", changed["user"]["role"] == "admin", changed)
    bob.gets("an admin may look", "GET", "/admin/status", shape=STATE)
    ada.gets("and back", "PATCH", f"/admin/users/{bid}", {"role": "member"}, shape={"user": USER})
    ada.gets("archiving any room", "PATCH", f"/admin/rooms/{room}", {"archived": True}, shape=ROOM)
    ada.gets("bringing it back", "PATCH", f"/admin/rooms/{room}", {"archived": False}, shape=ROOM)
    ada.gets("signing somebody out", "DELETE", f"/admin/users/{bid}/sessions", status=204)
    bob.refused("signed out by an admin", "GET", "/me", None, 401)
    bob.gets("and in again", "POST", "/auth/login", {"username": "bob", "password": PASSWORD})
    ada.gets("switching an account off", "PATCH", f"/admin/users/{bid}", {"active": False}, shape={"user": USER})
    bob.refused("an account that is off", "GET", "/me", None, 401)
    off = Person(server)
    off.refused("signing in to it", "POST", "/auth/login", {"username": "bob", "password": PASSWORD}, 401)
    ada.gets("and on", "PATCH", f"/admin/users/{bid}", {"active": True}, shape={"user": USER})
    bob.gets("it is as before", "POST", "/auth/login", {"username": "bob", "password": PASSWORD})
    ada.gets("deleting any room", "DELETE", f"/admin/rooms/{room}", status=204)
    ada.refused("which is then gone", "GET", f"/rooms/{room}", None, 404)
    ada.refused("the last owner stays", "DELETE", f"/admin/users/{ada.user['id']}", None, 409)
    answer = ada.api("GET", f"/admin/users/{bid}/export")
    check("an archive of a person is not for admins over the network", answer.status == 404, answer)
    ada.refused("one's own data, with a wrong password", "POST", "/me/export", {"password": "not the one"}, 403, "wrong_password")
    archive = ada.api("POST", "/me/export", {"password": PASSWORD})
    fine = archive.status == 200 and archive.header("Content-Type") == "application/x-tar"
    with tarfile.open(fileobj=io.BytesIO(archive.body)) as tar:
        names = tar.getnames()
        data = json.load(tar.extractfile("data.json"))
    check("one's own data: a tar archive", fine and data["user"]["username"] == "ada" and any(name.startswith("messages/") for name in names), names)
    ada.refused("leaving as the last owner", "POST", "/me/erase", {"password": PASSWORD}, 409, "last_owner")
    ada.refused("erasing the last owner", "POST", f"/admin/users/{ada.user['id']}/erase", {}, 409, "last_owner")
    ada.gets("deleting an account", "DELETE", f"/admin/users/{bid}", status=204)
    bob.refused("which is then gone", "GET", "/me", None, 401)
    after = ada.api("GET", f"/users/{bid}")
    check("whose words keep an author", after.status in (200, 404), after)


def program(server, name, bearer):
    """A program: it shows a token, has no cookie and no origin."""
    one = Person(server, name)
    one.bearer = bearer
    return one


async def programs(server, ada, room):
    """Tokens, API keys and bots."""
    TOKENS = {"access_token": TEXT, "token_type": One("Bearer"), "expires_in": INT, "refresh_token": TEXT, "scope": TEXT}
    KEY = {"id": INT, "name": TEXT, "scopes": Each(TEXT), "rooms": Maybe(Each(INT)), "created_at": INT, "expires_at": Maybe(INT), "last_used_at": Maybe(INT)}
    nobody = Person(server)

    form = urllib.parse.urlencode({"grant_type": "password", "username": "ada", "password": PASSWORD, "client_id": "walker"}).encode()
    answer = nobody.api("POST", "/auth/token", raw=form, headers={"Content-Type": "application/x-www-form-urlencoded"}, origin=False)
    check("tokens for a password: by a form", answer.status == 200 and not misfits(answer.json, TOKENS), answer)
    check("tokens for a password: not kept by caches", "no-store" in answer.header("Cache-Control"), answer.headers)
    first = answer.json
    api = program(server, "a client", first["access_token"])
    api.gets("with a token", "GET", "/me", shape=OWN)
    said = api.gets("a token speaks", "POST", f"/rooms/{room}/messages", {"text": "by token", "nonce": "token-1"}, status=201, shape=MESSAGE)
    check("a token speaks: as its person", said["user"] == ada.user["id"], said)
    ears = await api.listens()
    check("a token listens", ears.hello["user"]["id"] == ada.user["id"], ears.hello)
    second = nobody.gets("renewing", "POST", "/auth/token", {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}, shape=TOKENS, origin=False)
    for body in ({"grant_type": "refresh_token", "refresh_token": "snugr_guess"}, {"grant_type": "password", "username": "ada", "password": "wrong words all four"}):
        answer = nobody.api("POST", "/auth/token", body, origin=False)
        check("a token that is refused: as OAuth says it", answer.status == 400 and answer.json["error"] == "invalid_grant" and "error_description" in answer.json, answer)
    wrong = program(server, "a guess", first["access_token"][:-4] + "AAAA")
    answer = wrong.refused("an edited token", "GET", "/me", None, 401, "bad_token")
    check("an edited token: says so", 'error="invalid_token"' in answer.header("WWW-Authenticate"), answer.headers)
    keys = nobody.ask("GET", "/.well-known/jwks.json")
    check("public keys", keys.status == 200 and keys.json["keys"][0]["crv"] == "Ed25519" and "d" not in keys.json["keys"][0], keys)
    meta = nobody.ask("GET", "/.well-known/oauth-authorization-server")
    check("what a client finds out", meta.status == 200 and meta.json["issuer"] == server.url and meta.json["token_endpoint"] == f"{server.url}/api/v1/auth/token", meta)
    api.bearer = second["access_token"]
    api.gets("leaving by token", "POST", "/auth/logout", status=204)
    try:
        while True:
            await ears.next()
    except websockets.ConnectionClosed as closed:
        check("leaving by token closes its socket", closed.code == 4401, closed)
    api.refused("a token that is over", "GET", "/me", None, 401, "bad_token")
    ada.gets("the browser stays", "GET", "/me", shape=OWN)

    made = ada.gets("an API key", "POST", "/me/keys", {"name": "walker", "scopes": ["read"], "rooms": [room]}, status=201, shape={**KEY, "key": TEXT})
    check("an API key: its form", re.fullmatch(r"snug_[0-9A-Za-z]{49}", made["key"]), made)
    script = program(server, "a script", made["key"])
    script.gets("a key reads its room", "GET", f"/rooms/{room}/messages", shape=PAGE)
    script.refused("a key that only reads", "POST", f"/rooms/{room}/messages", {"text": "x"}, 403, "scope_missing")
    script.refused("a key for one room", "GET", "/me/mentions", None, 403, "key_limited")
    script.refused("a key makes no keys", "GET", "/me/keys", None, 403, "key_limited")
    synced = script.gets("a key sees its rooms", "GET", "/sync")
    check("a key sees its rooms: one", [one["id"] for one in synced["rooms"]] == [room], synced)
    ears = await script.listens()
    ada.api("POST", f"/rooms/{room}/messages", {"text": "does the key hear?"})
    check("a key listens", await ears.event("message.created", room, lambda data: data["text"] == "does the key hear?"))
    answer = await ears.asks(type="send", room=room, text="no")
    check("a key that only reads: on the socket too", answer["type"] == "error" and answer["code"] == "scope_missing", answer)
    listed = ada.gets("all keys", "GET", "/me/keys", shape={"keys": Each(KEY)})
    check("all keys: none is shown again", "snug_" not in json.dumps(listed), listed)
    ada.gets("revoking a key", "DELETE", f"/me/keys/{made['id']}", status=204)
    script.refused("a key that was revoked", "GET", "/me", None, 401, "bad_token")

    bot = ada.gets("a bot", "POST", "/admin/bots", {"username": "weather", "name": "Weather"}, status=201, shape=USER)
    made = ada.gets("its key", "POST", f"/admin/bots/{bot['id']}/keys", {"name": "k", "scopes": ["read", "write"]}, status=201, shape={**KEY, "key": TEXT})
    robot = program(server, "a bot", made["key"])
    check("a bot", robot.gets("who a bot is", "GET", "/me", shape=OWN)["role"] == "bot")
    robot.refused("a bot that is in no room", "POST", f"/rooms/{room}/messages", {"text": "rain"}, 403 if robot.api("GET", f"/rooms/{room}").status == 200 else 404)
    ada.gets("a bot comes in", "PUT", f"/rooms/{room}/members/{bot['id']}", {"role": "member"}, shape=MEMBER)
    said = robot.gets("a bot speaks", "POST", f"/rooms/{room}/messages", {"text": "rain"}, status=201, shape=MESSAGE)
    check("a bot speaks: as itself", said["user"] == bot["id"], said)
    bots = ada.gets("all bots", "GET", "/admin/bots", shape={"users": Each(USER), "next": Maybe(INT)})
    check("all bots: one", [one["id"] for one in bots["users"]] == [bot["id"]], bots)
    ada.gets("the keys of a bot", "GET", f"/admin/bots/{bot['id']}/keys", shape={"keys": Each(KEY)})
    ada.gets("revoking one", "DELETE", f"/admin/bots/{bot['id']}/keys/{made['id']}", status=204)
    robot.refused("a bot without a key", "GET", "/me", None, 401, "bad_token")
    ada.gets("erasing a bot", "DELETE", f"/admin/users/{bot['id']}", status=204)


def shown(secret, steps=0):
    """What an app shows that knows the secret, so many steps of half a minute from now (RFC 6238)."""
    step = int(time.time()) // 30 + steps
    tag = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    at = tag[-1] & 15
    return f"{(int.from_bytes(tag[at:at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def protection(server, ada, bob):
    """Second factors, passkeys, a second device, and sessions as admins see them."""
    PASSKEY = {"id": INT, "name": TEXT, "host": TEXT, "created_at": INT, "last_used_at": Maybe(INT), "backed_up": BOOL}
    FACTORS = {"totp": BOOL, "recovery_codes_left": INT, "passkeys": Each(PASSKEY), "required": BOOL, "passkeys_possible": BOOL}
    WELCOME = {"user": USER, "password_reset": Maybe({"at": INT, "address": Maybe(TEXT)})}
    bid = bob.user["id"]
    own = {"username": "bob", "password": PASSWORD}

    # The server was started again since bob came in: it asks for the password before anything of this changes.
    has = bob.gets("no second factor yet", "GET", "/me/factors", shape=FACTORS)
    check("no second factor yet: none", (has["totp"], has["recovery_codes_left"], has["passkeys"], has["required"]) == (False, 0, [], False), has)
    for path in ("/me/totp", "/me/totp/remove", "/me/recovery-codes", "/me/device-link"):
        bob.refused("without the password once more", "POST", path, {}, 403, "password_needed")
    bob.refused("the password once more, wrong", "POST", "/me/confirm", {"password": "wrong words all four"}, 403, "wrong_password", "password")
    bob.refused("and still not", "POST", "/me/totp", {}, 403, "password_needed")
    bob.gets("the password once more", "POST", "/me/confirm", {"password": PASSWORD}, status=204)

    # Codes of an app.
    bob.refused("confirming what has not begun", "POST", "/me/totp/confirm", {"code": "000000"}, 409, "totp_not_begun")
    bob.refused("recovery codes for nothing", "POST", "/me/recovery-codes", {}, 409, "no_second_factor")
    new = bob.gets("a secret for an app", "POST", "/me/totp", {}, shape={"secret": TEXT, "uri": TEXT, "qr": TEXT})
    uri = urllib.parse.urlsplit(new["uri"])
    told = urllib.parse.parse_qs(uri.query)
    fine = (uri.scheme, uri.netloc, told["secret"], told["digits"], told["period"]) == ("otpauth", "totp", [new["secret"]], ["6"], ["30"])
    check("a secret for an app: as apps read it", fine and "<svg" in new["qr"] and len(base64.b32decode(new["secret"])) == 20, new["uri"])
    Person(server).gets("what is only begun asks for nothing", "POST", "/auth/login", own, shape=WELCOME)
    right = shown(new["secret"])
    bob.refused("a wrong code turns nothing on", "POST", "/me/totp/confirm", {"code": f"{(int(right) + 1) % 1_000_000:06}"}, 422, "wrong_code", "code")
    on = bob.gets("codes are on", "POST", "/me/totp/confirm", {"code": right}, shape={"recovery_codes": Each(TEXT)})
    check("codes are on: ten recovery codes", len(set(on["recovery_codes"])) == 10, on)
    bob.refused("a second app", "POST", "/me/totp", {}, 409, "totp_on")
    has = bob.gets("one has it", "GET", "/me/factors", shape=FACTORS)
    check("one has it: and its secret is not shown again", (has["totp"], has["recovery_codes_left"]) == (True, 10) and new["secret"] not in json.dumps(has), has)

    door = Person(server)
    answer = door.refused("a password alone", "POST", "/auth/login", own, 401, "code_needed")
    check("a password alone: what else is asked for, and no cookie", answer.json["methods"] == ["totp", "recovery"] and door.cookie is None, answer)
    door.refused("a code without the password", "POST", "/auth/login", {**own, "password": "wrong words all four", "code": shown(new["secret"], 1)}, 401, "wrong_credentials")
    door.refused("a wrong code", "POST", "/auth/login", {**own, "code": "not one"}, 401, "wrong_code")
    door.refused("the code that turned it on", "POST", "/auth/login", {**own, "code": right}, 401, "wrong_code")
    code = shown(new["secret"], 1)
    door.gets("password and code", "POST", "/auth/login", {**own, "code": code}, shape=WELCOME)
    Person(server).refused("the same code twice", "POST", "/auth/login", {**own, "code": code}, 401, "wrong_code")
    first = on["recovery_codes"][0]
    Person(server).gets("a recovery code", "POST", "/auth/login", {**own, "code": first.upper().replace("-", " ")}, shape=WELCOME)
    Person(server).refused("the same one twice", "POST", "/auth/login", {**own, "code": first}, 401, "wrong_code")
    form = {"grant_type": "password", "username": "bob", "password": PASSWORD}
    answer = Person(server).api("POST", "/auth/token", form, origin=False)
    check("tokens for a password alone: refused too", answer.status in (400, 401) and "access_token" not in answer.json, answer)
    fresh = bob.gets("new recovery codes", "POST", "/me/recovery-codes", {}, shape={"recovery_codes": Each(TEXT)})
    check("new recovery codes: others", len(fresh["recovery_codes"]) == 10 and not set(fresh["recovery_codes"]) & set(on["recovery_codes"]), fresh)
    Person(server).refused("an old recovery code", "POST", "/auth/login", {**own, "code": on["recovery_codes"][1]}, 401, "wrong_code")

    # Passkeys belong to a name, and none is made for an address.
    bob.refused("a passkey for an address", "POST", "/me/passkeys/options", {}, 422, "passkey_needs_name")
    door.refused("signing in with one by an address", "POST", "/auth/passkey/options", {}, 422, "passkey_needs_name")
    host = f"localhost:{server.port}"
    named = {"Host": host, "Origin": f"https://{host}"}
    CREATION = {"id": TEXT, "publicKey": {
        "rp": {"id": One("localhost"), "name": TEXT}, "user": {"id": TEXT, "name": One("bob"), "displayName": TEXT}, "challenge": TEXT,
        "pubKeyCredParams": Each({"type": One("public-key"), "alg": ANY}), "timeout": INT, "excludeCredentials": Each(ANY),
        "authenticatorSelection": {"residentKey": One("required"), "requireResidentKey": BOOL, "userVerification": One("required")},
        "attestation": One("none"),
    }}
    REQUEST = {"id": TEXT, "publicKey": {
        "challenge": TEXT, "rpId": One("localhost"), "timeout": INT, "allowCredentials": Each(ANY), "userVerification": One("required"),
    }}
    asked = bob.gets("what a browser is to make", "POST", "/me/passkeys/options", {}, shape=CREATION, headers=named)
    made = {"id": asked["id"], "name": "Laptop", "credential": {"id": "AAAA", "type": "public-key", "response": {"clientDataJSON": "e30", "attestationObject": "oA"}}}
    bob.refused("what no device made", "POST", "/me/passkeys", made, 422, "passkey_invalid", "credential", headers=named)
    bob.refused("a challenge twice", "POST", "/me/passkeys", made, 409, "passkey_late", headers=named)
    asked = door.gets("what a browser is to sign", "POST", "/auth/passkey/options", {}, shape=REQUEST, headers=named)
    signed = {"id": asked["id"], "credential": {"id": "AAAA", "response": {"clientDataJSON": "e30", "authenticatorData": "AAAA", "signature": "AAAA"}}}
    door.refused("what no passkey signed", "POST", "/auth/passkey", signed, 401, "passkey_refused", headers=named)
    door.refused("it, once more", "POST", "/auth/passkey", signed, 409, "passkey_late", headers=named)
    none = bob.gets("one's passkeys", "GET", "/me/passkeys", shape={"passkeys": Each(PASSKEY)})
    check("one's passkeys: none", none["passkeys"] == [], none)
    bob.refused("naming one that is not there", "PATCH", "/me/passkeys/999999", {"name": "Phone"}, 404, "not_found")
    bob.refused("removing one that is not there", "DELETE", "/me/passkeys/999999", None, 404, "not_found")

    # A second device.
    LINK = {"url": TEXT, "qr": TEXT, "expires_at": INT}
    STATE = {"state": One("waiting", "used", "gone"), "session": Maybe(SESSION)}
    check("no link: gone", bob.gets("no link", "GET", "/me/device-link", shape=STATE)["state"] == "gone")
    old = bob.gets("a link for a second device", "POST", "/me/device-link", {}, status=201, shape=LINK)
    link = bob.gets("another", "POST", "/me/device-link", {}, status=201, shape=LINK)
    found = re.fullmatch(re.escape(server.url) + r"/link#([\w-]{43})", link["url"])
    check("a link: its code where no log sees it, for two minutes", found and 0 < link["expires_at"] - time.time() * 1000 <= 121_000 and "<svg" in link["qr"], link["url"])
    code = link["url"].split("#")[1]
    phone = Person(server, "a phone")
    phone.refused("the link before", "POST", "/auth/link/look", {"code": old["url"].split("#")[1]}, 404, "link_gone")
    who = phone.gets("whom a link signs in", "POST", "/auth/link/look", {"code": code}, shape={"name": TEXT, "username": One("bob")})
    check("whom a link signs in: looking uses nothing", who and bob.api("GET", "/me/device-link").json == {"state": "waiting", "session": None})
    phone.refused("a guessed link", "POST", "/auth/link", {"code": "A" * 43}, 404, "link_gone")
    phone.gets("coming in by a link", "POST", "/auth/link", {"code": code}, shape=WELCOME)
    check("coming in by a link: as its person", phone.gets("who the phone is", "GET", "/me", shape=OWN)["id"] == bid)
    Person(server).refused("a link twice", "POST", "/auth/link", {"code": code}, 404, "link_gone")
    state = bob.gets("what became of it", "GET", "/me/device-link", shape=STATE)
    check("what became of it: a session", state["state"] == "used" and state["session"] is not None, state)
    phone.refused("a phone that never showed the password", "POST", "/me/totp/remove", {}, 403, "password_needed")
    bob.gets("that was not me", "DELETE", f"/auth/sessions/{state['session']['id']}", status=204)
    phone.refused("the phone is out", "GET", "/me", None, 401)

    # As admins see it.
    there = ada.gets("where somebody is signed in", "GET", f"/admin/users/{bid}/sessions", shape={"sessions": Each(SESSION)})
    mine = door.gets("where I am", "GET", "/auth/sessions", shape={"sessions": Each(SESSION)})
    here = next(one["id"] for one in mine["sessions"] if one["current"])
    check("where somebody is signed in: all of it, and not the admin", here in [one["id"] for one in there["sessions"]] and not any(one["current"] for one in there["sessions"]), there)
    bob.refused("for admins", "GET", f"/admin/users/{ada.user['id']}/sessions", None, 403)
    bob.refused("for admins", "DELETE", f"/admin/users/{bid}/sessions/{here}", None, 403)
    ada.refused("a session of somebody else", "DELETE", f"/admin/users/{ada.user['id']}/sessions/{here}", None, 404, "not_found")
    ada.gets("ending one session", "DELETE", f"/admin/users/{bid}/sessions/{here}", status=204)
    door.refused("which is then over", "GET", "/me", None, 401)
    bob.gets("the others go on", "GET", "/me", shape=OWN)
    bob.refused("for admins", "DELETE", f"/admin/users/{bid}/factors", None, 403)
    ada.gets("taking away a factor that was lost", "DELETE", f"/admin/users/{bid}/factors", status=204)
    door.gets("the password is enough again", "POST", "/auth/login", own, shape=WELCOME)
    has = door.gets("nothing is left", "GET", "/me/factors", shape=FACTORS)
    check("nothing is left: neither app nor codes", (has["totp"], has["recovery_codes_left"]) == (False, 0), has)

    # Who comes in shows the password: there it may be set up at once, and removed.
    new = door.gets("setting up again", "POST", "/me/totp", {})
    door.gets("and on again", "POST", "/me/totp/confirm", {"code": shown(new["secret"])}, shape={"recovery_codes": Each(TEXT)})
    door.gets("taking it away oneself", "POST", "/me/totp/remove", {}, status=204)
    door.refused("twice", "POST", "/me/totp/remove", {}, 404, "not_found")
    bob.gets("in again", "POST", "/auth/login", own, shape=WELCOME)


def completeness():
    """Every route that the server has was walked."""
    table = (ROOT / "src/http/router.rs").read_text()
    routes = re.findall(r'^\s+(GET|POST|PUT|PATCH|DELETE)\s+"([^"]+)"\s+\w+\s+\w', table, re.M)
    check("the table of routes was read", len(routes) > 50, len(routes))
    for method, path in routes:
        pattern = re.compile("^" + re.sub(r"\\\{\\\*\w+\\\}", ".+", re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))) + "$")
        if not any(one == method and pattern.match(asked) for one, asked in walked):
            check(f"{method} {path} was walked", False, "add it to this test")
    check(f"all {len(routes)} routes were walked", True)


async def main():
    server = Server()
    try:
        ada, bob, nobody = Person(server, "ada"), Person(server, "bob"), Person(server)
        pages(server, nobody)
        setting_up(server, ada, nobody)
        general = coming_in(server, ada, bob, nobody)
        at_the_door(server, ada, bob, general)
        room, direct = await rooms_and_talk(ada, bob, nobody, general)
        await files(server, ada, bob, room)
        await sockets(server, ada, bob, room, direct)
        await closings(server, ada, bob, room)
        await programs(server, ada, room)
        protection(server, ada, bob)
        administration(server, ada, bob, room)
        completeness()
    except Exception as broken:  # A walk that breaks off is a failure, and says where.
        import traceback

        traceback.print_exc()
        check("the walk reached its end", False, broken)
        print((server.folder / "log").read_text()[-2000:], file=sys.stderr)
    finally:
        check("the server ended well", (code := server.stop()) == 0, code)
    print(f"\n{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(asyncio.run(main()))
