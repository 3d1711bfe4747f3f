"""containerd's default profile, which is a Go function and no document, as a document in the engines' schema.

read(TEXT) takes contrib/seccomp/seccomp_default.go. The function is read statement by statement, and only
those forms are known that it has been seen to use: any other one, and any unknown constant, is an error.
"""
import re

TOKEN = re.compile(r'\s+|//[^\n]*|/\*.*?\*/|"(?P<text>[^"\\]*)"|(?P<word>[A-Za-z_][\w.]*|0x[0-9a-fA-F]+|\d+)'
                   r"|(?P<mark>:=|==|[{}()\[\]:;,=&|+!*])", re.S)

CONSTANTS = {
    "unix.AF_ALG": 38, "unix.AF_VSOCK": 40, "unix.ENOSYS": 38,
    "unix.CLONE_NEWNS": 0x20000, "unix.CLONE_NEWCGROUP": 0x2000000, "unix.CLONE_NEWUTS": 0x4000000,
    "unix.CLONE_NEWIPC": 0x8000000, "unix.CLONE_NEWUSER": 0x10000000, "unix.CLONE_NEWPID": 0x20000000,
    "unix.CLONE_NEWNET": 0x40000000,
}
ACTIONS = {"specs.ActAllow": "SCMP_ACT_ALLOW", "specs.ActErrno": "SCMP_ACT_ERRNO"}
OPERATORS = {
    "specs.OpEqualTo": "SCMP_CMP_EQ", "specs.OpNotEqual": "SCMP_CMP_NE", "specs.OpLessThan": "SCMP_CMP_LT",
    "specs.OpLessEqual": "SCMP_CMP_LE", "specs.OpGreaterThan": "SCMP_CMP_GT",
    "specs.OpGreaterEqual": "SCMP_CMP_GE", "specs.OpMaskedEqual": "SCMP_CMP_MASKED_EQ",
}
NATIVE = {
    "amd64": "X86_64", "arm64": "AARCH64", "mips64": "MIPS64", "mips64n32": "MIPS64N32", "mipsel64": "MIPSEL64",
    "mipsel64n32": "MIPSEL64N32", "s390x": "S390X", "riscv64": "RISCV64", "loong64": "LOONGARCH64",
}
# Go's names of architectures are those of the engines' conditions but for these.
CONDITION_ARCHES = {"386": "x86"}


class Unknown(Exception):
    """The function has a form that is not known here."""


