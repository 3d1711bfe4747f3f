#include "shim/config_stand_in.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "base/sha256.h"
#include "base/text.h"
#include "kernel/gate/gate_process.h"
#include "policy/decide/seccomp_loader.h"

namespace bulkhead::shim {

namespace {

using base::cat;
using base::ErrorCode;
using base::fail_errno;
using base::Result;
using base::UniqueFd;
using oci_config::JsonDocument;
using oci_config::OpenDocument;

constexpr base::ReadOptions kReading{.max_bytes = oci_config::kMaxConfigBytes};

constexpr auto kLongestWait = std::chrono::seconds(10);
constexpr auto kPause = std::chrono::milliseconds(2);

std::unexpected<base::Error> another_start(const OpenDocument& config) {
  return base::fail(ErrorCode::io,
                    cat("another start that reads ", base::quoted(config.path), " does not end"),
                    "look for a runtime that hangs, and end it");
}

std::string name_beside(const std::string& name, std::string_view lean) {
  constexpr std::size_t kDigits = 32;
  return cat(".", name, ".", base::sha256_hex(lean).substr(0, kDigits), ".whole");
}

bool stands_in(const JsonDocument& document) {
  return document.find(policy::kStandInPointer).has_value();
}

Result<UniqueFd> directory_of(const OpenDocument& config) {
  UniqueFd directory(
      ::fcntl(config.directory.get(), F_DUPFD_CLOEXEC, kernel::kFirstKeptDescriptor));
  if (directory.valid()) return directory;
  return fail_errno(ErrorCode::io, "keep open the directory of", config.path);
}

bool try_lock(const UniqueFd& directory) {
  return ::flock(directory.get(), LOCK_EX | LOCK_NB) == 0;
}

// Another start holds it until its runtime has read config.json, which takes milliseconds.
Result<UniqueFd> lock_directory_of(const OpenDocument& config) {
  auto directory = directory_of(config);
  if (!directory) return directory;
  const auto end = std::chrono::steady_clock::now() + kLongestWait;
  while (!try_lock(*directory)) {
    if (errno != EWOULDBLOCK) {
      return fail_errno(ErrorCode::io, "lock the directory of", config.path);
    }
    if (std::chrono::steady_clock::now() > end) return another_start(config);
    std::this_thread::sleep_for(kPause);
  }
  return directory;
}

// The file beside is whole, and of the same owner as the one that stands in.
bool is_whole(const UniqueFd& directory, const std::string& name, const OpenDocument& lean) {
  auto content = base::read_file_at(directory.get(), name, kReading);
  struct stat status {};
  if (!content || ::fstat(lean.file.get(), &status) != 0) return false;
  if (content->status.st_uid != status.st_uid) return false;
  const auto document = JsonDocument::parse(std::move(content->bytes), {.described = name});
  return document && !stands_in(*document);
}

}  // namespace

bool stands_in(const OpenDocument& config) { return stands_in(config.document); }

namespace {

// Of a start that is gone; the directory is locked.
Result<OpenDocument> put_back(const UniqueFd& directory, OpenDocument config, const Open& open) {
  const std::string whole = name_beside(config.name, config.document.text());
  if (!is_whole(directory, whole, config)) return config;
  if (::renameat(directory.get(), whole.c_str(), directory.get(), config.name.c_str()) != 0) {
    return fail_errno(ErrorCode::io, "put back what an interrupted start took out of", config.path);
  }
  return open();
}

}  // namespace

// In a crowd of starts of one bundle another's stands in nearly always. What is whole lies beside,
// and is decided on meanwhile.
Result<OpenDocument> put_back_left_over(const OpenDocument& found, const Open& open) {
  const auto directory = directory_of(found);
  if (!directory) return std::unexpected(directory.error());
  const auto end = std::chrono::steady_clock::now() + kLongestWait;
  do {
    const bool locked = try_lock(*directory);
    auto config = open();
    if (!config || !stands_in(*config)) return config;
    if (locked) return put_back(*directory, *std::move(config), open);
    const std::string whole = name_beside(config->name, config->document.text());
    if (is_whole(*directory, whole, *config)) {
      if (auto beside = oci_config::open_beside(*config, whole)) return beside;
    }
    std::this_thread::sleep_for(kPause);
  } while (std::chrono::steady_clock::now() < end);
  return another_start(found);
}

ConfigStandIn::ConfigStandIn(OpenDocument config, std::string whole, std::string lean)
    : config_(std::move(config)),
      whole_(std::move(whole)),
      lean_(std::move(lean)),
      aside_(name_beside(config_.name, lean_)) {}

// Another start of the bundle may have written meanwhile what this one would.
Result<void> ConfigStandIn::check_unchanged() const {
  const auto now = base::read_file_at(directory_.get(), config_.name, kReading);
  if (!now) return std::unexpected(now.error());
  if (now->bytes == config_.document.text() || now->bytes == whole_) return {};
  return base::fail(ErrorCode::io,
                    cat(base::quoted(config_.path), " changed while it was decided on"));
}

// As a second name of the file, which keeps everything that it has, unless it changes.
Result<void> ConfigStandIn::lay_aside() const {
  (void)::unlinkat(directory_.get(), aside_.c_str(), 0);
  if (whole_ != config_.document.text()) {
    return base::replace_file_at(directory_.get(), aside_, whole_, {.like_fd = config_.file.get()});
  }
  if (::linkat(directory_.get(), config_.name.c_str(), directory_.get(), aside_.c_str(), 0) != 0) {
    return fail_errno(ErrorCode::io, "give a second name to", config_.path);
  }
  return {};
}

Result<void> ConfigStandIn::take_place() {
  auto locked = lock_directory_of(config_);
  if (!locked) return std::unexpected(std::move(locked.error()));
  directory_ = *std::move(locked);
  auto placed = check_unchanged();
  if (placed) placed = lay_aside();
  if (placed) {
    placed = base::replace_file_at(directory_.get(), config_.name, lean_,
                                   {.like_fd = config_.file.get()});
  }
  if (!placed) put_back();
  return placed;
}

void ConfigStandIn::put_back() {
  if (!directory_.valid()) return;
  const auto now = base::read_file_at(directory_.get(), config_.name, kReading);
  if (now && now->bytes == lean_) {
    (void)::renameat(directory_.get(), aside_.c_str(), directory_.get(), config_.name.c_str());
  } else if (now && (now->bytes == whole_ || now->bytes == config_.document.text())) {
    (void)::unlinkat(directory_.get(), aside_.c_str(), 0);
  }
  (void)::flock(directory_.get(), LOCK_UN);  // of every descriptor of it, also the one it is from
  directory_.reset();
}

Result<void> ConfigStandIn::write_whole() const {
  return oci_config::replace_document(config_, whole_);
}

}  // namespace bulkhead::shim
