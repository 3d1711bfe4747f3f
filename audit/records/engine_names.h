// What Docker and Podman call their containers, from the engines' own files. For showing and
// selecting alone: whoever starts or renames a container chooses the name, so nothing that is
// decided may rest on one.
//
// Not supported: rootless engines. Where an engine was told by its command line to keep its files
// elsewhere, only containers with a record are named: their bundle tells where.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/records/record.h"

namespace bulkhead::audit {

class EngineNames {
 public:
  // Of every container that the engines know, also ended ones; `root` is put in front of every
  // path. What cannot be read has no names.
  [[nodiscard]] static EngineNames read(const std::string& root,
                                        const std::vector<ContainerRecord>& records = {});

  void add(std::string id, std::string name) { names_.emplace(std::move(id), std::move(name)); }
  // Empty for one that no engine names.
  [[nodiscard]] std::string of(std::string_view id) const;
  [[nodiscard]] std::vector<std::string> ids_of(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> all() const;

 private:
  std::map<std::string, std::string, std::less<>> names_;  // by id
};

// For who asks often: a name is read once, and Podman's list, which holds all of them, at most once
// a second.
class EngineNameCache {
 public:
  explicit EngineNameCache(std::string root = "") : root_(std::move(root)) {}
  // Empty where its engine has no name for it.
  [[nodiscard]] std::string of(const policy::Identity& identity, std::uint64_t now_ns);

 private:
  [[nodiscard]] std::string look_up(const policy::Identity& identity, std::uint64_t now_ns);

  static constexpr std::size_t kMost = 4096;
  static constexpr std::uint64_t kReadAgainNs = 1'000'000'000;
  std::string root_;
  std::map<std::string, std::string, std::less<>> known_;
  EngineNames podman_;
  std::optional<std::uint64_t> read_ns_;
};

}  // namespace bulkhead::audit
