// A record that has something of everything.
#pragma once

#include "record/values/record.h"

namespace bulkhead::record {

inline constexpr std::uint32_t kX86_64 = 0xc000003e;
inline constexpr std::uint32_t kX86 = 0x40000003;

inline Record sample_record() {
  Record record{.name = "web", .since = 1'000};
  RecordedContainer& first = record.containers[{1'000, "c1"}];
  first = {.name = "app",
           .namespace_ = "shop",
           .pod = "web-7d4",
           .image = "registry/web:1",
           .runtime = "runc",
           .door = "shim",
           .kernel = "6.1.0",
           .apparmor_unasked = "the kernel was not asked",
           .how = How::histogram,
           .capabilities = 0x20,
           .ended = 5'000,
           .execs = 1};
  first.calls[{kX86_64, 0}] = {.count = 12, .first = 1'001, .last = 4'000, .by_exec = 2};
  first.calls[{kX86_64, 41}] = {.count = 3, .first = 1'002, .last = 1'002};
  first.arguments[{{kX86_64, 41}, 0}] = {.counts = {{1, 1}, {2, 2}}, .more = true};
  add_access(first, {.kind = AccessKind::capability, .object = "net_bind_service"},
             {.count = 1, .first = 1'003, .last = 1'003});
  add_access(first, {.kind = AccessKind::file, .object = "/etc/passwd", .permission = "r"},
             {.count = 4, .first = 1'002, .last = 3'000, .by_others = 1});
  add_access(first, {.kind = AccessKind::file, .object = "/tmp/\n\xff", .permission = "w"},
             {.count = 1, .first = 1'002, .last = 1'002});
  add_access(first, {.kind = AccessKind::file, .object = "/secret", .permission = "r"},
             {.first = 1'004, .last = 1'005, .denied = 2});
  RecordedContainer& second = record.containers[{2'000, "c2"}];
  second = {.name = "app", .image = "registry/web:1", .runtime = "crun", .how = How::log};
  second.calls[{kX86, 20}] = {.first = 2'001, .last = 2'002, .denied = 7};
  second.losses = {.audit_lost = 2, .reasons = {"tracefs was unmounted"}};
  record.earlier = {.containers = 1, .started = 10, .ended = 20};
  record.earlier.calls[{kX86_64, 1}] = {.count = 1, .first = 11, .last = 12};
  (void)record.earlier.accesses.add(
      {.kind = AccessKind::link, .object = "/a b", .detail = "/c", .permission = "l"},
      {.count = 2});
  record.losses = {.histogram_dropped = 1, .unread = 1};
  return record;
}

}  // namespace bulkhead::record
