"""Documents as the cases hold them: JSON, in which a member's name may begin with a digit and '#'.

Written out, that prefix is gone, so one object can have a member twice: {"user": 1, "2#user": 2}.
"""

import copy
import json
import re

ALL_CAPABILITIES = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
                    "CAP_NET_RAW", "CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_MKNOD", "CAP_SYS_CHROOT"]
SETS = ["bounding", "effective", "permitted"]


def text_of(document):
    return re.sub(r'"[0-9]#', '"', json.dumps(document))


def asks_for_all(base):
    """A config.json that asks for everything that the policies of the cases forbid."""
    config = copy.deepcopy(base)
    process = config["process"]
    process["noNewPrivileges"] = False
    process["user"] = {"uid": 0, "gid": 0}
    process["capabilities"] = {one: list(ALL_CAPABILITIES) for one in SETS}
    config["root"]["readonly"] = False
    config["linux"].pop("seccomp", None)
    return config


def asks_for_little(base):
    config = copy.deepcopy(base)
    process = config["process"]
    process["noNewPrivileges"] = True
    process["user"] = {"uid": 1000, "gid": 1000}
    process["capabilities"] = {one: ["CAP_KILL"] for one in SETS}
    config["root"]["readonly"] = True
    return config


def paths_of(value, path=()):
    """Every member and element below, the outermost first."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    for key in keys:
        yield path + (key,)
        yield from paths_of(value[key], path + (key,))


def at(value, path):
    for key in path:
        value = value[key]
    return value


def without(value, path):
    result = copy.deepcopy(value)
    del at(result, path[:-1])[path[-1]]
    return result
