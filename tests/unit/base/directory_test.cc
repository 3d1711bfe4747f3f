#include "base/directory.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace bulkhead::base {
namespace {

class Tree {
 public:
  Tree() {
    char name[] = "/tmp/directory_test.XXXXXX";
    path_ = ::mkdtemp(name);
    for (const char* file : {"b", "a", ".hidden", "42", "7x"}) std::ofstream(path_ + "/" + file);
  }
  ~Tree() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST_CASE("a directory's names are sorted, without itself and its parent") {
  const Tree tree;
  const std::vector<std::string> expected = {".hidden", "42", "7x", "a", "b"};
  CHECK(names_in(Directory(tree.path())) == expected);
  CHECK(names_in(Directory(UniqueFd(::open(tree.path().c_str(), O_RDONLY | O_CLOEXEC)))) ==
        expected);
}

TEST_CASE("only whole numbers are processes") {
  const Tree tree;
  CHECK(pids_in(Directory(tree.path())) == std::vector<pid_t>{42});
  const std::vector<pid_t> all = pids_in(Directory("/proc"));
  CHECK(std::ranges::find(all, ::getpid()) != all.end());
}

TEST_CASE("a directory that is not there has no names, and errno says why") {
  Directory missing("/nowhere/at/all");
  CHECK(errno == ENOENT);
  CHECK_FALSE(missing.valid());
  CHECK(missing.next() == nullptr);
  CHECK(names_in(Directory(UniqueFd())).empty());
}

}  // namespace
}  // namespace bulkhead::base
