// A program that runs while a command waits for it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bulkhead::cli {

class Child {
 public:
  static constexpr int kNotStarted = 127;  // as shells say it

  enum class Quiet : std::uint8_t { no, yes };  // yes: what it prints is for nobody
  // By a path, or by a name that is looked for in PATH. Nothing where no process can be made; a
  // program that cannot be executed ends with kNotStarted.
  [[nodiscard]] static std::optional<Child> start(const std::vector<std::string>& argv,
                                                  Quiet quiet);

  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}
  Child& operator=(Child&&) = delete;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  // One that nobody waited for is asked to end.
  ~Child();

  // Whether it ended by itself; wait() tells how.
  [[nodiscard]] bool has_ended() const;
  // Its exit code; 128 + N when signal N ended it. Signals of the terminal are for it meanwhile.
  [[nodiscard]] int wait();
  // SIGTERM, then wait().
  int end();

 private:
  explicit Child(pid_t pid) : pid_(pid) {}
  pid_t pid_;
};

}  // namespace bulkhead::cli
