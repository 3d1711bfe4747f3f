#include "cli/install/engine_config_proof.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "base/files.h"
#include "base/text.h"
#include "cli/engines/engine_answer.h"
#include "cli/engines/run_program.h"
#include "cli/install/engine_config_steps.h"
#include "cli/install/held_interrupts.h"
#include "cli/install/proof_root.h"
#include "cli/install/tar_archive.h"
#include "cli/names/programs.h"
#include "oci-config/json.h"
#include "oci-config/spec_edit.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;

constexpr int kAsk_ms = 20'000;
constexpr int kStart_ms = 60'000;
constexpr int kTries = 20;
constexpr unsigned kPause_us = 250'000;

std::unexpected<base::Error> failed(std::string_view engine, std::string_view what,
                                    std::string_view output) {
  return base::fail(ErrorCode::kernel, cat(engine, ": ", what, output.empty() ? "" : ": ",
                                           output.empty() ? "" : base::quoted(output, 2048)));
}

off_t size_of(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 ? status.st_size : 0;
}

// What events.jsonl got since `from`.
std::string new_events(const std::string& path, off_t from) {
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!file.valid() || ::lseek(file.get(), from, SEEK_SET) < 0) return text;
  std::array<char, 16384> bytes;
  for (ssize_t got; (got = ::read(file.get(), bytes.data(), bytes.size())) > 0;)
    text.append(bytes.data(), static_cast<std::size_t>(got));
  return text;
}

struct Seen {
  bool started = false;
  bool proved = false;
};

Seen events_of(std::string_view text, std::string_view id) {
  Seen seen;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto event = oci_config::JsonDocument::parse(std::string(line), {.described = "event"});
    if (!event) continue;
    const auto whose = event->find("/id");
    const auto kind = event->find("/event");
    const bool texts = whose && kind && whose->is(oci_config::JsonType::string) &&
                       kind->is(oci_config::JsonType::string);
    if (!texts || whose->string() != id) continue;
    const std::string_view name = kind->string();
    seen.started |= name == "admitted" || name == "changed" || name == "observed";
    seen.proved |= name == "proved" || name == "installed";
  }
  return seen;
}

struct Start {
  std::string_view engine;
  std::vector<std::string> argv;          // starts the container that runs `/bulkhead --version`
  std::string id;                         // empty: it is in the file `id` of the root
  std::vector<std::string> without = {};  // the same by the runtime that was there; may be empty
};

// Whether that is Bulkhead's doing, or no container starts here at all.
std::unexpected<base::Error> not_started(const Start& start, std::string_view output) {
  constexpr std::string_view kWhat = "a container did not start";
  if (HeldInterrupts::came()) return HeldInterrupts::error();
  if (start.without.empty()) return failed(start.engine, kWhat, output);
  const auto without = run_program(start.without, kStart_ms);
  if (without && without->exit_code == 0) {
    return failed(start.engine, cat(kWhat, ", and without Bulkhead it does"), output);
  }
  auto error =
      failed(start.engine,
             cat(kWhat, ", and without Bulkhead none does either, so nothing is proved"), output);
  error.error().remedy = "mend that first, or install unproved: --no-verify";
  return error;
}

Result<std::string> start_and_look(const ProofRequest& request, const ProofRoot& root,
                                   const Start& start) {
  const std::string log = request.paths.log + "/events.jsonl";
  const off_t before = size_of(log);
  if (HeldInterrupts::came()) return HeldInterrupts::error();
  const auto ran = run_program(start.argv, kStart_ms);
  if (!ran) return std::unexpected(ran.error());
  if (ran->exit_code != 0) return not_started(start, ran->output);
  std::string id = start.id;
  if (id.empty()) {
    const auto file = base::read_file_at(AT_FDCWD, root.path() + "/id", {.max_bytes = 256});
    if (file) id = file->bytes;
  }
  const Seen seen = events_of(new_events(log, before), id);
  if (seen.proved)
    return cat(
        "a container started, and the kernel confirmed its confinement before its first "
        "instruction");
  if (request.proof_expected)
    return failed(start.engine, "a container started, but nothing proved its confinement", {});
  if (!seen.started)
    return failed(start.engine, "a container started, but not through Bulkhead", {});
  return cat("a container started through Bulkhead (the policy asks for no proof)");
}

std::string not_running(std::string_view engine) {
  return cat(
      "not proved: it does not run, so no container was started; once it does, `bulkhead install ",
      engine, "` starts one");
}

std::string without_client(std::string_view client) {
  return cat("not proved: there is no ", client, " here, by which a container could be started");
}

std::string unique_name() { return cat("bulkhead-proof-", ::getpid()); }

