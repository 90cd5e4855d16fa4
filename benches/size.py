#!/usr/bin/env python3
"""What a large house takes: time to listening, backup, verify, restore, compact. Prints one table for README.

  cargo build --release && cargo build --release --example fill
  benches/size.py [--messages 2000000] [--files 0] [--folder DIR] [--keep]

About 1 GB of database takes 2,000,000 messages. The folder needs room for five times as much. Wall-clock figures vary from
day to day, up to twice; the page cache is dropped before each cold start where that is allowed (root).
"""
import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
SNUG = os.path.join(TARGET, "release", "snug")
FILL = os.path.join(TARGET, "release", "examples", "fill")


def cold():
    try:
        os.sync()
        with open("/proc/sys/vm/drop_caches", "w") as drop:
            drop.write("3")
        return True
    except OSError:
        return False


def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def start(data):
    at = port()
    since = time.monotonic()
    server = subprocess.Popen(
        [SNUG, "--data", data, "serve", "--tls", "off", "--listen", f"127.0.0.1:{at}"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "SNUG_CONFIG": "/dev/null"},
    )
    for line in server.stdout:
        if line.startswith("listening on"):
            return server, time.monotonic() - since
    raise SystemExit(f"the server did not start: exit {server.wait()}")


def timed(*args):
    since = time.monotonic()
    done = subprocess.run([SNUG, *args], capture_output=True, text=True, env={**os.environ, "SNUG_CONFIG": "/dev/null"})
    if done.returncode:
        raise SystemExit(f"snug {' '.join(args)}: exit {done.returncode}\n{done.stderr}")
    return time.monotonic() - since, done.stdout


def size(data):
    return sum(os.path.getsize(os.path.join(data, name)) for name in ("snug.redb", "files.redb"))


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--messages", type=int, default=2_000_000)
    asked.add_argument("--files", type=int, default=0)
    asked.add_argument("--folder", default=None)
    asked.add_argument("--keep", action="store_true")
    asked = asked.parse_args()
    folder = asked.folder or tempfile.mkdtemp(prefix="snug-size-")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    data, backup, again = (os.path.join(folder, name) for name in ("data", "backup.snug", "restored"))
    rows = []

    def row(what, seconds, more=""):
        rows.append((what, f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms", more))
        print(f"{what}: {rows[-1][1]} {more}", flush=True)

    if not os.path.exists(os.path.join(data, "snug.redb")):
        since = time.monotonic()
        subprocess.run([FILL, data, "--messages", str(asked.messages), "--files", str(asked.files)], check=True)
        row("made", time.monotonic() - since, f"{asked.messages} messages, {asked.files} files")
    full = size(data)
    rows.append(("size", f"{full / 1e6:.0f} MB", ""))
    is_cold = cold()
    server, seconds = start(data)
    row("listening after a stop", seconds, "cold" if is_cold else "warm")
    server.kill()
    server.wait()
    cold()
    server, seconds = start(data)
    row("listening after kill -9", seconds, "cold" if is_cold else "warm")
    seconds, _ = timed("backup", "create", backup, "--data", data)
    row("backup while it runs", seconds, f"{os.path.getsize(backup) / 1e6:.0f} MB")
    before = size(data)
    seconds, out = timed("compact", "--json", "--data", data)
    after = json.loads(out)
    row("compact while it runs", seconds, f"{before / 1e6:.0f} MB to {after['after_bytes'] / 1e6:.0f} MB")
    server.send_signal(signal.SIGTERM)
    server.wait()
    seconds, _ = timed("backup", "verify", backup)
    row("verify", seconds)
    seconds, _ = timed("backup", "restore", backup, "--data", again)
    row("restore", seconds, f"{size(again) / 1e6:.0f} MB")
    seconds, _ = timed("check", "--data", again)
    row("check", seconds)
    seconds, _ = timed("compact", "--data", again)
    row("compact of a stopped server", seconds, f"to {size(again) / 1e6:.0f} MB")
    print("\n| what | time | |\n|---|---|---|")
    for what, seconds, more in rows:
        print(f"| {what} | {seconds} | {more} |")
    if not asked.keep and not asked.folder:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
