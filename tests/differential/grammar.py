"""Makes the cases: a command line, documents, an environment and a directory, from a seed.

A case is a JSON object; {bundle}, {other}, {root}, {xdg}, {id} and {scratch} in it stand for paths and the id of
its run:

  kind         "run", "create" or "exec"
  policy       a name of oracle.POLICIES
  global       words between the program and the subcommand, in groups that belong together
  options      words behind the subcommand, in such groups
  environment  names and values
  directory    where it is called
  files        path to document or text
  parts        the names of the parts it was made of

family ("runc" or "crun") is that of the runtime that will read it. Most words are ones that it takes, a few are
those of the other family or of none.

A part changes a case in one way that a runtime and Bulkhead could read differently. To add one, write a function
and list it in PARTS.
"""

import copy

import documents
from documents import SETS
from oracle import POLICIES

RUN, EXEC = ("run", "create"), ("exec",)


# ---- command lines -------------------------------------------------------------------------------------

def usual(rng, case, runc, crun):
    """Words of the family, now and then of the other one."""
    own, others = (runc, crun) if case["family"] == "runc" else (crun, runc)
    return rng.choice(own if rng.random() < 0.9 else others)


def bundle_option(rng, case):
    case["options"] = [one for one in case["options"] if not is_bundle(one)]
    common = [["-b", "{bundle}"], ["--bundle", "{bundle}"], ["--bundle={bundle}"], ["--bundle", "{bundle}/../b/."]]
    case["options"].append(usual(rng, case, common + [["-b={bundle}"], ["-bundle", "{bundle}"], ["-bundle={bundle}"]],
                                 common + [["-b{bundle}"], ["--bund={bundle}"], ["--bu", "{bundle}"]]))


def is_bundle(words):
    return words[0].startswith(("-b", "--b"))


def two_bundles(rng, case):
    case["options"] += rng.sample([["--bundle", "{other}"], ["-b", "{other}"], ["--bundle={bundle}"],
                                   ["--bundle", "."]], 2)


def no_bundle(rng, case):
    case["options"] = [one for one in case["options"] if not is_bundle(one)]
    case["directory"] = rng.choice(["{bundle}", "{other}"])


def config_option(rng, case):
    name = rng.choice(["other.json", "config.json", "../o/other.json", "{other}/other.json", "{bundle}/other.json"])
    crun = [["-f", name], ["--config", name], ["--config=" + name], ["-f" + name], ["--conf=" + name]]
    case["options"].append(usual(rng, case, [["--config=" + name]], crun))


VALUED = {"global": {"runc": ["--log", "--criu", "--root", "--log-format", "--rootless"],
                     "crun": ["--log", "--cgroup-manager", "--program-name", "--rootless", "--log-format"]},
          "options": {"runc": ["--pid-file", "--console-socket", "--preserve-fds"],
                      "crun": ["--pid-file", "--console-socket", "--preserve-fds", "-e"]}}
DASHED = ["--bundle={other}", "--bundle", "-b{other}", "--config={other}/other.json", "create", "exec", "run",
          "--no-pivot", "--", "--root={xdg}", "--help"]


def dashed_value(rng, case):
    """A word that one reader takes for a value and another for an option."""
    where = rng.choice(["global", "options"])
    names = usual(rng, case, [VALUED[where]["runc"]], [VALUED[where]["crun"]])
    case[where].insert(rng.randint(0, len(case[where])), [rng.choice(names), rng.choice(DASHED)])


def end_of_options(rng, case):
    case["options"].append(["--"])


def harmless_options(rng, case):
    case["options"] += rng.sample([["--no-pivot"], ["--no-new-keyring"], ["--pid-file", "{scratch}/pid"],
                                   ["--pid-file={scratch}/pid"], ["--preserve-fds", "0"], ["--preserve-fds=0"],
                                   ["--no-subreaper"]], 2)


def global_options(rng, case):
    common = [["--debug"], ["--log", "{scratch}/log"], ["--log={scratch}/log"], ["--log-format", "json"],
              ["--log-format=text"], ["--rootless", "false"], ["--rootless=auto"]]
    case["global"].append(usual(rng, case, common + [["-debug"], ["-log={scratch}/log"]],
                                common + [["--cgroup-manager=cgroupfs"], ["--log=file:{scratch}/log"], ["--deb"]]))


def root_option(rng, case):
    common = [["--root", "{root}"], ["--root={root}"], ["--root", "{xdg}", "--root", "{root}"]]
    case["global"] = [usual(rng, case, common + [["-root", "{root}"]], common + [["--roo={root}"]])]


def unknown_option(rng, case):
    case[rng.choice(["global", "options"])].insert(0, rng.choice([
        ["--no-such-option"], ["--no-such-option", "{other}"], ["--no-such-option={other}"], ["-x"], ["-xb{other}"]]))


def moved_words(rng, case):
    words = case["options"]
    rng.shuffle(words)


# ---- documents -------------------------------------------------------------------------------------------

def part_of(document, name):
    """That object of the document; an earlier part may have put something else in its place."""
    if not isinstance(document.get(name), dict):
        document[name] = {}
    return document[name]


