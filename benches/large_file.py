#!/usr/bin/env python3
"""One large file up and down through a server of its own, while somebody sends messages.

    cargo build --release && python3 benches/large_file.py target/release/snug 2      # GiB

Prints throughput, how much the server's memory rises, and what messages take before and meanwhile.
"""
import hashlib
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

BINARY, SIZE = sys.argv[1], int(float(sys.argv[2]) * (1 << 30))
FOLDER = tempfile.mkdtemp(prefix="snug-bench-")
BLOCK = os.urandom(1 << 20)
LIMITS = {f"SNUG_LIMITS__{key}": "0" for key in ("UPLOAD_MAX_BYTES", "USER_QUOTA_BYTES", "MESSAGES_PER_SECOND", "READS_PER_SECOND")}


def start():
    """The server, its port and its setup code."""
    env = {**os.environ, "SNUG_CONFIG": "/dev/null", **LIMITS}
    command = [BINARY, "--data", FOLDER + "/data", "serve", "--tls", "off", "--listen", "127.0.0.1:0"]
    server = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    port = None
    for line in server.stdout:
        if found := re.match(r"listening on http://127.0.0.1:(\d+)", line):
            port = int(found[1])
        if found := re.search(r"/setup#(\S+)", line):
            return server, port, found[1]
    sys.exit("the server did not start")


server, PORT, code = start()
headers = {"Origin": f"http://127.0.0.1:{PORT}"}


def connect():
    return http.client.HTTPConnection("127.0.0.1", PORT, timeout=600)


def post(connection, path, body):
    connection.request("POST", path, json.dumps(body), {**headers, "Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer, json.loads(answer.read())


def memory():
    """MiB that the server holds."""
    with open(f"/proc/{server.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) / 1024


class Meanwhile:
    """Messages one after the other, and the server's largest size, for as long as it lasts."""

    def __enter__(self):
        self.over, self.peak, self.taken = threading.Event(), 0, []
        self.threads = [threading.Thread(target=self.say), threading.Thread(target=self.watch)]
        for thread in self.threads:
            thread.start()
        return self

    def say(self):
        connection = connect()
        while not self.over.wait(0.02):
            began = time.perf_counter()
            post(connection, f"/api/v1/rooms/{room}/messages", {"text": "hello"})
            self.taken.append((time.perf_counter() - began) * 1000)

    def watch(self):
        while not self.over.wait(0.05):
            self.peak = max(self.peak, memory())

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def __str__(self):
        taken = sorted(self.taken)
        return f"{len(taken)} messages, p50 {taken[len(taken) // 2]:.1f} ms, p99 {taken[len(taken) * 99 // 100]:.1f} ms"


def blocks(digest):
    left = SIZE
    while left:
        # No two blocks are equal, so that nothing can be stored once.
        block = (left.to_bytes(8, "big") + BLOCK)[: min(len(BLOCK), left)]
        digest.update(block)
        left -= len(block)
        yield block


try:
    connection = connect()
    answer, _ = post(connection, "/api/v1/setup", {"code": code, "username": "ada", "password": "violet tractor sings 42"})
    headers["Cookie"] = answer.headers["Set-Cookie"].split(";")[0]
    room = post(connection, "/api/v1/rooms", {"name": "Bench", "kind": "public"})[1]["id"]
    with Meanwhile() as idle:
        time.sleep(8)
    base = memory()
    print("idle:", idle, flush=True)

    sent, began = hashlib.sha256(), time.perf_counter()
    with Meanwhile() as up:
        whole = {**headers, "Content-Length": str(SIZE), "Content-Type": "application/octet-stream"}
        connection.request("POST", f"/api/v1/rooms/{room}/files?name=large.bin", blocks(sent), whole)
        file = json.loads(connection.getresponse().read())
        took = time.perf_counter() - began
    print(f"up: {SIZE / took / 1e6:.0f} MB/s, memory +{up.peak - base:.0f} MiB, {up}", flush=True)

    got, began = hashlib.sha256(), time.perf_counter()
    with Meanwhile() as down:
        connection.request("GET", file["url"], headers=headers)
        answer = connection.getresponse()
        while part := answer.read(1 << 20):
            got.update(part)
        took = time.perf_counter() - began
    print(f"down: {SIZE / took / 1e6:.0f} MB/s, memory +{down.peak - base:.0f} MiB, {down}", flush=True)
    if got.digest() != sent.digest():
        sys.exit("what came back is not what was sent")
finally:
    server.terminate()
    server.wait()
    shutil.rmtree(FOLDER)
