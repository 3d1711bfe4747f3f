"""Runs cases: lays their files, calls the runtime or the shim, reads what the program said, clears away."""

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import time

import documents
import oracle

POLICY_FILE = "/etc/bulkhead/policy.json"
EVENTS = "/var/log/bulkhead/events.jsonl"
TIMEOUT_S = 30
OWN_DEATHS = (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGILL, 70)


@dataclasses.dataclass
class Run:
    code: int = 0
    holds: list = dataclasses.field(default_factory=list)
    told: str = ""
    said: str = ""
    hung: bool = False
    crashed: bool = False


class World:
    """A directory with a rootfs that has /bin/holds, one real runtime, and the shim in front of it."""

    def __init__(self, scratch, base, runtime, shim):
        self.scratch, self.base, self.runtime, self.shim = scratch, base, runtime, shim
        self.count = 0
        self.joined = {}
        shutil.rmtree(scratch, ignore_errors=True)
        os.makedirs(scratch)

    # ---- one run -----------------------------------------------------------------------------------

    def run(self, case, behind):
        """The case once, by the runtime itself or behind Bulkhead."""
        self.count += 1
        self.write_policy(case["policy"])
        names = self.names(case, behind)
        self.lay_files(case, names)
        open(EVENTS, "w").close()
        program = self.shim if behind else self.runtime
        words = [program, *self.words(case, names)]
        run = self.call(words, case, names)
        if case["kind"] == "create" and run.code == 0:
            self.start(names, run)
        run.told = self.told(names["id"]) if behind else ""
        run.crashed = behind and run.code in OWN_DEATHS
        self.clear(case, names)
        return run

    def names(self, case, behind):
        home = f"{self.scratch}/{self.count}"
        names = {name: f"{home}/{directory}" for name, directory in
                 [("bundle", "b"), ("other", "o"), ("root", "r"), ("xdg", "x"), ("scratch", "s")]}
        names["home"] = home
        names["id"] = f"{os.environ.get('NODE_ID', 'differential')}-{self.count}"
        if case["kind"] == "exec":
            joined = self.container_to_join(case["policy"])
            names.update(id=joined["id"], root=joined["root"])
        for name in ("bundle", "other", "root", "xdg", "scratch"):
            os.makedirs(names[name], exist_ok=True)
        return names

    @staticmethod
    def filled(text, names):
        for name in ("bundle", "other", "root", "xdg", "scratch", "id"):
            text = text.replace("{" + name + "}", names[name])
        return text

    def lay_files(self, case, names):
        for path, document in case["files"].items():
            text = document if isinstance(document, str) else documents.text_of(document)
            with open(self.filled(path, names), "w", encoding="utf-8", errors="surrogatepass") as file:
                file.write(self.filled(text, names))

    def words(self, case, names):
        words = [word for group in case["global"] for word in group]
        words.append(case["kind"])
        words += [word for group in case["options"] for word in group]
        words.append(names["id"])
        if case["kind"] == "exec" and not any(is_process(group) for group in case["options"]):
            words.append("/bin/holds")
        return [self.filled(word, names).replace("\0", "") for word in words]

    def call(self, words, case, names):
        environment = {"PATH": os.environ["PATH"]}
        environment.update((name, self.filled(value, names)) for name, value in case["environment"].items())
        run = Run()
        output, said = f"{names['home']}/output", f"{names['home']}/said"
        with open(output, "wb") as out, open(said, "wb") as err, open("/dev/null", "rb") as nothing:
            child = subprocess.Popen(words, stdin=nothing, stdout=out, stderr=err, env=environment,
                                     cwd=self.filled(case["directory"], names), start_new_session=True)
            try:
                run.code = child.wait(TIMEOUT_S)
            except subprocess.TimeoutExpired:
                run.hung = True
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        run.holds, run.said = holds_in(output), text_in(said)
        return run

    def start(self, names, run):
        for root in self.roots(names):
            if os.path.exists(f"{root}/{names['id']}"):
                subprocess.run([self.runtime, "--root", root, "start", names["id"]], stdin=subprocess.DEVNULL,
                               capture_output=True, timeout=TIMEOUT_S, check=False)
        end = time.monotonic() + 2
        while not run.holds and time.monotonic() < end:
            run.holds = holds_in(f"{names['home']}/output")
            time.sleep(0.02)

    @staticmethod
    def roots(names):
        """Where the state of a container may be, whatever the case says of it."""
        return names["root"], names["xdg"], names["xdg"] + "/crun", names["xdg"] + "/runc", "/run/crun", "/run/runc"

    # ---- around it ---------------------------------------------------------------------------------

    def write_policy(self, name):
        policy = {"version": 1, "runtimes": [self.runtime], **oracle.POLICIES[name]}
        with open(POLICY_FILE + ".new", "w", encoding="utf-8") as file:
            json.dump(policy, file)
        os.rename(POLICY_FILE + ".new", POLICY_FILE)

    @staticmethod
    def told(container):
        """The last decision about the container: refused, changed, proved, …"""
        events = [json.loads(line) for line in open(EVENTS, encoding="utf-8") if line.strip()]
        told = [one["event"] for one in events if one.get("id") == container]
        return "refused" if "refused" in told else told[-1] if told else ""

    def container_to_join(self, policy):
        """A container that runs under the policy, started behind Bulkhead, for all execs of that policy."""
        joined = self.joined.get(policy)
        if joined and os.path.exists(f"/proc/{joined['pid']}"):
            return joined
        home = f"{self.scratch}/joined-{policy}"
        shutil.rmtree(home, ignore_errors=True)
        os.makedirs(home)
        config = documents.asks_for_little(self.base)
        config["process"]["args"] = ["/bin/sleep", "100000"]
        config["linux"]["cgroupsPath"] += "-" + policy
        with open(f"{home}/config.json", "w", encoding="utf-8") as file:
            json.dump(config, file)
        identity = f"{os.environ.get('NODE_ID', 'differential')}-{policy}-{self.count}"
        with open(f"{home}/said", "wb") as said:
            subprocess.run([self.shim, "--root", f"{home}/root", "run", "--detach", "--bundle", home, "--pid-file",
                            f"{home}/pid", identity], stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=True)
        self.joined[policy] = {"id": identity, "root": f"{home}/root", "pid": int(text_in(f"{home}/pid"))}
        return self.joined[policy]

    def init_of(self, case):
        """The lines of the status of the init that an exec joins; None for other cases."""
        if case["kind"] != "exec":
            return None
        pid = self.container_to_join(case["policy"])["pid"]
        lines = (line.partition(":") for line in text_in(f"/proc/{pid}/status").splitlines())
        return {name: value.strip() for name, _, value in lines}

    def clear(self, case, names):
        if case["kind"] != "exec":
            for root in self.roots(names):
                if os.path.exists(f"{root}/{names['id']}"):
                    subprocess.run([self.runtime, "--root", root, "delete", "--force", names["id"]],
                                   capture_output=True, check=False)
        shutil.rmtree(names["home"], ignore_errors=True)

    def leave(self):
        for joined in self.joined.values():
            subprocess.run([self.runtime, "--root", joined["root"], "delete", "--force", joined["id"]],
                           capture_output=True, check=False)


def is_process(group):
    return group[0].startswith(("-p", "--proc"))


def text_in(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def holds_in(path):
    found = []
    for line in text_in(path).splitlines():
        if line.startswith("HOLDS {") and line.endswith("}"):
            found.append(json.loads(line[len("HOLDS "):]))
    return found
