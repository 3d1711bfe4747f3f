// What a container's programs did that AppArmor decides: files, capabilities, sockets, signals and
// so on, each with how often and when. Beside the calls of a record (record.h).
//
//   Accesses accesses;
//   accesses.add({.kind = AccessKind::file, .object = "/etc/passwd", .permission = "r"},
//                {.count = 1, .first = now, .last = now});
//
// Paths, labels and names are whatever bytes a program chose: who shows them quotes them, who puts
// them into a profile escapes them (policy/values/apparmor_rule_text.h).
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace bulkhead::record {

enum class AccessKind : std::uint8_t {
  capability,   // object: "net_bind_service"
  network,      // object: family, detail: type
  unix_socket,  // object: type
  signal,       // object: label of the other, empty for the container itself; detail: "term"
  ptrace,       // object: as with signals
  file,         // object: path
  link,         // object: the new path, detail: what it leads to
  mount,        // object: mount point, detail: "mount", "umount", "pivotroot"
  other,        // object: operation, detail: on what; AppArmor has no rule here that we make
};
inline constexpr std::array kAccessKinds = {
    AccessKind::capability, AccessKind::network, AccessKind::unix_socket,
    AccessKind::signal,     AccessKind::ptrace,  AccessKind::file,
    AccessKind::link,       AccessKind::mount,   AccessKind::other};
[[nodiscard]] std::string_view name_of(AccessKind kind);

// Numbers of processes in paths below /proc are 1: which process it was says nothing.
struct Access {
  AccessKind kind = AccessKind::file;
  std::string object;
  std::string detail;
  std::string permission;  // one: of a file r, w, a, k, m or x; of signals "send"; of ptrace "read"
  auto operator<=>(const Access&) const = default;
};

struct AccessUse {
  std::uint64_t count = 0;
  std::uint64_t first = 0, last = 0;  // milliseconds since 1970
  std::uint64_t by_others = 0;        // how many of `count` by another user than the file's owner
  std::uint64_t denied = 0;  // attempts beside `count`, which the profile in force denied silently
  bool operator==(const AccessUse&) const = default;
};

inline constexpr std::size_t kMostAccesses = 4096;
inline constexpr std::size_t kMostAccessBytes = 512 << 10;  // of all texts
inline constexpr std::size_t kMaxAccessText = 1024;         // of one text

// At most kMostAccesses with kMostAccessBytes.
class Accesses {
 public:
  using Map = std::map<Access, AccessUse>;

  // Adds to what is there. False: it found no place.
  [[nodiscard]] bool add(const Access& access, const AccessUse& use);
  // Each number becomes the larger one. False: something found no place.
  [[nodiscard]] bool take_larger(const Accesses& other);

  [[nodiscard]] const Map& uses() const { return uses_; }
  [[nodiscard]] bool empty() const { return uses_.empty(); }
  // What it takes of a record's bound on entries; long paths count more than once.
  [[nodiscard]] std::size_t weight() const;
  bool operator==(const Accesses&) const = default;

 private:
  [[nodiscard]] AccessUse* place_of(const Access& access);

  Map uses_;
  std::size_t bytes_ = 0;
};

}  // namespace bulkhead::record
