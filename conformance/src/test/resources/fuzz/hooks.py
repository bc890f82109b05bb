"""What a fuzzer cannot find out of the description alone: which sessions, scripts and sandboxes exist, and how a stream is held against its schema.

Half of the requests that fit the description are led to what exists, so that they reach more than the refusal of an unknown name. At its end
the run writes how often each operation answered what into the file that BELAY_FUZZ_TALLY names.
"""

import collections
import json
import os
import random

import requests
import schemathesis
from jsonschema_rs import Draft202012Validator

URL = os.environ["BELAY_FUZZ_URL"]
KEY = os.environ["BELAY_FUZZ_KEY"]
TOKEN = os.environ["BELAY_FUZZ_TOKEN"]
TALLY = os.environ["BELAY_FUZZ_TALLY"]
MODELS = ["scripted", "scripted:busy", "scripted:fails"]
NOON = "2030-01-01T12:00:00Z"
NOBODY = "01a00000-0000-7000-8000-000000000000"

rng = random.Random(int(os.environ["BELAY_FUZZ_SEED"]))
tally = collections.Counter()


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


def run(model):
    """A finished run's session."""
    answer = requests.post(
        f"{URL}/agent/run", json={"prompt": "go", "model": model}, headers=bearer(KEY), timeout=30)
    return json.loads(answer.text.splitlines()[0])["session_id"]


def first(what, path=""):
    answer = requests.get(f"{URL}/belay/v1/organisations{path}", headers=bearer(TOKEN), timeout=30)
    return answer.json()[what][0]["id"]


SESSIONS = [run(model) for model in MODELS]
ORGANISATION = first("organisations")
WORKSPACE = first("workspaces", f"/{ORGANISATION}/workspaces")
OWN_KEY = first("keys", f"/{ORGANISATION}/keys")
SANDBOX = requests.post(f"{URL}/v1/sandboxes", headers=bearer(KEY), timeout=30).json()["id"]


def fits_description(case):
    return case.meta is None or not case.meta.generation.mode.is_negative


@schemathesis.hook
def before_call(context, case, kwargs):
    path = case.operation.path
    parameters = case.path_parameters
    if parameters and parameters.get("key") == OWN_KEY:
        # Revoking the key that all this runs with would end the test of everything else.
        parameters["key"] = NOBODY
    if path.endswith("/events") and str(case.query.get("follow")).lower() == "true":
        # A stream that follows for ever has no end that could be checked.
        case.query["follow"] = "false"
    if "{session_id}" in path:
        if fits_description(case) and rng.random() < 0.7:
            parameters["session_id"] = rng.choice(SESSIONS)
    if path.startswith("/v1/sandboxes/{id}/") and not path.endswith("/stop") and fits_description(case) and rng.random() < 0.7:
        parameters["id"] = SANDBOX
    if path.endswith("/keys") and isinstance(case.body, dict) and fits_description(case) and rng.random() < 0.5:
        parameters["organisation"] = ORGANISATION
        case.body["workspace"] = WORKSPACE
    if path.startswith("/agent/") and fits_description(case) and rng.random() < 0.3:
        case.headers["Accept"] = "text/event-stream"
    if isinstance(case.body, dict):
        for options in (case.body, case.body.get("options")):
            if isinstance(options, dict) and isinstance(options.get("mcp_servers"), dict):
                # Nothing is to be dialled that a fuzzer made up.
                options["mcp_servers"] = {
                    name: one for name, one in options["mcp_servers"].items() if not (isinstance(one, dict) and "url" in one)}
    if path == "/agent/run" and fits_description(case) and isinstance(case.body, dict) and rng.random() < 0.7:
        lead_to_a_model(case.body)


def lead_to_a_model(body):
    """Makes a run of a request that would be refused for a name or a contradiction that no schema can tell."""
    nested = body.get("options") or {}
    for name in body:
        nested.pop(name, None)
    for name in ("model", "working_dir", "timeout_s", "allowed_tools", "disallowed_tools", "mcp_servers"):
        body.pop(name, None)
        nested.pop(name, None)
    options = nested if "options" in body and rng.random() < 0.5 else body
    options["model"] = rng.choice(MODELS)
    if rng.random() < 0.5:
        options["working_dir"] = rng.choice(["/workspace", "/workspace/fuzz", "/workspace/fuzz/deeper"])
    if rng.random() < 0.3:
        options["allowed_tools"] = rng.choice([[], ["Bash"], ["Bash", "Read"]])


@schemathesis.hook
def after_call(context, case, response):
    tally[f"{case.operation.label} {response.status_code}"] += 1
    with open(TALLY, "w", encoding="utf-8") as file:
        json.dump(tally, file, indent=1, sort_keys=True)


@schemathesis.deserializer("application/x-ndjson")
def first_line(context, response):
    """The description is of one line; lines_fit holds all of them against it, of which there may be none."""
    line = response.content.split(b"\n", 1)[0]
    if not line and "/v1/sandboxes/" in response.request.url:
        return {"type": "heartbeat"}
    return json.loads(line) if line else {"type": "status", "message": "", "ts": NOON, "session_id": NOBODY}


@schemathesis.check
def lines_fit(ctx, response, case):
    kind = (response.headers.get("content-type") or [""])[0]
    if response.status_code != 200 or not case.operation.path.startswith("/agent/") or case.operation.path.endswith("/export"):
        return
    if not kind.startswith(("application/x-ndjson", "text/event-stream")):
        return
    lines = response.content.decode("utf-8").splitlines()
    if kind.startswith("text/event-stream"):
        lines = [line[len("data: "):] for line in lines if line.startswith("data: ")]
    validator = line_validator(case.operation.schema.raw_schema)
    events = [json.loads(line) for line in lines]
    for event in events:
        validator.validate(event)
    numbers = [event["seq"] for event in events if "seq" in event]
    assert numbers == sorted(set(numbers)), f"seq does not rise: {numbers}"
    if case.operation.path == "/agent/run":
        kinds = [event["type"] for event in events]
        assert kinds.count("result") == 1 and kinds[-1] == "result", f"not exactly one result at the end: {kinds}"


validators = {}


def line_validator(document):
    if "line" not in validators:
        schema = {"$ref": "#/components/schemas/Line", "components": document["components"]}
        validators["line"] = Draft202012Validator(schema)
    return validators["line"]