// Low limits, and no control group of systemd where there is no systemd: a machine's root may be
// without the privilege to raise them. Not by `run --rm`, with which Podman 5 takes the file of the
// id away, too.
std::vector<std::string> podman_run(const std::string& podman, const std::string& runtime,
                                    const std::vector<std::string>& options) {
  std::vector<std::string> argv = {podman};
  if (::access("/run/systemd/system", F_OK) != 0)
    argv.insert(argv.end(), {"--cgroup-manager", "cgroupfs"});
  if (!runtime.empty()) argv.insert(argv.end(), {"--runtime", runtime});
  argv.insert(argv.end(), {"run", "--network", "none", "--ulimit", "nofile=1024:1024", "--ulimit",
                           "nproc=1024:1024"});
  argv.insert(argv.end(), options.begin(), options.end());
  argv.insert(argv.end(), {"/bulkhead", "--version"});
  return argv;
}

Result<std::string> prove_podman(const ProofRequest& request) {
  const std::string podman = find_program("", "podman");
  const std::string name = unique_name();
  const std::string other = name + "-without";
  ProofRoot root;
  if (const auto made = root.make(); !made) return std::unexpected(made.error());
  auto argv =
      podman_run(podman, request.runtime_class,
                 {"--name", name, "--cidfile", root.path() + "/id", "--rootfs", root.path()});
  auto without = podman_run(podman, request.behind, {"--name", other, "--rootfs", root.path()});
  auto proof = start_and_look(request, root, {"podman", std::move(argv), "", std::move(without)});
  (void)run_program({podman, "rm", "--force", "--ignore", name, other}, kStart_ms);
  return proof;
}

bool answers(const std::vector<std::string>& argv) {
  const auto ran = run_program(argv, kAsk_ms);
  return ran && ran->exit_code == 0;
}

// A daemon that was just restarted needs a moment.
bool answers_soon(const std::vector<std::string>& argv) {
  for (int tries = 0; tries < kTries; ++tries) {
    if (answers(argv)) return true;
    ::usleep(kPause_us);
  }
  return false;
}

// ctr's containers are in a control group of their namespace's name, which nobody removes; in the
// hybrid layout in one of each controller.
void remove_control_groups(const std::string& name) {
  for (const std::string& directory :
       {cat("/sys/fs/cgroup/", name), cat("/sys/fs/cgroup/*/", name)}) {
    glob_t found{};
    if (::glob(directory.c_str(), GLOB_NOSORT, nullptr, &found) == 0) {
      for (std::size_t i = 0; i < found.gl_pathc; ++i) ::rmdir(found.gl_pathv[i]);
    }
    ::globfree(&found);
  }
}

Result<std::string> prove_containerd(const ProofRequest& request) {
  const std::string ctr = find_program("", "ctr");
  if (!daemon_runs(EngineKind::containerd)) return not_running("containerd");
  if (ctr.empty()) return without_client("ctr");
  if (!answers_soon({ctr, "version"})) return failed("containerd", "it does not answer", {});
  ProofRoot root;
  if (const auto made = root.make(); !made) return std::unexpected(made.error());
  const std::string id = unique_name();
  const auto run_by = [&](const std::string& runtime, const std::string& name) {
    return std::vector<std::string>{
        ctr,     "--namespace", id,          "run", "--rm",      "--runc-binary",
        runtime, "--rootfs",    root.path(), name,  "/bulkhead", "--version"};
  };
  auto proof = start_and_look(
      request, root,
      {"containerd", run_by(request.shim, id), id, run_by(request.behind, id + "-without")});
  (void)run_program({ctr, "namespaces", "remove", id}, kAsk_ms);
  remove_control_groups(id);
  return proof;
}

// An image of this very program, removed at the end.
class DockerImage {
 public:
  explicit DockerImage(std::string docker)
      : docker_(std::move(docker)), name_(cat(unique_name(), ":latest")) {}
  DockerImage(const DockerImage&) = delete;
  DockerImage& operator=(const DockerImage&) = delete;
  ~DockerImage() { (void)run_program({docker_, "rmi", "--force", name_}, kAsk_ms); }
  [[nodiscard]] Result<void> make(const ProofRoot& root) const {
    const std::string archive = root.path() + "/image.tar";
    const auto program =
        base::read_file_at(AT_FDCWD, root.path() + "/bulkhead", {.max_bytes = kMaxProofProgram});
    if (!program) return std::unexpected(program.error());
    const auto directory = base::open_directory(root.path());
    if (!directory) return std::unexpected(directory.error());
    auto written = base::replace_file_at(directory->get(), "image.tar",
                                         tar_of_program("bulkhead", program->bytes),
                                         {.mode = 0600, .durable = false});
    if (!written) return written;
    const auto ran = run_program({docker_, "import", archive, name_}, kStart_ms);
    if (!ran) return std::unexpected(ran.error());
    if (ran->exit_code == 0) return {};
    return failed("docker", "it imports no image", ran->output);
  }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string docker_;
  std::string name_;
};

