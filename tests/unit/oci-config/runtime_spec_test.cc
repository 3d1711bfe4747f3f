#include "oci-config/runtime_spec.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/text.h"
#include "oci-config/known_keys.h"

namespace bulkhead::oci_config {
namespace {

using base::cat;

JsonDocument parsed(std::string text, std::string_view described = "config.json") {
  auto document = JsonDocument::parse(std::move(text), {.described = described});
  if (!document) FAIL(document.error().message);
  return std::move(*document);
}

RuntimeSpec read(std::string text) {
  auto spec = read_runtime_spec(parsed(std::move(text)));
  if (!spec) FAIL(spec.error().message);
  return std::move(*spec);
}

std::string refusal(std::string text) {
  const auto spec = read_runtime_spec(parsed(std::move(text)));
  if (spec) return "accepted";
  CHECK(spec.error().code == base::ErrorCode::invalid_input);
  return spec.error().message;
}

TEST_CASE("a config.json is read into what Bulkhead decides by") {
  const auto spec = read(R"({
    "ociVersion": "1.0.2",
    "process": {"args": ["sh", "-c"], "user": {"uid": 1000, "gid": 4294967295, "additionalGids": [5, 6]},
      "noNewPrivileges": true, "apparmorProfile": "", "selinuxLabel": "a:b",
      "capabilities": {"bounding": ["CAP_CHOWN", "CAP_CHECKPOINT_RESTORE", "CAP_NEW"],
                       "ambient": null}},
    "root": {"path": "rootfs", "readonly": true},
    "annotations": {"b": "2", "a": null},
    "linux": {"cgroupsPath": "s:p:i", "rootfsPropagation": "rslave",
      "namespaces": [{"type": "pid"}, {"type": "user", "path": "/proc/1/ns/user"}, {"type": "later"}],
      "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}],
      "gidMappings": [{"containerID": 1, "hostID": 100000, "size": 65536}],
      "maskedPaths": ["/proc/kcore"], "readonlyPaths": ["/proc/sys", "/proc/bus"],
      "seccomp": {"defaultAction": "SCMP_ACT_LOG"}},
    "hooks": {"createRuntime": [{"path": "/h", "args": ["h", "1"]}], "poststop": []}})");
  CHECK(spec.oci_version == "1.0.2");
  REQUIRE(spec.process);
  CHECK(spec.process->args == std::vector<std::string>{"sh", "-c"});
  CHECK(spec.process->uid == 1000);
  CHECK(spec.process->gid == 4294967295);
  CHECK(spec.process->no_new_privileges);
  CHECK(spec.process->apparmor_profile == "");
  CHECK(spec.process->selinux_label == "a:b");
  CHECK(spec.process->capabilities->bounding == (1 | CapabilityMask{1} << 40));
  CHECK(spec.process->capabilities->ambient == 0);
  CHECK(spec.process->unknown_capabilities == std::vector<std::string>{"CAP_NEW"});
  CHECK(spec.has_root);
  CHECK(spec.root_readonly);
  CHECK(spec.root_path == "rootfs");
  CHECK(*spec.annotation("b") == "2");
  CHECK(spec.annotation("a")->empty());
  CHECK(spec.annotation("c") == nullptr);
  CHECK(spec.has_linux);
  CHECK(spec.cgroups_path == "s:p:i");
  CHECK(spec.rootfs_propagation == "rslave");
  CHECK(spec.process->additional_gids == std::vector<std::uint32_t>{5, 6});
  REQUIRE(spec.namespaces.size() == 2);
  CHECK(spec.namespaces[0].type == NamespaceType::pid);
  CHECK(spec.namespaces[0].path.empty());
  CHECK(name_of(spec.namespaces[1].type) == "user");
  CHECK(spec.namespaces[1].path == "/proc/1/ns/user");
  CHECK(spec.uid_mappings == std::vector<IdMapping>{{0, 1000, 1}});
  CHECK(spec.gid_mappings == std::vector<IdMapping>{{1, 100000, 65536}});
  CHECK(spec.masked_paths == std::vector<std::string>{"/proc/kcore"});
  CHECK(spec.readonly_paths == std::vector<std::string>{"/proc/sys", "/proc/bus"});
  CHECK(spec.seccomp_presence == SeccompPresence::profile);
  CHECK(spec.seccomp->default_action.action == SeccompAction::log);
  REQUIRE(spec.create_runtime_hooks.size() == 1);
  CHECK(spec.create_runtime_hooks[0].args == std::vector<std::string>{"h", "1"});
  CHECK(spec.poststop_hooks.empty());
}

TEST_CASE("what is absent and what is null is the same, as runtimes have it") {
  for (const char* text :
       {"{}", R"({"process":null,"root":null,"annotations":null,"linux":null,"hooks":null})",
        R"({"linux":{"seccomp":null,"namespaces":null},"hooks":{"poststop":null}})"}) {
    const auto spec = read(text);
    CHECK_FALSE(spec.process);
    CHECK_FALSE(spec.has_root);
    CHECK(spec.seccomp_presence == SeccompPresence::absent);
    CHECK_FALSE(spec.seccomp);
  }
  const auto process = *read(R"({"process":{"capabilities":null,"apparmorProfile":null}})").process;
  CHECK_FALSE(process.capabilities);
  CHECK_FALSE(process.apparmor_profile);
}

TEST_CASE("a seccomp object without default action and rules is empty, as runtimes take it") {
  for (const char* seccomp : {"{}", R"({"defaultAction":""})", R"({"defaultAction":null})",
                              R"({"defaultAction":"","syscalls":[]})", R"({"syscalls":null})"}) {
    CAPTURE(seccomp);
    const auto spec = read(cat(R"({"linux":{"seccomp":)", seccomp, "}}"));
    CHECK(spec.seccomp_presence == SeccompPresence::empty);
    CHECK_FALSE(spec.seccomp);
  }
  CHECK(refusal(R"({"linux":{"seccomp":{"architectures":["SCMP_ARCH_X86"]}}})") ==
        "config.json: /linux/seccomp (line 1): has no 'defaultAction'");
  CHECK_THAT(refusal(R"({"linux":{"seccomp":{"apiVersion":"v1","kind":"K"}}})"),
             Catch::StartsWith("config.json: /linux/seccomp (line 1): is a Kubernetes object"));
}

TEST_CASE("a namespace whose path is empty or null is a new one") {
  const auto spec = read(R"({"linux": {"namespaces": [{"type": "user", "path": ""},
    {"type": "pid", "path": null}]}})");
  REQUIRE(spec.namespaces.size() == 2);
  CHECK(spec.namespaces[0].path.empty());
  CHECK(spec.namespaces[1].path.empty());
}

