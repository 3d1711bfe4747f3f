// Runs command lines in turn and tells what each takes.
//
//   lanes cpu|wall ROUNDS FILE
//
// FILE has one lane a line, its fields apart by tabs: its name, whether it succeeds ("ok") or fails
// ("fails"), the files that are laid before each run, which is not timed ("FROM>TO", apart by
// spaces), and the words of the command, apart by spaces. Prints a line for each lane: name,
// median, lower and upper quartile, in microseconds. CPU time is that of all descendants.
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "measure.h"

namespace {

using bulkhead::bench::Clock;
using bulkhead::bench::Command;
using bulkhead::bench::Lane;
using bulkhead::bench::quantile;
using bulkhead::bench::read_text;
using bulkhead::bench::write_text;

constexpr double kNanosecondsPerMicrosecond = 1e3;

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, at);) {
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

struct LaidFile {
  std::string path;
  std::string text;
};

std::vector<LaidFile> laid_files(const std::string& field) {
  std::vector<LaidFile> files;
  for (const std::string& word : split(field, ' ')) {
    const auto arrow = word.find('>');
    if (arrow == std::string::npos) continue;
    files.push_back({word.substr(arrow + 1), read_text(word.substr(0, arrow))});
  }
  return files;
}

Lane lane_of(const std::string& line) {
  const auto fields = split(line, '\t');
  if (fields.size() != 4) {
    std::fprintf(stderr, "lanes: not four fields: %s\n", line.c_str());
    std::exit(2);
  }
  const Command command{
      .words = split(fields[3], ' '), .directory = {}, .output = {}, .fails = fields[1] == "fails"};
  return {.name = fields[0],
          .prepare =
              [files = laid_files(fields[2])] {
                for (const LaidFile& file : files) write_text(file.path, file.text);
              },
          .timed = [command] { bulkhead::bench::run(command); }};
}

void print(const std::string& name, const std::vector<double>& times) {
  std::printf("%s", name.c_str());
  for (const double share : {0.5, 0.25, 0.75}) {
    std::printf(" %.0f", quantile(times, share) / kNanosecondsPerMicrosecond);
  }
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: lanes cpu|wall ROUNDS FILE\n", stderr);
    return 2;
  }
  bulkhead::bench::become_subreaper();
  std::vector<Lane> lanes;
  for (const std::string& line : split(read_text(argv[3]), '\n')) lanes.push_back(lane_of(line));
  const Clock clock = std::string_view(argv[1]) == "wall" ? Clock::wall : Clock::cpu;
  const auto samples =
      bulkhead::bench::samples_of(lanes, clock, {.warm_up = 3, .counted = std::atoi(argv[2])});
  for (std::size_t i = 0; i < lanes.size(); ++i) print(lanes[i].name, samples[i]);
  return 0;
}
