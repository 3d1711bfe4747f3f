#include "record/profiles/path_pattern.h"

#include <catch2/catch.hpp>

#include "policy/advice/apparmor_glob.h"

namespace bulkhead::record {
namespace {

TEST_CASE("a path is generalised as a person would") {
  const auto [path, pattern] = GENERATE(table<std::string, std::string>({
      {"/etc/passwd", "/etc/passwd"},
      {"/proc/1/maps", "/proc/@{pid}/maps"},
      {"/proc/1/task/1/comm", "/proc/@{pid}/task/@{tid}/comm"},
      {"/proc/sys/vm/x", "/proc/sys/vm/x"},
      {"/tmp/tmpab12cd_x", "/tmp/tmp*"},
      {"/tmp/tmp.Xk3bA9qL", "/tmp/tmp.*"},
      {"/tmp/server1", "/tmp/server1"},
      {"/tmp/hsperfdata_root/", "/tmp/hsperfdata_root/"},
      {"/var/tmp/etilqs_f00Ba4Qx", "/var/tmp/etilqs_*"},
      {"/data/20260101/a", "/data/[0-9]*/a"},
      {"/usr/lib/libx.so.1.8.4", "/usr/lib/libx.so.1.8.4"},
      {"/usr/lib/python3.11/os.py", "/usr/lib/python3.11/os.py"},
      {"/usr/lib/x86_64-linux-gnu/a", "/usr/lib/x86_64-linux-gnu/a"},
      {"/a/__pycache__/x.cpython-311.pyc.140234", "/a/__pycache__/x.cpython-311.pyc.[0-9]*"},
      {"/blobs/9f86d081884c7d659a2feaa0c55ad015", "/blobs/*"},
      {"/v/6fa459ea-ee8a-3ca4-894e-db77e160355e.db", "/v/*.db"},
      {"/a b/*?[x]{y}", "/a b/\\*\\?\\[x\\]\\{y\\}"},
      {"/a\n\"\\", "/a\\012\\042\\134"},
      {"/", "/"},
  }));
  CAPTURE(path);
  CHECK(pattern_of(path) == pattern);
  CHECK(policy::apparmor_matches(pattern_of(path), path));
}

}  // namespace
}  // namespace bulkhead::record
