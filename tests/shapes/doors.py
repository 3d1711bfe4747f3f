"""Starts one profile behind each door: by the runtime itself, through the shim, and by the hook."""

import copy
import dataclasses
import json
import os
import shutil
import signal
import subprocess
import time

POLICY_FILE = "/etc/bulkhead/policy.json"
EVENTS = "/var/log/bulkhead/events.jsonl"
DOORS = ("plain", "shim", "hook")
TIMEOUT_S = 6


@dataclasses.dataclass
class Run:
    code: int = 0
    seconds: float = 0.0
    answers: str = ""  # what the program said
    said: str = ""     # what the runtime or Bulkhead said
    refused: tuple = ()

    @property
    def started(self):
        """The program ran: it said something, it ended with a code of its own (asks.c), or a signal ended it."""
        return bool(self.answers) or (128 < self.code < 224 and not self.refused)

    @property
    def answer(self):
        return self.code, self.answers


class Doors:
    """One runtime, and Bulkhead with its built-in policy in front of it."""

    def __init__(self, scratch, base, runtime, shim, hook):
        self.scratch, self.base, self.runtime, self.shim, self.hook = scratch, base, runtime, shim, hook
        self.count = 0
        shutil.rmtree(scratch, ignore_errors=True)
        os.makedirs(scratch)
        with open(POLICY_FILE, "w", encoding="utf-8") as file:
            json.dump({"version": 1, "runtimes": [runtime]}, file)

    def run(self, profile, door, no_new_privileges):
        self.count += 1
        identity = f"{os.environ.get('NODE_ID', 'shapes')}-{self.count}"
        home = f"{self.scratch}/{self.count}"
        os.makedirs(home)
        with open(f"{home}/config.json", "w", encoding="utf-8") as file:
            json.dump(self.config(profile, door, no_new_privileges), file)
        open(EVENTS, "w").close()
        program = self.shim if door == "shim" else self.runtime
        run = call([program, "--root", f"{home}/root", "run", "--bundle", home, identity], home)
        run.refused = refusals()
        subprocess.run([self.runtime, "--root", f"{home}/root", "delete", "--force", identity],
                       stdin=subprocess.DEVNULL, capture_output=True, check=False)
        shutil.rmtree(home, ignore_errors=True)
        return run

    def config(self, profile, door, no_new_privileges):
        config = copy.deepcopy(self.base)
        config["linux"]["seccomp"] = profile
        config["process"]["noNewPrivileges"] = no_new_privileges
        if door == "hook":
            config["hooks"] = {stage: [{"path": self.hook, "args": ["bulkhead-hook", stage]}]
                               for stage in ("createRuntime", "poststop")}
        return config


def call(words, home):
    run, start = Run(), time.monotonic()
    with open(f"{home}/answers", "wb") as out, open(f"{home}/said", "wb") as err:
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True)
        try:
            run.code = child.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    run.seconds = time.monotonic() - start
    run.answers, run.said = text_in(f"{home}/answers"), text_in(f"{home}/said")
    if run.code < 0:
        run.code = 128 - run.code  # as a shell tells it
    return run


# Refusals that have no id in events, by their sentence: the gate's, where the runtime left out a rule that it did not
# understand, and one of what the OCI specification has a runtime fail on, and runc ignores.
BY_SENTENCE = {"a runtime whose libseccomp is older than this call leaves its rule out": "older-libseccomp",
               "an errno has no meaning with": "errno-without-meaning"}


def refusals():
    """The names of the errors in the events of this start."""
    events = [json.loads(line) for line in text_in(EVENTS).splitlines()]
    found = {finding["check"] for event in events if event["event"] == "refused"
             for finding in event.get("findings", []) if finding["severity"] == "error"}
    found |= {name for sentence, name in BY_SENTENCE.items()
              if any(sentence in event.get("message", "") for event in events)}
    return tuple(sorted(found))


def text_in(path):
    """Its beginning: a runtime that panics while it panics writes without end."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read(1 << 20)