// Whether the shim is the program of the runtime that the container will have, in the daemon's own
// words.
Result<bool> docker_knows(const std::string& docker, const ProofRequest& request) {
  const auto ran = run_program({docker, "info", "--format", "{{json .}}"}, kAsk_ms);
  if (!ran) return std::unexpected(ran.error());
  if (ran->exit_code != 0) return failed("docker", "it does not answer", ran->output);
  const std::size_t begin = std::min(ran->output.find('{'), ran->output.size());
  const auto info =
      oci_config::JsonDocument::parse(ran->output.substr(begin), {.described = "docker info"});
  if (!info) return std::unexpected(info.error());
  const auto chosen = info->find("/DefaultRuntime");
  std::string name = request.runtime_class;
  if (name.empty() && chosen && chosen->is(oci_config::JsonType::string)) name = chosen->string();
  const auto path = info->find(cat("/Runtimes/", oci_config::pointer_token(name), "/path"));
  return path && path->is(oci_config::JsonType::string) && path->string() == request.shim;
}

// A daemon reads its configuration some moments after it was told to.
Result<bool> docker_knows_soon(const std::string& docker, const ProofRequest& request) {
  auto knows = docker_knows(docker, request);
  for (int tries = 1; tries < kTries && request.daemon_has_read && knows && !*knows; ++tries) {
    ::usleep(kPause_us);
    knows = docker_knows(docker, request);
  }
  return knows;
}

Result<std::string> prove_docker(const ProofRequest& request) {
  const std::string docker = find_program("", "docker");
  if (docker.empty()) return std::string("the client, docker, is not installed: nothing was asked");
  switch (docker_daemon()) {
    case DockerDaemon::none: return std::string("Docker does not run: no container was started");
    case DockerDaemon::elsewhere:
      return std::string(
          "dockerd runs, but does not listen at /run/docker.sock: no container was started, and "
          "nothing is proved; start one, and ask `bulkhead ps` about it");
    case DockerDaemon::reachable: break;
  }
  const auto knows = docker_knows_soon(docker, request);
  if (!knows) return std::unexpected(knows.error());
  if (!*knows && !request.daemon_has_read)
    return std::string(
        "not proved: dockerd has not read its configuration: no container was started");
  if (!*knows) return failed("docker", "the daemon does not know the shim", {});
  ProofRoot root;
  if (const auto made = root.make(); !made) return std::unexpected(made.error());
  const DockerImage image(docker);
  if (const auto made = image.make(root); !made) return std::unexpected(made.error());
  std::vector<std::string> argv = {docker,         "run",  "--rm",      "--network",        "none",
                                   "--log-driver", "none", "--cidfile", root.path() + "/id"};
  if (!request.runtime_class.empty()) argv.insert(argv.end(), {"--runtime", request.runtime_class});
  argv.insert(argv.end(), {image.name(), "/bulkhead", "--version"});
  return start_and_look(request, root, {"docker", std::move(argv), ""});
}

Result<std::string> prove_crio(const ProofRequest&) {
  if (!daemon_runs(EngineKind::crio)) return not_running("crio");
  const std::string status = find_program("", "crio-status");
  if (!status.empty() && !answers_soon({status, "info"}))
    return failed("crio", "it does not answer", {});
  return std::string("not proved: CRI-O starts no container without an image of a registry");
}

}  // namespace

Result<std::string> prove_engine(const ProofRequest& request) {
  switch (request.kind) {
    case EngineKind::containerd: return prove_containerd(request);
    case EngineKind::crio: return prove_crio(request);
    case EngineKind::podman: return prove_podman(request);
    case EngineKind::docker: return prove_docker(request);
  }
  return base::fail(ErrorCode::internal, "unknown engine");
}

Result<void> check_engine_reads(const ProofRequest& request) {
  if (request.kind != EngineKind::containerd) return {};
  const auto ran = run_program({find_program("", "containerd"), "config", "dump"}, kAsk_ms);
  if (!ran) return std::unexpected(ran.error());
  const bool ours = ran->output.contains(base::json_string(request.shim)) ||
                    ran->output.contains(cat("'", request.shim, "'"));
  if (ran->exit_code == 0 && ours) return {};
  return failed("containerd", "it does not read the change in its configuration", ran->output);
}

}  // namespace bulkhead::cli
