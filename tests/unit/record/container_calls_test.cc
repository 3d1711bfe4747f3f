#include "record/keeping/container_calls.h"

#include <linux/audit.h>

#include <catch2/catch.hpp>

using namespace bulkhead::record;

namespace {

constexpr std::uint32_t kNative = AUDIT_ARCH_X86_64;

ContainerCounts counts(const NumberCounts& all, const NumberCounts& by_exec = {}) {
  ContainerCounts sum;
  sum.add(all, false);
  sum.add(by_exec, true);
  return sum;
}

}  // namespace

TEST_CASE("what the kernel counted is set, not added: collecting twice changes nothing") {
  RecordedContainer container;
  set_counted(container, counts({{0, 3}}, {{0, 2}, {1, 1}}), kNative, 100);
  CHECK(container.calls.at({kNative, 0}) ==
        CallUse{.count = 5, .first = 100, .last = 100, .by_exec = 2});
  CHECK(container.calls.at({kNative, 1}).by_exec == 1);
  const RecordedContainer before = container;
  set_counted(container, counts({{0, 3}}, {{0, 2}, {1, 1}}), kNative, 200);
  CHECK(container == before);
  set_counted(container, counts({{0, 4}}, {{0, 2}, {1, 1}}), kNative, 300);
  CHECK(container.calls.at({kNative, 0}).first == 100);
  CHECK(container.calls.at({kNative, 0}).last == 300);
}

TEST_CASE("values of arguments are set as well, and never taken away") {
  RecordedContainer container;
  ContainerCounts seen = counts({{56, 3}});
  seen.add(ArgumentCounts{{{56, 0}, {{17, 2}, {18, 1}}}});
  set_counted(container, seen, kNative, 100);
  set_counted(container, seen, kNative, 200);
  const ArgumentKey flags{{kNative, 56}, 0};
  CHECK(container.arguments.at(flags).counts ==
        std::map<std::uint64_t, std::uint64_t>{{17, 2}, {18, 1}});
  set_counted(container, counts({{56, 3}}), kNative, 300);
  CHECK(container.arguments.at(flags).counts.size() == 2);
}

TEST_CASE("a 32-bit call that the kernel counted under its number is no native call") {
  RecordedContainer container;
  set_counted(container, counts({{20, 5}, {1, 2}}), kNative, 100);
  add_call(container, {AUDIT_ARCH_I386, 20}, {.count = 5, .first = 90, .last = 90});
  set_counted(container, counts({{20, 5}, {1, 2}}), kNative, 200);
  CHECK_FALSE(container.calls.contains({kNative, 20}));
  CHECK(container.calls.at({AUDIT_ARCH_I386, 20}).count == 5);
  CHECK(text_of(container.losses).empty());
}

TEST_CASE("a table that holds less than the record is a loss, and takes nothing away") {
  RecordedContainer container;
  set_counted(container, counts({{0, 3}}), kNative, 100);
  set_counted(container, counts({{0, 1}}), kNative, 200);
  CHECK(container.calls.at({kNative, 0}).count == 3);
  CHECK(text_of(container.losses).contains("emptied by somebody else"));
}

TEST_CASE("a container whose note is gone does not run, and what it did last is lost") {
  Record record{.name = "web", .since = 1};
  record.containers[{10, "a"}].ended = 20;
  record.containers[{11, "b"}];
  record.containers[{12, "c"}];
  end_unnoted(record, {{12, "c"}}, 50);
  CHECK(record.containers[{10, "a"}].ended == 20);
  CHECK(record.containers[{11, "b"}].ended == 50);
  CHECK(record.containers[{11, "b"}].losses.unread == 1);
  CHECK(record.containers[{12, "c"}].ended == 0);
}

TEST_CASE("what confined a container, its capabilities, and why AppArmor's side is missing") {
  ProcessNote note{.record = "web",
                   .governs = "k8s-web",
                   .recorder = "rec-web-1",
                   .capabilities = 0x21,
                   .watched = true};
  RecordedContainer container;
  describe_container(note, container);
  CHECK(container.apparmor == "k8s-web");
  CHECK(container.capabilities == 0x21);
  CHECK(container.apparmor_loss.empty());
  note.watched = false;
  describe_container(note, container);
  CHECK(container.apparmor_loss.contains("did not run"));
  note.recorder.clear();
  note.apparmor_why = "no parser";
  describe_container(note, container);
  CHECK(container.apparmor_loss == "no parser");
}

TEST_CASE("nobody who reads what is logged is a loss, by how the container is seen") {
  ProcessNote note{.record = "web", .how = How::log, .watched = false};
  CHECK(reasons_of(note).size() == 1);
  note.how = How::histogram;
  REQUIRE(reasons_of(note).size() == 1);
  CHECK(reasons_of(note).front().contains("another ABI"));
  note.watched = true;
  CHECK(reasons_of(note).empty());
  note.why = "the filter does not allow mmap";
  CHECK(reasons_of(note) == std::vector<std::string>{note.why});
}