def some_config(rng, case):
    return case["files"][rng.choice([name for name in case["files"] if "config" in name or "other.json" in name])]


def process_of(rng, case):
    if case["kind"] == "exec":
        return case["files"].setdefault("{scratch}/process.json", copy.deepcopy(case["process"]))
    return part_of(some_config(rng, case), "process")


ODD_CAPABILITIES = ["cap_sys_admin", "Cap_Sys_Admin", "SYS_ADMIN", "sys_admin", "21", "0x15", "025", "CAP_SYS_ADMIN-",
                    "CAP_SYS_ADMIN,CAP_KILL", " CAP_SYS_ADMIN", "CAP_SYS_ADMIN ", "cap_19", "all", "ALL", "=ep",
                    "19", "cap_net_raw", "CAP_SYS_ADMIN=ep", "CAP_NO_SUCH", ""]


def odd_capability(rng, case):
    name = rng.choice(ODD_CAPABILITIES)
    sets = part_of(process_of(rng, case), "capabilities")
    for one in rng.choice([SETS, SETS + ["inheritable", "ambient"], ["bounding"], ["permitted", "effective"]]):
        if isinstance(sets.setdefault(one, []), list):
            sets[one].append(name)


def twice(rng, case):
    """A member a second time, or under a name that only some readers take for it."""
    document = some_config(rng, case) if case["kind"] != "exec" else process_of(rng, case)
    paths = [path for path in documents.paths_of(document) if isinstance(path[-1], str)]
    path = rng.choice(paths)
    name = path[-1].removeprefix("2#")
    spelled = rng.choice(["2#" + name, name.upper(), name.capitalize(), name.replace("s", "\u017f"), name + "\u0000"])
    weak = {"noNewPrivileges": False, "uid": 0, "readonly": False, "seccomp": None, "type": "none"}
    documents.at(document, path[:-1])[spelled] = weak.get(name, rng.choice([None, documents.at(document, path)]))


# The members that decide what a program holds.
TOLD_BY = ("process", "root", "linux", "noNewPrivileges", "user", "capabilities")


def odd_value(rng, case):
    document = some_config(rng, case) if case["kind"] != "exec" else process_of(rng, case)
    path = rng.choice([path for path in documents.paths_of(document) if path[0] in TOLD_BY and "args" not in path])
    documents.at(document, path[:-1])[path[-1]] = rng.choice(
        [None, True, False, 0, -1, 4294967296, 1.5, 1e3, "", "true", "0", [], {}, [None]])


def user(rng, case):
    process_of(rng, case)["user"] = rng.choice([
        {"uid": 0, "gid": 0}, {"gid": 0}, {}, None, {"uid": 4294967295, "gid": 0}, {"uid": 1000, "additionalGids": [0]},
        {"uid": 1000, "gid": 1000, "username": "root"}, {"uid": "0"}, {"uid": 4294967296}, {"UID": 0, "uid": 1000}])


SECCOMPS = [{}, None, {"defaultAction": "SCMP_ACT_ALLOW"}, {"defaultAction": "SCMP_ACT_LOG"},
            {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86"]},
            {"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_TSYNC"]},
            {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
                {"names": ["setuid", "setresuid", "capset", "prctl"], "action": "SCMP_ACT_ERRNO", "errnoRet": 0}]},
            {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["SCMP_ACT_ALLOW"], "action": "SCMP_ACT_LOG"}]}]


def seccomp(rng, case):
    part_of(some_config(rng, case), "linux")["seccomp"] = copy.deepcopy(rng.choice(SECCOMPS))


ANNOTATIONS = [("bundle", "{other}"), ("bundle", "{bundle}"), ("run.oci.seccomp_bpf_data", "BgAAAAAA/38="),
               ("run.oci.handler", "krun"), ("run.oci.seccomp.receiver", "{scratch}/none"),
               ("run.oci.seccomp_fail_unknown_syscall", "0"), ("run.oci.keep_original_groups", "1"),
               ("run.oci.delegate-cgroup", "x"), ("org.criu.config", "{scratch}/none"),
               ("run.oci.mount_context_type", "context")]


def annotation(rng, case):
    name, value = rng.choice(ANNOTATIONS)
    part_of(some_config(rng, case), "annotations")[name] = value


def root_file_system(rng, case):
    part_of(some_config(rng, case), "root")["readonly"] = rng.choice([False, None, "true", 0])


def namespaces(rng, case):
    spaces = part_of(some_config(rng, case), "linux").get("namespaces")
    if isinstance(spaces, list) and spaces:
        spaces.pop(rng.randrange(len(spaces)))


def labels(rng, case):
    """Words where crun and runc keep what they know of a container."""
    part_of(some_config(rng, case), "annotations").update({"bundle": "{other}", "org.criu.config": "x"})


# ---- environment ---------------------------------------------------------------------------------------

