#include "conformance/values/case_files.h"

#include <fcntl.h>

#include <algorithm>

#include "base/directory.h"
#include "base/files.h"
#include "base/text.h"

namespace bulkhead::conformance {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;
using oci_config::JsonDocument;

constexpr std::string_view kSuffix = ".json";

Result<std::string> read_text(const std::string& path) {
  auto content = base::read_file_at(AT_FDCWD, path, {.max_bytes = kMaxCaseBytes});
  if (!content) return std::unexpected(std::move(content.error()));
  return std::move(content->bytes);
}

Result<std::shared_ptr<const JsonDocument>> read_document(const std::string& path) {
  auto text = read_text(path);
  if (!text) return std::unexpected(std::move(text.error()));
  auto document = JsonDocument::parse(std::move(*text), {.described = path});
  if (!document) return std::unexpected(std::move(document.error()));
  if (const auto is = document->root().expect(oci_config::JsonType::object); !is) {
    return std::unexpected(is.error());
  }
  return std::make_shared<const JsonDocument>(std::move(*document));
}

// The names of its files of data, without their suffix.
std::vector<std::string> documents_in(const std::string& directory) {
  std::vector<std::string> names;
  for (std::string& name : base::names_in(base::Directory(directory))) {
    if (!name.ends_with(kSuffix)) continue;
    name.resize(name.size() - kSuffix.size());
    names.push_back(std::move(name));
  }
  return names;
}

Result<void> read_area(const std::string& directory, const std::string& area,
                       std::vector<Case>& cases) {
  for (const std::string& name : documents_in(directory)) {
    auto text = read_text(cat(directory, '/', name, kSuffix));
    if (!text) return std::unexpected(std::move(text.error()));
    auto read = read_case(std::move(*text), cat(area, '.', name));
    if (!read) return std::unexpected(std::move(read.error()));
    cases.push_back(std::move(*read));
  }
  return {};
}

Result<void> check_parts(const CaseFiles& files) {
  for (const Case& one : files.cases) {
    for (const std::string& part : one.with) {
      if (files.parts.contains(part)) continue;
      return base::fail(ErrorCode::invalid_input,
                        cat(one.name, ": there is no part ", base::quoted(part)));
    }
  }
  return {};
}

Result<void> read_parts(const std::string& directory, CaseFiles& files) {
  for (const std::string& name : documents_in(directory)) {
    auto part = read_document(cat(directory, '/', name, kSuffix));
    if (!part) return std::unexpected(std::move(part.error()));
    files.parts.emplace(name, std::move(*part));
  }
  return {};
}

}  // namespace

Result<CaseFiles> read_case_files(const std::string& directory) {
  CaseFiles files;
  auto base_config = read_document(directory + "/base.json");
  if (!base_config)
    return std::unexpected(std::move(base_config.error()).within("reading the cases"));
  files.base = std::move(*base_config);
  if (auto read = read_parts(directory + "/parts", files); !read)
    return std::unexpected(read.error());
  for (const std::string& area : base::names_in(base::Directory(directory + "/cases"))) {
    auto read = read_area(cat(directory, "/cases/", area), area, files.cases);
    if (!read) return std::unexpected(std::move(read.error()));
  }
  std::ranges::sort(files.cases, {}, &Case::name);
  if (auto known = check_parts(files); !known) return std::unexpected(known.error());
  return files;
}

std::vector<Case> selected(const std::vector<Case>& cases, const std::vector<std::string>& globs) {
  std::vector<Case> chosen;
  for (const Case& one : cases) {
    const auto matches = [&](const std::string& glob) { return base::glob_match(glob, one.name); };
    if (globs.empty() || std::ranges::any_of(globs, matches)) chosen.push_back(one);
  }
  return chosen;
}

}  // namespace bulkhead::conformance
