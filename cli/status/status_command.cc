#include "cli/status/status_command.h"

#include <algorithm>
#include <iterator>

#include "base/json_writer.h"
#include "base/text.h"
#include "cli/engines/engine_promises.h"
#include "cli/screen/layout.h"
#include "cli/status/node_status.h"

namespace bulkhead::cli {

namespace {

using base::ExitCode;

struct LightRow {
  std::string_view name;
  Style style;
};

LightRow row_of(Light light) {
  switch (light) {
    case Light::good: return {"ok", Style::good};
    case Light::note: return {"note", Style::warning};
    case Light::bad: return {"missing", Style::bad};
  }
  return {"missing", Style::bad};
}

void write_text(const NodeStatus& status, Output& output) {
  Table table({"WHAT", "STATE", "DETAIL"});
  for (const StatusLine& line : status_lines(status)) {
    const LightRow row = row_of(line.light);
    table.row({{line.subject}, {std::string(row.name), row.style}, {line.text}});
  }
  output.write(table.text(output));
  output.line();
  output.line(output.styled(Style::bold, "Not covered on this node"));
  for (const std::string& sentence : not_covered(status)) {
    output.write(paragraph(base::cat("- ", sentence)));
  }
}

std::string to_json(const NodeStatus& status) {
  base::JsonWriter json;
  json.begin_object();
  json.member("version", BULKHEAD_VERSION);
  json.begin_array("state");
  for (const StatusLine& line : status_lines(status)) {
    json.begin_object();
    json.member("what", line.subject);
    json.member("state", row_of(line.light).name);
    json.member("detail", line.text);
    json.end_object();
  }
  json.end_array();
  json.begin_array("engines");
  for (const EngineState& engine : status.engines.engines) {
    json.begin_object();
    json.member("name", engine.name);
    json.member("coverage", name_of(engine.coverage));
    if (const auto proof = proof_of(engine, status)) json.member("prove", name_of(*proof));
    json.member("detail", engine.detail);
    json.end_object();
  }
  json.end_array();
  write_denial_status(status.denials, json);
  json.strings("not_covered", not_covered(status));
  json.end_object();
  return json.finish();
}

// What no container starts or is proved without.
std::vector<std::string> bad_sentences(const NodeStatus& status) {
  std::vector<StatusLine> lines = node_lines(status);
  std::ranges::move(hook_lines(status), std::back_inserter(lines));
  std::vector<std::string> sentences;
  for (const StatusLine& line : lines) {
    if (line.light == Light::bad) sentences.push_back(base::cat(line.subject, ": ", line.text));
  }
  return sentences;
}

// Only what no longer holds: for a unit that runs every few minutes.
base::Result<ExitCode> check(const NodeStatus& status, Environment& environment) {
  const auto tree = RootTree::open(environment.root);
  if (!tree) return std::unexpected(tree.error());
  std::vector<std::string> broken = bad_sentences(status);
  if (!status.shim_path.empty()) {
    const std::string directory = status.shim_path.substr(0, status.shim_path.rfind('/'));
    std::ranges::move(broken_promises(*tree, directory), std::back_inserter(broken));
  }
  for (const std::string& sentence : broken) environment.output.line(sentence);
  return broken.empty() ? ExitCode::ok : ExitCode::different;
}

}  // namespace

CommandHelp StatusCommand::help() const {
  return {
      .name = "status",
      .summary = "this node: what protects it, and what is not covered",
      .description =
          "Shows whether shim and hook are installed, which policy is in force, what the kernel "
          "offers, which engines are there and whether Bulkhead is really in their path by their "
          "own "
          "configuration, and says in plain words what is not covered.",
      .exit_codes =
          "0 when nothing is missing; 1 when something is. With --check: 1 when what was installed "
          "no longer holds.",
      .examples = {"bulkhead status", "bulkhead status --check", "bulkhead status --json"},
  };
}

std::vector<Option> StatusCommand::options() {
  return {{"--check", "", "tell only what no longer holds of what was installed", &check_},
          {"--json", "", "print one JSON object", &json_}};
}

base::Result<ExitCode> StatusCommand::run(Environment& environment) {
  const auto status = read_node_status(environment.paths, environment.root);
  if (!status) return std::unexpected(status.error());
  if (check_) return check(*status, environment);
  json_ ? environment.output.write(to_json(*status)) : write_text(*status, environment.output);
  for (const StatusLine& line : status_lines(*status)) {
    if (line.light == Light::bad) return ExitCode::different;
  }
  return ExitCode::ok;
}

}  // namespace bulkhead::cli
