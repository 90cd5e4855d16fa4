"""A house that is lived in, for schemathesis: an owner, another person, a room with words, a pin and a file."""
import os
import sys

import requests

ORIGIN, CA, PASSWORD = (os.environ[name] for name in ("SNUG_ORIGIN", "SNUG_CA", "SNUG_PASSWORD"))


def main(code):
    with requests.Session() as ada:
        ada.verify, ada.headers["Origin"] = CA, ORIGIN

        def ask(method, path, status, **more):
            answer = ada.request(method, f"{ORIGIN}/api/v1{path}", **more)
            assert answer.status_code == status, (method, path, answer.status_code, answer.text)
            return answer.json() if answer.content else None

        ask("POST", "/setup", 201, json={"code": code, "username": "ada", "password": PASSWORD})
        room = ask("POST", "/rooms", 201, json={"name": "Garden", "kind": "public"})["id"]
        message = ask("POST", f"/rooms/{room}/messages", 201, json={"text": "Tomatoes"})["id"]
        ask("POST", f"/rooms/{room}/messages", 201, json={"text": "Red ones", "thread": message})
        ask("PUT", f"/rooms/{room}/pins/{message}", 200)
        file = ask("POST", f"/rooms/{room}/files?name=plan.txt", 201, data=b"a plan", headers={"Content-Type": "text/plain"})
        ask("POST", f"/rooms/{room}/messages", 201, json={"text": "", "files": [file["id"]]})
        ask("POST", "/invites", 201, json={})
    requests.post(f"{ORIGIN}/api/v1/auth/register", json={"username": "bo", "password": PASSWORD}, verify=CA, timeout=10).raise_for_status()


main(sys.argv[1])