TEST_CASE("faults of linux.seccomp are told with their place in config.json") {
  CHECK(refusal("{\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_LOG\",\"syscalls\":[\n"
                "{\"names\":[\"a\"],\"action\":\"X\"}]}}}") ==
        "config.json: /linux/seccomp/syscalls/0/action (line 2): the action 'X' is unknown");
  CHECK(read(R"({"linux":{"seccomp":{"defaultAction":"SCMP_ACT_LOG","archMap":[]}}})")
            .seccomp->dialect == ProfileDialect::container_engine);
}

TEST_CASE("a key that differs from a known one only in case is refused, naming both") {
  struct Case {
    const char* text;
    const char* pointer;
    const char* known;
  };
  const Case cases[] = {
      {R"({"Linux":{}})", "/Linux", "linux"},
      {R"({"linux":{},"LINUX":{}})", "/LINUX", "linux"},
      {R"({"linux":{"SECCOMP":{}}})", "/linux/SECCOMP", "seccomp"},
      {"{\"linux\":{\"\xc5\xbf"
       "eccomp\":{}}}",
       "/linux/\xc5\xbf"
       "eccomp",
       "seccomp"},
      {R"({"linux":{"\u017feccomp":{}}})",
       "/linux/\xc5\xbf"
       "eccomp",
       "seccomp"},
      {"{\"hoo\xe2\x84\xaas\":{}}", "/hoo\xe2\x84\xaas", "hooks"},
      {R"({"process":{"noNewPrivILEGES":true}})", "/process/noNewPrivILEGES", "noNewPrivileges"},
      {R"({"process":{"user":{"UID":0}}})", "/process/user/UID", "uid"},
      {R"({"process":{"capabilities":{"Bounding":[]}}})", "/process/capabilities/Bounding",
       "bounding"},
      {R"({"root":{"readOnly":true}})", "/root/readOnly", "readonly"},
      {R"({"hooks":{"CreateRuntime":[]}})", "/hooks/CreateRuntime", "createRuntime"},
      {R"({"hooks":{"poststop":[{"path":"/h","Args":[]}]}})", "/hooks/poststop/0/Args", "args"},
      {R"({"linux":{"namespaces":[{"type":"pid","Path":"/x"}]}})", "/linux/namespaces/0/Path",
       "path"},
      {R"({"linux":{"seccomp":{"defaultAction":"SCMP_ACT_LOG","Syscalls":[]}}})",
       "/linux/seccomp/Syscalls", "syscalls"},
      {R"({"process":{"rlimits":[{"type":"RLIMIT_CPU","Hard":1}]}})", "/process/rlimits/0/Hard",
       "hard"},
      {R"({"mounts":[{"destination":"/a"},{"Source":"/"}]})", "/mounts/1/Source", "source"},
      {R"({"linux":{"resources":{"CPU":{}}}})", "/linux/resources/CPU", "cpu"},
      {R"({"linux":{"resources":{"devices":[{"Allow":true}]}}})",
       "/linux/resources/devices/0/Allow", "allow"},
      {R"({"linux":{"resources":{"blockIO":{"weightDevice":[{"Weight":1}]}}}})",
       "/linux/resources/blockIO/weightDevice/0/Weight", "weight"},
      {R"({"linux":{"resources":{"rdma":{"Any":{"HcaHandles":1}}}}})",
       "/linux/resources/rdma/Any/HcaHandles", "hcaHandles"},
      {R"({"linux":{"devices":[{"filemode":438}]}})", "/linux/devices/0/filemode", "fileMode"},
      {R"({"linux":{"uidMappings":[{"hostId":0}]}})", "/linux/uidMappings/0/hostId", "hostID"},
      {R"({"linux":{"timeOffsets":{"boottime":{"Secs":1}}}})", "/linux/timeOffsets/boottime/Secs",
       "secs"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    const std::string message = refusal(one.text);
    CHECK_THAT(message,
               Catch::StartsWith(cat("config.json: ", one.pointer, " (line 1): the key '")));
    CHECK_THAT(message, Catch::Contains(cat("' differs from '", one.known, "' only in case")));
  }
}

TEST_CASE("keys of maps that people fill may be anything, and unknown members are left alone") {
  const auto spec = read(R"({"annotations":{"Linux":"1","linux":"2"},"new":{"Linux":1},
                             "process":{"env":["Args=1"],"new":{"Args":1}},
                             "linux":{"sysctl":{"Sysctl":"1"},"futures":1,"resources":{
                               "unified":{"CPU":"1","cpu":"2"},"rdma":{"CPU":{}}, "future":{"CPU":1}},
                               "timeOffsets":{"BootTime":{}},"netDevices":{"Name":{"name":"eth0"}}},
                             "windows":{"Devices":[]}})");
  CHECK(*spec.annotation("Linux") == "1");
  CHECK(*spec.annotation("linux") == "2");
}

