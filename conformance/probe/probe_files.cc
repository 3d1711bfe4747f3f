// What can be read, written, opened and seen of files.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/directory.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "conformance/probe/verbs.h"
#include "oci-config/name_table.h"

namespace bulkhead::conformance {

namespace {

using base::JsonWriter;
using base::UniqueFd;
using oci_config::JsonValue;

constexpr std::size_t kMaxText = 64 << 10;

std::string path_of(const JsonValue& value) { return std::string(value.string()); }

// Nothing of it can block: a terminal or a fifo is opened without waiting.
UniqueFd open_at(const std::string& path, int flags) {
  return UniqueFd(::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600));
}

std::string without_final_newline(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

constexpr oci_config::Named<int> kAccesses[] = {
    {"read", O_RDONLY},
    {"write", O_WRONLY},
    {"read-write", O_RDWR},
    {"create", O_WRONLY | O_CREAT | O_EXCL},
    {"directory", O_RDONLY | O_DIRECTORY},
};

constexpr oci_config::Named<mode_t> kKinds[] = {
    {"file", S_IFREG},  {"directory", S_IFDIR}, {"link", S_IFLNK},   {"character", S_IFCHR},
    {"block", S_IFBLK}, {"fifo", S_IFIFO},      {"socket", S_IFSOCK}};

std::string octal(mode_t mode) {
  std::string text(4, '0');
  for (std::size_t place = text.size(); place-- > 0; mode >>= 3) {
    text[place] = static_cast<char>('0' + (mode & 7));
  }
  return text;
}

}  // namespace

void read_a_file(const JsonValue& value, const JsonValue&, const ProbeContext&,
                 JsonWriter& report) {
  const UniqueFd file = open_at(path_of(value), O_RDONLY);
  if (file.get() < 0) return report_errno(errno, report);
  std::string text(kMaxText, '\0');
  const ssize_t got = ::read(file.get(), text.data(), text.size());
  if (got < 0) return report_errno(errno, report);
  text.resize(static_cast<std::size_t>(got));
  report.member("text", without_final_newline(text));
}

// {"write": PATH, "text": TEXT}
void write_a_file(const JsonValue& value, const JsonValue& object, const ProbeContext&,
                  JsonWriter& report) {
  const UniqueFd file = open_at(path_of(value), O_WRONLY);
  if (file.get() < 0) return report_errno(errno, report);
  const auto text = object.member("text");
  const std::string_view bytes = text ? text->string() : "x";
  const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
  if (written < 0) return report_errno(errno, report);
  report.member("written", written);
}

// {"open": PATH, "for": "read-write"}
void open_a_file(const JsonValue& value, const JsonValue& object, const ProbeContext&,
                 JsonWriter& report) {
  const auto access = object.member("for");
  const auto flags = oci_config::value_in(kAccesses, access ? access->string() : "read");
  if (!flags) return report.member("unknown", true);
  const UniqueFd file = open_at(path_of(value), *flags);
  if (file.get() < 0) return report_errno(errno, report);
  report.member("opened", true);
}

void look_at_a_file(const JsonValue& value, const JsonValue&, const ProbeContext&,
                    JsonWriter& report) {
  struct stat seen {};
  if (::lstat(path_of(value).c_str(), &seen) != 0) return report_errno(errno, report);
  report.member("type", oci_config::name_in(kKinds, seen.st_mode & S_IFMT));
  report.member("mode", octal(seen.st_mode & 07777));
  report.member("uid", seen.st_uid);
  report.member("gid", seen.st_gid);
  report.member("size", seen.st_size);
  if (!S_ISCHR(seen.st_mode) && !S_ISBLK(seen.st_mode)) return;
  report.member("device", base::cat(major(seen.st_rdev), ':', minor(seen.st_rdev)));
}

void list_a_directory(const JsonValue& value, const JsonValue&, const ProbeContext&,
                      JsonWriter& report) {
  base::Directory directory(path_of(value));
  if (!directory.valid()) return report_errno(errno, report);
  report.strings("names", base::names_in(std::move(directory)));
}

void read_a_link(const JsonValue& value, const JsonValue&, const ProbeContext&,
                 JsonWriter& report) {
  std::array<char, 4096> target{};
  const ssize_t size = ::readlink(path_of(value).c_str(), target.data(), target.size());
  if (size < 0) return report_errno(errno, report);
  report.member("target", std::string_view(target.data(), static_cast<std::size_t>(size)));
}

}  // namespace bulkhead::conformance