class Reader:
    """The tokens of one Go function, and where the reader stands."""

    def __init__(self, text, function):
        at = text.index(f"func {function}(")
        self.tokens = [m for m in self._matches(text[at:]) if m.lastgroup]
        self.at = 0
        while self.next().group() != "{":
            pass

    @staticmethod
    def _matches(text):
        at, depth = 0, 0
        while True:
            match = TOKEN.match(text, at)
            if not match:
                raise Unknown(f"the character {text[at]!r}")
            yield match
            at = match.end()
            depth += {"{": 1, "}": -1}.get(match.group(), 0)
            if match.group() == "}" and depth == 0:
                return

    def peek(self, ahead=0):
        at = self.at + ahead
        return self.tokens[at].group() if at < len(self.tokens) else ""

    def next(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def follows(self, *words):
        return [self.peek(i) for i in range(len(words))] == list(words)

    def take(self, *words):
        for word in words:
            found = self.next().group()
            if found != word:
                raise Unknown(f"{found!r} where {word!r} was expected")

    def took(self, *words):
        if not self.follows(*words):
            return False
        self.at += len(words)
        return True

    def text(self):
        token = self.next()
        if token.lastgroup != "text":
            raise Unknown(f"{token.group()!r} where a text was expected")
        return token.group("text")

    def list_of(self, element):
        """The elements between { and }, each followed by a comma but for the last."""
        self.take("{")
        found = []
        while not self.took("}"):
            found.append(element())
            if not self.took(","):
                self.take("}")
                return found
        return found


def number(go):
    """Constants, joined by | or +."""
    def one():
        word = go.next().group()
        if word in CONSTANTS:
            return CONSTANTS[word]
        try:
            return int(word, 0)
        except ValueError:
            raise Unknown(f"the constant {word}") from None
    value = one()
    while go.peek() in ("|", "+"):
        value = value | one() if go.next().group() == "|" else value + one()
    return value


def chosen(go, names):
    word = go.next().group()
    if word not in names:
        raise Unknown(f"the name {word}")
    return names[word]


def argument(go):
    members = {"valueTwo": 0}

    def member():
        key = go.next().group()
        go.take(":")
        if key in ("Index", "Value", "ValueTwo"):
            members[key[0].lower() + key[1:]] = number(go)
        elif key == "Op":
            members["op"] = chosen(go, OPERATORS)
        else:
            raise Unknown(f"the member {key} of an argument")
    go.list_of(member)
    return members


def rule(go, names):
    """A composite literal of specs.LinuxSyscall, without its type."""
    members = {}

    def member():
        key = go.next().group()
        go.take(":")
        if key == "Names":
            go.take("[", "]", "string")
            members["names"] = go.list_of(go.text)
        elif key == "Action":
            members["action"] = chosen(go, ACTIONS)
        elif key == "Args":
            go.take("[", "]", "specs.LinuxSeccompArg")
            members["args"] = go.list_of(lambda: argument(go))
        elif key == "ErrnoRet":
            go.take("&")
            members["errnoRet"] = chosen(go, names)
        else:
            raise Unknown(f"the member {key} of a rule")
    go.list_of(member)
    return members


def cases(go):
    """switch's cases: the words of each, and that the reader stands before its statements. [] is default."""
    go.take("{")
    while not go.took("}"):
        if go.took("default", ":"):
            yield []
            continue
        go.take("case")
        words = [go.text()]
        while go.took(","):
            words.append(go.text())
        go.take(":")
        yield words


class Profile:
    """What the function appends, with the conditions under which it does."""

    def __init__(self):
        self.rules, self.names = [], {}
        self.default_action = None

    def add(self, members, includes, excludes):
        self.rules.append({**members, "includes": includes, "excludes": excludes})

    def statements(self, go, includes, excludes, ends):
        while go.peek() not in ends:
            self.statement(go, includes, excludes)

    def block(self, go, includes, excludes):
        go.take("{")
        self.statements(go, includes, excludes, ["}"])
        go.take("}")

    def statement(self, go, includes, excludes):
        if go.took("nosys", ":=", "uint", "("):
            self.names["nosys"] = number(go)
            go.take(")")
        elif go.took("syscalls", ":=", "[", "]", "specs.LinuxSyscall"):
            for members in go.list_of(lambda: rule(go, self.names)):
                self.add(members, includes, excludes)
        elif go.took("s", ":=", "&", "specs.LinuxSeccomp", "{", "DefaultAction", ":"):
            self.default_action = chosen(go, ACTIONS)
            go.take(",", "Architectures", ":", "arches", "(", ")", ",", "Syscalls", ":", "syscalls", ",", "}")
        elif go.took("s.Syscalls", "=", "append", "(", "s.Syscalls", ",", "specs.LinuxSyscall"):
            self.add(rule(go, self.names), includes, excludes)
            go.take(")")
        elif go.took("if", "ok", ",", "err", ":=", "kernelversion.GreaterEqualThan", "("):
            self.since_kernel(go, includes, excludes)
        elif go.took("switch", "runtime.GOARCH"):
            self.by_architecture(go, includes, excludes)
        elif go.took("admin", ":=", "false"):
            pass
        elif go.follows("admin", "=", "true") and includes.get("caps") == ["CAP_SYS_ADMIN"]:
            go.take("admin", "=", "true")
        elif go.took("for", "_", ",", "c", ":=", "range", "sp.Process.Capabilities.Bounding", "{", "switch", "c"):
            for words in cases(go):
                if not words:
                    raise Unknown("a default among the capabilities")
                self.statements(go, {**includes, "caps": words[:1]}, excludes, ["case", "default", "}"])
            go.take("}")
        elif go.took("if", "!", "admin"):
            self.block(go, includes, {**excludes, "caps": ["CAP_SYS_ADMIN"]})
        elif not go.took("return", "s"):
            raise Unknown("the statement " + " ".join(go.peek(i) for i in range(4)))

    def since_kernel(self, go, includes, excludes):
        go.take("kernelversion.KernelVersion", "{", "Kernel", ":")
        kernel = str(number(go))
        go.take(",", "Major", ":")
        kernel += f".{number(go)}"
        go.take("}", ")", ";", "err", "==", "nil", "{", "if", "ok")
        self.block(go, {**includes, "minKernel": kernel}, excludes)
        go.take("}")

    def by_architecture(self, go, includes, excludes):
        seen = []
        for words in cases(go):
            arches = [CONDITION_ARCHES.get(word, word) for word in words]
            within = {**includes, "arches": arches} if arches else includes
            without = excludes if arches or not seen else {**excludes, "arches": seen}
            self.statements(go, within, without, ["case", "default", "}"])
            seen = seen + arches


def architectures(text):
    go = Reader(text, "arches")
    go.take("switch", "runtime.GOARCH")
    entries = []
    for words in cases(go):
        go.take("return", "[", "]", "specs.Arch")
        names = go.list_of(lambda: "SCMP_ARCH_" + go.next().group().removeprefix("specs.Arch").upper())
        for word in words:
            native = "SCMP_ARCH_" + NATIVE[word]
            entries.append({"architecture": native, "subArchitectures": [name for name in names if name != native]})
    return entries


def read(text):
    profile = Profile()
    go = Reader(text, "DefaultProfile")
    profile.statements(go, {}, {}, ["}"])
    return {"defaultAction": profile.default_action, "defaultErrnoRet": 1, "archMap": architectures(text),
            "syscalls": profile.rules}