def environment(rng, case):
    name, value = rng.choice([("XDG_RUNTIME_DIR", "{xdg}"), ("RUN_OCI_SECCOMP_RECEIVER", "{scratch}/none"),
                              ("LISTEN_FDS", "1"), ("NOTIFY_SOCKET", "{scratch}/none"), ("HOME", "{xdg}"),
                              ("TMPDIR", "{scratch}"), ("_LIBCONTAINER_STATEDIR", "{xdg}"), ("PATH", "")])
    case["environment"][name] = value


def state_by_environment(rng, case):
    case["global"] = [words for words in case["global"] if not words[0].startswith(("--r", "-r"))]
    case["environment"]["XDG_RUNTIME_DIR"] = "{xdg}"


# ---- exec -------------------------------------------------------------------------------------------------

def cap_option(rng, case):
    name = rng.choice(ODD_CAPABILITIES + ["CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_KILL"])
    common = [["--cap", name], ["--cap=" + name], ["-c", name]]
    case["options"].append(usual(rng, case, common + [["-c=" + name]], common + [["-c" + name], ["--ca=" + name]]))


def user_option(rng, case):
    value = rng.choice(["0", "0:0", "root", "1000:0", "1000", "", "00", "-1", "4294967296"])
    common = [["--user", value], ["--user=" + value], ["-u", value]]
    case["options"].append(usual(rng, case, common + [["-u=" + value]], common + [["-u" + value], ["--us=" + value]]))


def no_new_privs_option(rng, case):
    runc = [[["--no-new-privs=false"]], [["-no-new-privs=false"]], [["--no-new-privs"], ["--no-new-privs=false"]],
            [["--no-new-privs=0"]], [["--no-new-privs=f"]], [["--no-new-privs"]]]
    case["options"] += usual(rng, case, runc, [[["--no-new-privs"]], [["--no-new"]]])


def process_option(rng, case):
    case["files"]["{scratch}/process.json"] = copy.deepcopy(rng.choice([case["process"], case["all"]["process"]]))
    name = rng.choice(["{scratch}/process.json", "process.json", "./process.json"])
    case["directory"] = "{scratch}"
    common = [["--process", name], ["--process=" + name], ["-p", name]]
    case["options"].append(usual(rng, case, common + [["-p=" + name], ["-process", name]],
                                 common + [["-p" + name], ["--proc=" + name]]))


def harmless_exec_options(rng, case):
    common = [["--env", "A=1"], ["-e", "A=1"], ["--cwd", "/"], ["--cwd=/"], ["-e", "--cap=CAP_SYS_ADMIN"],
              ["--env", "--no-new-privs=false"], ["--preserve-fds", "0"]]
    case["options"].append(usual(rng, case, common + [["--tty=false"], ["--additional-gids", "0"], ["-g", "0"]],
                                 common + [["-eA=1"], ["--cw", "/"]]))


PARTS = [(bundle_option, RUN), (two_bundles, RUN), (no_bundle, RUN), (config_option, RUN), (harmless_options, RUN),
         (dashed_value, RUN + EXEC), (end_of_options, RUN), (global_options, RUN + EXEC), (root_option, RUN),
         (unknown_option, RUN + EXEC), (moved_words, RUN + EXEC), (odd_capability, RUN + EXEC), (twice, RUN + EXEC),
         (odd_value, RUN), (user, RUN + EXEC), (seccomp, RUN), (annotation, RUN), (root_file_system, RUN),
         (namespaces, RUN), (labels, RUN), (environment, RUN + EXEC), (state_by_environment, RUN),
         (cap_option, EXEC), (user_option, EXEC), (no_new_privs_option, EXEC), (process_option, EXEC),
         (harmless_exec_options, EXEC)]


def fitting(kind, left_out):
    return [part for part, kinds in PARTS if kind in kinds and part.__name__ not in left_out]


def policies(kind, left_out):
    return [name for name in POLICIES if f"{kind}_under_{name}" not in left_out]


def skeleton(rng, base, kind, family, left_out):
    """A case that does nothing odd yet; "all" and "process" are for the parts."""
    little, everything = documents.asks_for_little(base), documents.asks_for_all(base)
    case = {"kind": kind, "family": family, "policy": rng.choice(policies(kind, left_out)),
            "global": [["--root", "{root}"]], "options": [] if kind == "exec" else [["--bundle", "{bundle}"]],
            "environment": {}, "directory": rng.choice(["{bundle}", "{other}", "{scratch}"]), "parts": [], "files": {},
            "all": everything, "process": little["process"]}
    # Every place where a reader could look has a document, some of which ask for all.
    if kind != "exec":
        for place in ("{bundle}/config.json", "{bundle}/other.json", "{other}/config.json", "{other}/other.json"):
            case["files"][place] = copy.deepcopy(rng.choice([little, everything]))
    return case


def make_case(rng, base, family, left_out):
    """One case. left_out names parts that are not used, or a kind under a policy: exec_under_user."""
    kind = rng.choices(["run", "create", "exec"], [6, 1, 4])[0]
    case = skeleton(rng, base, kind, family, left_out)
    parts = fitting(kind, left_out)
    for part in rng.sample(parts, min(len(parts), rng.choice([0, 1, 1, 2, 2, 3, 4]))):
        part(rng, case)
        case["parts"].append(part.__name__)
    del case["all"], case["process"]
    return case
