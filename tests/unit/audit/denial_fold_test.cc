#include "audit/denials/denial_fold.h"

#include <catch2/catch.hpp>
#include <vector>

#include "base/text.h"

namespace bulkhead::audit {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

KernelDenial call(std::uint32_t nr, std::uint64_t serial = 1) {
  return {.stamp = {1'795'455'154, 0, serial},
          .pid = 5,
          .comm = "sh",
          .facts = SeccompRecord{.arch = 0xc000003e, .nr = nr, .code = 0x50000}};
}

KernelDenial access(const std::string& path) {
  return {
      .stamp = {1'795'455'154, 0, 1},
      .pid = 5,
      .facts = AppArmorRecord{.operation = "open", .profile = "p", .name = path, .denied = "r"}};
}

// Folds like the watcher does, and keeps what is told.
struct Folding {
  DenialFold fold{10 * kSecond};
  std::vector<Denial> told;

  void see(ContainerNumber source, const KernelDenial& record, std::uint64_t now) {
    if (!fold.is_first(source, record, now)) return;
    told.push_back(denial_of(record));
    fold.remember(told.back());
  }
  void flush(std::uint64_t now) {
    fold.flush(
        now, [&](const Denial& denial) { told.push_back(denial); },
        [](ContainerNumber number) {
          Denial denial;
          denial.identity.id = base::cat("container ", number);
          return denial;
        });
  }
  [[nodiscard]] std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const Denial& denial : told) sum += denial.count;
    return sum;
  }
};

TEST_CASE("the first denial is told at once, repetitions once per interval as a count") {
  Folding folding;
  folding.see(1, call(165), kSecond);
  REQUIRE(folding.told.size() == 1);
  CHECK_FALSE(folding.fold.due_ns());
  for (std::uint64_t i = 2; i <= 100; ++i) folding.see(1, call(165, i), 2 * kSecond);
  CHECK(folding.told.size() == 1);
  CHECK(folding.fold.due_ns() == 12 * kSecond);
  folding.flush(12 * kSecond);
  REQUIRE(folding.told.size() == 2);
  CHECK(folding.told[1].count == 99);
  CHECK(folding.told[1].serial == 100);
  CHECK(folding.told[1].syscall == "mount");
  CHECK_FALSE(folding.told[1].last.empty());
  CHECK_FALSE(folding.fold.due_ns());
}

TEST_CASE("another container, number, architecture or action is another denial") {
  Folding folding;
  folding.see(1, call(165), kSecond);
  folding.see(2, call(165), kSecond);
  folding.see(1, call(166), kSecond);
  KernelDenial other = call(165);
  std::get<SeccompRecord>(other.facts).arch = 0x40000003;
  folding.see(1, other, kSecond);
  other = call(165);
  std::get<SeccompRecord>(other.facts).code = 0x7ffc0000;
  folding.see(1, other, kSecond);
  CHECK(folding.told.size() == 5);
}

TEST_CASE("a process that renames itself makes no new denial") {
  Folding folding;
  KernelDenial record = call(165);
  for (int i = 0; i < 50; ++i) {
    record.comm = base::cat("name", i);
    folding.see(1, record, kSecond);
  }
  CHECK(folding.told.size() == 1);
}

TEST_CASE("a storm of different denials is told in part and counted whole") {
  Folding folding;
  constexpr std::uint64_t kStorm = 100'000;
  for (std::uint64_t i = 0; i < kStorm; ++i) {
    folding.see(1, access(base::cat("/tmp/", i)), kSecond);
  }
  CHECK(folding.fold.size() == DenialFold::kMostPerSource);
  folding.flush(11 * kSecond);
  CHECK(folding.told.size() == DenialFold::kMostPerSource + 1);
  CHECK(folding.told.back().kind == DenialKind::overflow);
  CHECK(folding.told.back().identity.id == "container 1");
  CHECK(folding.told.back().count == kStorm - DenialFold::kMostPerSource);
  CHECK(folding.total() == kStorm);
}

TEST_CASE("storms of many containers leave room for each container's first denials") {
  Folding folding;
  for (ContainerNumber source = 1; source <= 100; ++source) {
    for (int i = 0; i < 300; ++i) folding.see(source, access(base::cat("/", i)), kSecond);
  }
  CHECK(folding.fold.size() <= DenialFold::kHardLimit);
  const std::size_t before = folding.told.size();
  for (std::uint32_t nr = 0; nr < DenialFold::kAlwaysPerSource; ++nr) {
    folding.see(1000, call(nr), kSecond);
  }
  CHECK(folding.told.size() == before + DenialFold::kAlwaysPerSource);
  folding.flush(11 * kSecond);
  CHECK(folding.total() == 100 * 300 + DenialFold::kAlwaysPerSource);
}

TEST_CASE("beyond the hard limit even a new container's first denial is only counted") {
  Folding folding;
  constexpr auto kSources = DenialFold::kHardLimit / DenialFold::kAlwaysPerSource;
  for (ContainerNumber source = 1; source <= kSources; ++source) {
    for (std::uint32_t nr = 0; nr < DenialFold::kAlwaysPerSource; ++nr) {
      folding.see(source, call(nr), kSecond);
    }
  }
  CHECK(folding.fold.size() == DenialFold::kHardLimit);
  folding.see(5000, call(1), 2 * kSecond);
  folding.see(5000, call(2), 3 * kSecond);
  CHECK(folding.fold.size() == DenialFold::kHardLimit);
  folding.flush(12 * kSecond);
  CHECK(folding.told.back().identity.id == "container 5000");
  CHECK(folding.told.back().count == 2);
  CHECK(folding.total() == DenialFold::kHardLimit + 2);
}

TEST_CASE("a container that is denied long paths uses up its own room and nobody else's") {
  Folding folding;
  const std::string deep(4000, '\1');  // six bytes each in JSON
  for (ContainerNumber source = 1; source <= 40; ++source) {
    for (int i = 0; i < 300; ++i) folding.see(source, access(base::cat(deep, i)), kSecond);
  }
  CHECK(folding.fold.bytes() < 40 * (DenialFold::kMostBytesPerSource + (64 << 10)));
  CHECK(folding.fold.bytes() < DenialFold::kHardLimitBytes);
  const std::size_t before = folding.told.size();
  folding.see(41, call(165), kSecond);
  CHECK(folding.told.size() == before + 1);
  folding.flush(11 * kSecond);
  CHECK(folding.total() == 40 * 300 + 1);
  folding.flush(2 * kSecond + DenialFold::kForgetNs);
  CHECK(folding.fold.bytes() == 0);
}

TEST_CASE("a line of repetitions says what the first line said") {
  Folding folding;
  folding.see(1, access("/tmp/a \"b\"\n\xc3\xa9"), kSecond);
  folding.see(1, access("/tmp/a \"b\"\n\xc3\xa9"), kSecond);
  folding.flush(11 * kSecond);
  REQUIRE(folding.told.size() == 2);
  CHECK(folding.told[1].path == folding.told[0].path);
  CHECK(folding.told[1].operation == "open");
  CHECK(folding.told[1].profile == "p");
  CHECK(folding.told[1].pid == 5);
  CHECK_FALSE(folding.told[1].last.empty());
}

TEST_CASE("what was quiet for long is forgotten and told anew") {
  Folding folding;
  folding.see(1, call(165), kSecond);
  folding.see(1, call(165), kSecond);
  folding.flush(11 * kSecond);
  folding.flush(kSecond + DenialFold::kForgetNs);
  CHECK(folding.fold.size() == 0);
  folding.see(1, call(165), 700 * kSecond);
  CHECK(folding.told.back().last.empty());
  CHECK(folding.total() == 3);
}

}  // namespace
}  // namespace bulkhead::audit
