// What keeps the cache of compiled programs cheap for many: one compiles while the others wait for
// it, and the oldest programs make room.
#pragma once

#include <cstddef>
#include <string>

#include "base/unique_fd.h"

namespace bulkhead::kernel {

// One's turn to compile the program of a key. It is given back when this ends.
class CompileTurn {
 public:
  // Where nobody else has it, it is ours at once. Else waits until that one has ended or died, for
  // two seconds at most (a compile may take one, seccomp_compiler.h): then the program is in the
  // cache, or whoever waited compiles it, too. Without waiting where the directory cannot be
  // written.
  CompileTurn(int directory, const std::string& key);
  CompileTurn(const CompileTurn&) = delete;
  CompileTurn& operator=(const CompileTurn&) = delete;
  ~CompileTurn();

 private:
  int directory_;
  std::string name_;
  base::UniqueFd file_;
  bool is_ours_ = false;
};

// Where the directory holds more than `most` programs, removes the oldest, by the time of their
// writing, until three quarters of that are left, each with what was remembered of it.
void drop_oldest_programs(const std::string& directory, std::size_t most);

}  // namespace bulkhead::kernel