TEST_CASE("keys fold as Go folds them, and no further") {
  CHECK(equal_folded("SECCOMP", "seccomp"));
  CHECK(equal_folded("\xc5\xbfys\xc5\xbf", "syss"));
  CHECK_FALSE(equal_folded("seccomp ", "seccomp"));
  CHECK_FALSE(equal_folded("seccom", "seccomp"));
  CHECK_FALSE(equal_folded("\xc4\xb1", "i"));  // dotless i does not fold to i
}

TEST_CASE("no two known keys of an object are variants of each other") {
  for (unsigned number = 0; number <= static_cast<unsigned>(SpecObject::time_offset); ++number) {
    const auto known = known_keys(static_cast<SpecObject>(number));
    CHECK_FALSE(known.empty());
    for (const KnownKey& one : known) {
      CAPTURE(one.name);
      const auto same = [&](const KnownKey& row) { return equal_folded(row.name, one.name); };
      CHECK(std::ranges::count_if(known, same) == 1);
    }
  }
}

TEST_CASE("a wrong type is refused at each member that is read") {
  struct Case {
    const char* text;
    const char* message;
  };
  const Case cases[] = {
      {"[]", "config.json (line 1): must be an object, not an array"},
      {R"({"ociVersion":1})", "config.json: /ociVersion (line 1): must be a string, not a number"},
      {R"({"process":[]})", "config.json: /process (line 1): must be an object, not an array"},
      {R"({"process":{"args":"sh"}})",
       "config.json: /process/args (line 1): must be an array, not a string"},
      {R"({"process":{"args":[1]}})",
       "config.json: /process/args/0 (line 1): must be a string, not a number"},
      {R"({"process":{"user":0}})",
       "config.json: /process/user (line 1): must be an object, not a number"},
      {R"({"process":{"user":{"uid":-1}}})",
       "config.json: /process/user/uid (line 1): must be an integer from 0 to 4294967295, not "
       "'-1'"},
      {R"({"process":{"user":{"gid":4294967296}}})",
       "config.json: /process/user/gid (line 1): must be an integer from 0 to 4294967295, not "
       "'4294967296'"},
      {R"({"process":{"user":{"additionalGids":[5,"6"]}}})",
       "config.json: /process/user/additionalGids/1 (line 1): must be a number, not a string"},
      {R"({"linux":{"uidMappings":[{"hostID":-1}]}})",
       "config.json: /linux/uidMappings/0/hostID (line 1): must be an integer from 0 to "
       "4294967295, not '-1'"},
      {R"({"linux":{"gidMappings":[1]}})",
       "config.json: /linux/gidMappings/0 (line 1): must be an object, not a number"},
      {R"({"linux":{"maskedPaths":"/proc"}})",
       "config.json: /linux/maskedPaths (line 1): must be an array, not a string"},
      {R"({"linux":{"readonlyPaths":[null]}})",
       "config.json: /linux/readonlyPaths/0 (line 1): must be a string, not null"},
      {R"({"process":{"noNewPrivileges":"true"}})",
       "config.json: /process/noNewPrivileges (line 1): must be true or false, not a string"},
      {R"({"process":{"apparmorProfile":1}})",
       "config.json: /process/apparmorProfile (line 1): must be a string, not a number"},
      {R"({"process":{"selinuxLabel":1}})",
       "config.json: /process/selinuxLabel (line 1): must be a string, not a number"},
      {R"({"process":{"capabilities":["CAP_KILL"]}})",
       "config.json: /process/capabilities (line 1): must be an object, not an array"},
      {R"({"process":{"capabilities":{"permitted":"CAP_KILL"}}})",
       "config.json: /process/capabilities/permitted (line 1): must be an array, not a string"},
      {R"({"process":{"capabilities":{"bounding":["cap_kill"]}}})",
       "config.json: /process/capabilities/bounding (line 1): holds 'cap_kill', which some "
       "runtimes take for CAP_KILL and others ignore"},
      {R"({"process":{"capabilities":{"ambient":["CAP_KILL","21"]}}})",
       "config.json: /process/capabilities/ambient (line 1): holds '21', which some runtimes take "
       "for CAP_SYS_ADMIN and others ignore"},
      {R"({"process":{"capabilities":{"permitted":["CAP_SYS_ADMIN,X"]}}})",
       "config.json: /process/capabilities/permitted (line 1): holds 'CAP_SYS_ADMIN,X', which some "
       "runtimes take for CAP_SYS_ADMIN and others ignore"},
      {R"({"root":"rootfs"})", "config.json: /root (line 1): must be an object, not a string"},
      {R"({"root":{"path":1}})",
       "config.json: /root/path (line 1): must be a string, not a number"},
      {R"({"root":{"readonly":1}})",
       "config.json: /root/readonly (line 1): must be true or false, not a number"},
      {R"({"annotations":[]})",
       "config.json: /annotations (line 1): must be an object, not an array"},
      {R"({"annotations":{"a":1}})",
       "config.json: /annotations/a (line 1): must be a string, not a number"},
      {R"({"linux":true})", "config.json: /linux (line 1): must be an object, not true or false"},
      {R"({"linux":{"seccomp":[]}})",
       "config.json: /linux/seccomp (line 1): must be an object, not an array"},
      {R"({"linux":{"namespaces":{}}})",
       "config.json: /linux/namespaces (line 1): must be an array, not an object"},
      {R"({"linux":{"namespaces":["pid"]}})",
       "config.json: /linux/namespaces/0 (line 1): must be an object, not a string"},
      {R"({"linux":{"cgroupsPath":1}})",
       "config.json: /linux/cgroupsPath (line 1): must be a string, not a number"},
      {R"({"linux":{"rootfsPropagation":1}})",
       "config.json: /linux/rootfsPropagation (line 1): must be a string, not a number"},
      {R"({"hooks":[]})", "config.json: /hooks (line 1): must be an object, not an array"},
      {R"({"hooks":{"prestart":{}}})",
       "config.json: /hooks/prestart (line 1): must be an array, not an object"},
      {R"({"hooks":{"poststop":[{}]}})", "config.json: /hooks/poststop/0 (line 1): has no 'path'"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    CHECK(refusal(one.text) == one.message);
  }
}

TEST_CASE("a list of capabilities beyond all measure is refused") {
  std::string names = "\"A\"";
  for (int i = 0; i < 512; ++i) names += ",\"A\"";
  CHECK(refusal(cat(R"({"process":{"capabilities":{"bounding":[)", names, "]}}}")) ==
        "config.json: /process/capabilities/bounding (line 1): holds 513 names; there are 64 "
        "capabilities at most");
}

TEST_CASE("all faults of a config.json are told together") {
  CHECK(refusal("{\"root\":1,\n\"hooks\":2}") ==
        "config.json: /root (line 1): must be an object, not a number; also: /hooks (line 2): must "
        "be an object, not a number");
}

TEST_CASE("process.json is a process object alone, under the same rules") {
  const auto process = read_process_spec(parsed(R"({"args":["id"],"user":{"uid":7}})"));
  REQUIRE(process);
  CHECK(process->uid == 7);
  CHECK(read_process_spec(parsed(R"({"ARGS":[]})", "process.json")).error().message ==
        "process.json: /ARGS (line 1): the key 'ARGS' differs from 'args' only in case: some "
        "runtimes take it for that, others ignore it");
  CHECK(read_process_spec(parsed("1", "process.json")).error().message ==
        "process.json (line 1): must be an object, not a number");
}

TEST_CASE("capabilities have the kernel's numbers") {
  CHECK(capability_number("CAP_SYS_ADMIN") == 21);
  CHECK(capability_name(39) == "CAP_BPF");
  CHECK(capability_name(41).empty());
  CHECK_FALSE(capability_number("SYS_ADMIN"));
}

TEST_CASE("a capability's name is read as libcap reads it") {
  for (const char* name : {"CAP_SYS_ADMIN", "cap_sys_admin", "Cap_Sys_Admin", "21", "0x15", "025",
                           "21x", "CAP_SYS_ADMIN-", "CAP_SYS_ADMIN,X", "CAP_SYS_ADMIN1"}) {
    CHECK(capability_as_libcap_reads(name) == 21);
  }
  CHECK(capability_as_libcap_reads("0x") == 0);
  for (const char* name : {"", "SYS_ADMIN", " CAP_KILL", "+21", "-1", "63", "64", "CAP-KILL",
                           "CAP_KILLX", "18446744073709551616"}) {
    CHECK_FALSE(capability_as_libcap_reads(name));
  }
}

TEST_CASE("a mask is told by its names, in the kernel's order") {
  CHECK(capability_names(0b101) == std::vector<std::string>{"CAP_CHOWN", "CAP_DAC_READ_SEARCH"});
}

}  // namespace
}  // namespace bulkhead::oci_config
