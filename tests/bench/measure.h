// Measuring programs: run one, take its time; run several in turn, take medians.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace bulkhead::bench {

struct Command {
  std::vector<std::string> words;  // the first is the program's path
  std::string directory;           // to run in; empty: where we are
  std::string output;              // file that gets stdout; empty: /dev/null
  bool fails = false;              // it is measured how it fails; its stderr is not shown
};

// Runs the command to its end. One that fails, or does not fail as it shall, ends the whole bench
// with its words and code: a time of something that did not happen is worth nothing.
void run(const Command& command);

[[nodiscard]] double wall_ns();
// CPU time of all ended and reaped descendants. This process is a subreaper (become_subreaper), so
// that the inits of containers count too.
[[nodiscard]] double descendants_cpu_ns();
void become_subreaper();
// Waits until no child is left.
void reap_all();
// The same; returns the peak resident memory in KiB of the one that bore this name, 0 where none
// did. What it shared with its parent's address space counts.
[[nodiscard]] long reap_all_for_peak(const std::string& name);

[[nodiscard]] double median(std::vector<double> values);
// The value below which this share of the values lies.
[[nodiscard]] double quantile(std::vector<double> values, double share);

// One lane of an interleaved measurement: `prepare` is not timed, `timed` is.
struct Lane {
  std::string name;
  std::function<void()> prepare;
  std::function<void()> timed;
};

enum class Clock { wall, cpu };

struct Rounds {
  int warm_up;
  int counted;
};

// Runs the lanes in turn, in alternating order, and gives each lane's times in nanoseconds.
[[nodiscard]] std::vector<std::vector<double>> samples_of(const std::vector<Lane>& lanes,
                                                          Clock clock, const Rounds& rounds);
// The median of each.
[[nodiscard]] std::vector<double> interleave(const std::vector<Lane>& lanes, Clock clock,
                                             const Rounds& rounds);

[[nodiscard]] std::string read_text(const std::string& path);
void write_text(const std::string& path, const std::string& text);

// The value of an --option=VALUE word; ends the program where it is missing.
[[nodiscard]] std::string option(const std::vector<std::string>& words, const std::string& name);

}  // namespace bulkhead::bench
