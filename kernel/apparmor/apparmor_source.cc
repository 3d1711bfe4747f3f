#include "kernel/apparmor/apparmor_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "base/directory.h"
#include "base/files.h"
#include "base/text.h"
#include "policy/advice/apparmor_text.h"
#include "policy/values/profile_ref.h"

namespace bulkhead::kernel {

using base::cat;
using base::ErrorCode;
using base::quoted;
using base::Result;

namespace {

constexpr std::size_t kMaxProfileBytes = 1 << 20;
constexpr std::size_t kMaxIncludedFiles = 4096;

// apparmor_parser(8) skips these in a directory (parser/lib.c, is_blacklisted).
constexpr std::array<std::string_view, 11> kSkippedEndings = {
    ".dpkg-new", ".dpkg-old", ".dpkg-dist", ".dpkg-bak", ".dpkg-remove", ".pacsave",
    ".pacnew",   ".rpmnew",   ".rpmsave",   ".orig",     ".rej"};

bool is_regular_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

bool is_directory(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string file_name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::optional<std::string> text_of_file(const std::string& path) {
  auto content = base::read_file_at(
      AT_FDCWD, path, {.max_bytes = kMaxProfileBytes, .symlinks = base::FollowSymlinks::yes});
  if (!content) return std::nullopt;
  return std::move(content->bytes);
}

bool defines(std::string_view text, std::string_view name) {
  const std::string plain = policy::canonical_apparmor_name(name);
  const std::size_t space = plain.starts_with(':') ? plain.find(':', 1) + 1 : 0;
  if (text.find(std::string_view(plain).substr(space)) == std::string_view::npos) return false;
  const auto headers = policy::profiles_defined_in(text);
  return std::ranges::any_of(headers, [&](const policy::ProfileHeader& header) {
    return policy::canonical_apparmor_name(header.name) == plain;
  });
}

Result<void> refuse_when_disabled(const ProfileSource& source, const AppArmorPlaces& places) {
  const std::string link = cat(places.base, "/disable/", file_name_of(source.path));
  if (!base::file_exists_at(AT_FDCWD, link)) return {};
  return base::fail(ErrorCode::invalid_input,
                    cat("the AppArmor profile ", quoted(source.name), " is defined in ",
                        quoted(source.path), ", which ", quoted(link), " disables"),
                    "enable it (aa-enable), or name another profile");
}

// "did you mean 'web'? Else "; empty where no file defines a name that is near.
std::string near_definition(std::string_view name, const std::vector<std::string>& files) {
  std::vector<std::string> defined;
  for (const std::string& file : files) {
    const auto text = text_of_file(file);
    if (!text) continue;
    for (const auto& header : policy::profiles_defined_in(*text)) defined.push_back(header.name);
  }
  const auto near = base::nearest(name, {defined.begin(), defined.end()});
  return near ? cat("did you mean ", quoted(*near), "? Else ") : std::string();
}

std::vector<std::string> files_of_roots(const AppArmorPlaces& places) {
  std::vector<std::string> files;
  for (const std::string& root : places.roots) {
    for (std::string& file : profile_files_in(root)) files.push_back(std::move(file));
  }
  return files;
}

std::unexpected<base::Error> not_defined(std::string_view name, const AppArmorPlaces& places) {
  std::vector<std::string> roots;
  for (const std::string& root : places.roots) roots.push_back(quoted(root));
  return base::fail(ErrorCode::invalid_input,
                    cat("the AppArmor profile ", quoted(name), " is not loaded, and no file in ",
                        base::join(roots, " or "), " defines it"),
                    cat(near_definition(name, files_of_roots(places)), "put a file with `profile ",
                        name, " { … }` there, or load it"));
}

std::unexpected<base::Error> defined_twice(std::string_view name, std::string_view first,
                                           std::string_view second) {
  return base::fail(ErrorCode::invalid_input,
                    cat("the AppArmor profile ", quoted(name), " is defined in ", quoted(first),
                        " and in ", quoted(second)),
                    "remove one of them, or load the one that is meant");
}

// ---- what a compilation depends on --------------------------------------------------------------

// "Include DIRECTORY" lines of parser.conf(5) add to where <…> is looked up.
std::vector<std::string> search_directories(std::string_view settings,
                                            const AppArmorPlaces& places) {
  constexpr std::string_view kInclude = "Include ";
  std::vector<std::string> directories = {places.base};
  while (!settings.empty()) {
    const std::size_t end = std::min(settings.find('\n'), settings.size());
    const std::string_view line = settings.substr(0, end);
    if (line.starts_with(kInclude)) directories.emplace_back(line.substr(kInclude.size()));
    settings.remove_prefix(std::min(end + 1, settings.size()));
  }
  return directories;
}

class InputCollector {
 public:
  InputCollector(const AppArmorPlaces& places, CompileInputs& inputs) : inputs_(inputs) {
    const auto settings = text_of_file(places.parser_settings);
    add(places.parser_settings, settings);
    directories_ = search_directories(settings.value_or(std::string()), places);
  }

  void follow(std::string_view text) {
    enqueue_includes_of(text);
    while (!queue_.empty()) {
      const std::string path = std::move(queue_.front());
      queue_.pop_front();
      take(path);
    }
  }

 private:
  void take(const std::string& path) {
    if (is_directory(path)) {
      for (std::string& file : profile_files_in(path)) enqueue(std::move(file));
      return add(path, std::string("(directory)"));
    }
    const auto text = text_of_file(path);
    add(path, text);
    if (text) enqueue_includes_of(*text);
  }

  void add(const std::string& path, const std::optional<std::string>& text) {
    inputs_.paths.push_back(path);
    std::string& content = inputs_.content;
    content += path;
    if (!text)
      content += " is absent\n";
    else
      content += cat(' ', text->size(), '\n', *text, '\n');
  }

  void enqueue_includes_of(std::string_view text) {
    for (const policy::IncludedFile& file : policy::included_files(text)) {
      if (file.path.starts_with('/')) {
        enqueue(file.path);
        continue;
      }
      for (const std::string& directory : directories_) enqueue(cat(directory, '/', file.path));
    }
  }

  void enqueue(std::string path) {
    if (seen_.size() < kMaxIncludedFiles && seen_.insert(path).second) {
      queue_.push_back(std::move(path));
    }
  }

  CompileInputs& inputs_;
  std::vector<std::string> directories_;
  std::set<std::string> seen_;
  std::deque<std::string> queue_;
};

}  // namespace

bool may_hold_profiles(std::string_view file_name) {
  if (file_name.empty() || file_name.starts_with('.') || file_name.ends_with('~') ||
      file_name == "README") {
    return false;
  }
  return std::ranges::none_of(kSkippedEndings,
                              [&](std::string_view ending) { return file_name.ends_with(ending); });
}

std::vector<std::string> profile_files_in(const std::string& directory) {
  std::vector<std::string> files;
  base::Directory listing(directory);
  while (const dirent* entry = listing.next()) {
    if (entry->d_type == DT_DIR || !may_hold_profiles(entry->d_name)) continue;
    std::string path = cat(directory, '/', entry->d_name);
    if (entry->d_type == DT_REG || is_regular_file(path)) files.push_back(std::move(path));
  }
  std::ranges::sort(files);
  return files;
}

Result<ProfileSource> read_profile_source(const std::string& path, const AppArmorPlaces& places) {
  auto content = base::read_file_at(
      AT_FDCWD, path, {.max_bytes = kMaxProfileBytes, .symlinks = base::FollowSymlinks::yes});
  if (!content) return std::unexpected(std::move(content.error()));
  if (base::others_may_write(content->status)) {
    return base::fail(
        ErrorCode::invalid_input,
        cat("the AppArmor profile file ", quoted(path), " can be written by others than root"),
        "chown root:root and chmod go-w it, after reading what is in it");
  }
  ProfileSource source{.name = {}, .path = path, .text = std::move(content->bytes)};
  source.complain =
      base::file_exists_at(AT_FDCWD, cat(places.base, "/force-complain/", file_name_of(path)));
  return source;
}

Result<std::optional<ProfileSource>> look_for_profile_source(std::string_view name,
                                                             const AppArmorPlaces& places) {
  std::optional<std::string> found;
  for (const std::string& path : files_of_roots(places)) {
    const auto text = text_of_file(path);
    if (!text || !defines(*text, name)) continue;
    if (found) return defined_twice(name, *found, path);
    found = path;
  }
  if (!found) return std::nullopt;
  auto source = read_profile_source(*found, places);
  if (!source) return std::unexpected(std::move(source.error()));
  source->name = name;
  if (auto enabled = refuse_when_disabled(*source, places); !enabled) {
    return std::unexpected(std::move(enabled.error()));
  }
  return source;
}

Result<ProfileSource> find_profile_source(std::string_view name, const AppArmorPlaces& places) {
  auto source = look_for_profile_source(name, places);
  if (!source) return std::unexpected(std::move(source.error()));
  if (!*source) return not_defined(name, places);
  return **std::move(source);
}

CompileInputs compile_inputs(const ProfileSource& source, const AppArmorPlaces& places) {
  CompileInputs inputs{.content = cat(source.complain ? "complain" : "as written", '\n',
                                      source.text.size(), '\n', source.text, '\n'),
                       .paths = {}};
  InputCollector(places, inputs).follow(source.text);
  return inputs;
}

}  // namespace bulkhead::kernel
