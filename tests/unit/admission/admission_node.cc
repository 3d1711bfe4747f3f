#include "tests/unit/admission/admission_node.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace bulkhead::admission::testing {

namespace fs = std::filesystem;

namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Node::Node() {
  ::umask(022);  // a policy that others may write is refused
  char name[] = "/tmp/bulkhead-admission-XXXXXX";
  root_ = ::mkdtemp(name);
  paths = {.settings = root_ + "/etc",
           .state = root_ + "/run",
           .cache = root_ + "/cache",
           .log = root_ + "/log"};
  fs::create_directories(paths.settings + "/policy.d");
  fs::create_directories(paths.settings + "/record.d");
}

Node::~Node() { fs::remove_all(root_); }

Voice Node::voice() const {
  return {.program = "bulkhead-test",
          .paths = paths,
          .engine_log = {EngineLog::Kind::file, root_ + "/engine.json", EngineLog::Form::json}};
}

void Node::write(std::string_view name, std::string_view text) const {
  std::ofstream(paths.settings + "/" + std::string(name)) << text;
}

std::string Node::events() const { return text_of(paths.log + "/events.jsonl"); }
std::string Node::engine_log() const { return text_of(root_ + "/engine.json"); }

StandardError::StandardError()
    : reading_(::memfd_create("stderr", MFD_CLOEXEC)), saved_(::dup(STDERR_FILENO)) {
  ::dup2(reading_, STDERR_FILENO);
}

StandardError::~StandardError() {
  if (saved_ >= 0) (void)said();
  ::close(reading_);
}

std::string StandardError::said() {
  ::dup2(saved_, STDERR_FILENO);
  ::close(saved_);
  saved_ = -1;
  std::array<char, 4096> text{};
  const ssize_t length = ::pread(reading_, text.data(), text.size(), 0);
  return {text.data(), static_cast<std::size_t>(length > 0 ? length : 0)};
}

}  // namespace bulkhead::admission::testing
