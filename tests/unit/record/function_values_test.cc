#include "record/keeping/function_values.h"

#include <linux/audit.h>

#include <catch2/catch.hpp>

#include "kernel/tracing/call_counter.h"

using namespace bulkhead;
using namespace bulkhead::record;

namespace {

constexpr std::uint32_t kNative = AUDIT_ARCH_X86_64;
constexpr std::uint32_t kSocketNumber = 41, kCloneNumber = 56, kFork = 57, kVfork = 58;
constexpr std::uint32_t kClones = kernel::kOfFunction + kCloneNumber;
constexpr std::uint32_t kSockets = kernel::kOfFunction + kSocketNumber;
constexpr CallKey kClone{kNative, kCloneNumber};
constexpr CallKey kClone3{kNative, 435};
constexpr CallKey kSocket32{AUDIT_ARCH_I386, 359};
constexpr CallKey kSocketcall32{AUDIT_ARCH_I386, 102};

RecordedContainer container_with(const std::map<CallKey, std::uint64_t>& calls) {
  RecordedContainer container;
  for (const auto& [call, count] : calls) add_call(container, call, {.count = count});
  return container;
}

NumberCounts values_of_first(const RecordedContainer& container, CallKey call) {
  const auto found = container.arguments.find({call, 0});
  return found == container.arguments.end() ? NumberCounts{} : found->second.counts;
}

}  // namespace

TEST_CASE("the flags of clone3 are what clone, fork and vfork do not account for") {
  auto container =
      container_with({{kClone, 2}, {kClone3, 3}, {{kNative, kFork}, 1}, {{kNative, kVfork}, 1}});
  const ArgumentCounts counted = {{{kCloneNumber, 0}, {{0x11, 1}, {0x3d0f00, 1}}},
                                  {{kClones, 0}, {{0, 2}, {0x3d0f00, 3}, {0x4100, 2}}}};
  set_function_values(container, counted, kNative);
  CHECK(values_of_first(container, kClone3) == NumberCounts{{0x3d0f00, 2}, {0x4100, 1}});
  set_function_values(container, counted, kNative);
  CHECK(values_of_first(container, kClone3) == NumberCounts{{0x3d0f00, 2}, {0x4100, 1}});
}

TEST_CASE("the families of 32-bit sockets are what native ones do not account for") {
  auto container = container_with({{{kNative, kSocketNumber}, 1}, {kSocket32, 3}});
  set_function_values(container,
                      {{{kSocketNumber, 0}, {{1, 1}}}, {{kSockets, 0}, {{1, 3}, {2, 1}}}}, kNative);
  CHECK(values_of_first(container, kSocket32) == NumberCounts{{1, 2}, {2, 1}});
}

TEST_CASE("values that are not as many as the calls are missing, whoever they are of") {
  auto with_socketcall = container_with({{kSocket32, 3}, {kSocketcall32, 1}});
  set_function_values(with_socketcall, {{{kSockets, 0}, {{1, 4}}}}, kNative);
  CHECK(with_socketcall.arguments.empty());
  auto not_read_yet = container_with({{kSocket32, 3}});
  set_function_values(not_read_yet, {{{kSockets, 0}, {{1, 2}}}}, kNative);
  CHECK(not_read_yet.arguments.empty());
}

TEST_CASE("of two calls that are left it is not told which one had which values") {
  auto container = container_with({{kClone3, 1}, {{AUDIT_ARCH_I386, 120}, 1}});
  set_function_values(container, {{{kClones, 0}, {{0, 1}, {0x4100, 1}}}}, kNative);
  CHECK(container.arguments.empty());
}
