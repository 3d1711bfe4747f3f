#include "cli/record/record_table.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "base/counted.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "base/times.h"
#include "cli/screen/layout.h"
#include "policy/syscalls/call_names.h"

namespace bulkhead::cli {

using base::cat;
using base::JsonWriter;
using record::CallSum;
using record::How;
using record::Record;
using record::RecordedContainer;

namespace {

struct Row {
  std::string arch;
  std::string call;
  record::CallKey key;
  CallSum sum;
};

// The calls that are asked for, by architecture and name.
std::vector<Row> rows_of(const Record& record, const RecordView& view) {
  std::vector<Row> rows;
  for (const auto& [key, sum] : sum_of(record, view.joins)) {
    if (sum.use.first < view.new_since) continue;
    rows.push_back({policy::arch_name(key.arch, key.number), text_of(key), key, sum});
  }
  std::ranges::sort(rows, {}, [](const Row& row) { return std::tie(row.arch, row.call, row.key); });
  return rows;
}

// "11-28 07:00:01"
std::string short_time(record::Time time) {
  constexpr std::size_t kYear = 5;
  return time == 0 ? "-" : base::readable_time(record::utc_text(time)).substr(kYear);
}

std::string or_nothing(std::uint64_t count) { return count == 0 ? "" : cat(count); }

std::size_t counted(const Record& record, How how) {
  return static_cast<std::size_t>(std::ranges::count_if(
      record.containers, [&](const auto& entry) { return entry.second.how == how; }));
}

std::size_t running(const Record& record) {
  return static_cast<std::size_t>(std::ranges::count_if(
      record.containers, [](const auto& entry) { return entry.second.ended == 0; }));
}

std::string containers(std::size_t count) { return base::counted(count, "container"); }

std::string headline(const Record& record) {
  std::string text = cat(record.name, ": ", containers(record.containers.size()), " since ",
                         base::readable_time(record::utc_text(record.since)), " UTC");
  if (const std::size_t count = running(record); count > 0) text += cat(", ", count, " running");
  if (record.earlier.containers > 0) {
    text += cat(", and ", record.earlier.containers, " before, added up");
  }
  return text + '.';
}

// Of a node without AppArmor nothing is said.
void write_apparmor(const Record& record, Output& output) {
  const std::size_t accesses = all_accesses(record).size();
  if (accesses == 0) return;
  std::string text =
      cat("AppArmor: ", base::counted(accesses, "different access", "different accesses"));
  if (const std::string loss = apparmor_loss(record); !loss.empty()) {
    text += cat("; not of all containers: ", loss);
  }
  output.write(paragraph(text + '.'));
}

// The architectures of its calls but the machine's own: what a node whose profiles list that one
// alone would kill.
std::vector<std::string> other_architectures(const Record& record) {
  const std::string native = short_name(native_of(record));
  std::vector<std::string> others;
  for (const auto& [key, sum] : sum_of(record, record::Joins::counted)) {
    const std::string arch = policy::arch_name(key.arch, key.number);
    if (arch != native && std::ranges::find(others, arch) == others.end()) others.push_back(arch);
  }
  return others;
}

void write_other_architectures(const Record& record, Output& output) {
  const auto others = other_architectures(record);
  if (others.empty()) return;
  output.write(output.styled(
      Style::warning,
      paragraph(cat("Programs of other architectures: ", base::join(others, ", "),
                    ". With \"seccomp\": {\"architectures\": \"native\"} in the policy they would "
                    "be killed."))));
}

void write_how(const Record& record, Output& output) {
  if (!record.trial.program.empty()) {
    output.write(paragraph(cat("A trial: these calls were let through, and ",
                               base::quoted(record.trial.profile), " would deny them.")));
  }
  const std::size_t logged = record.trial.program.empty() ? counted(record, How::log) : 0;
  if (logged > 0) {
    output.write(paragraph(cat("Of ", containers(logged),
                               " only calls were counted that the record did not have at the "
                               "start.")));
  }
  write_other_architectures(record, output);
  write_apparmor(record, output);
  if (const std::string losses = text_of(all_losses(record)); !losses.empty()) {
    output.write(output.styled(Style::warning, paragraph(cat("Incomplete: ", losses, '.'))));
  }
}

void add_row(const Row& row, std::size_t containers, Table& table) {
  const record::CallUse& use = row.sum.use;
  const std::string in =
      row.sum.containers == 0 ? std::string("before") : cat(row.sum.containers, " of ", containers);
  const Style style = use.count == 0 ? Style::dim : Style::plain;
  table.row({{row.call, style},
             {cat(use.count), style},
             {or_nothing(use.by_exec)},
             {or_nothing(use.denied), Style::warning},
             {in},
             {short_time(use.first)},
             {short_time(use.last)}});
}

void write_rows(const Record& record, const std::vector<Row>& rows, Output& output) {
  Table table({"CALL", "COUNT", "EXEC", "DENIED", "IN", "FIRST", "LAST"});
  const bool one_arch = rows.front().arch == rows.back().arch;
  std::string_view arch;
  for (const Row& row : rows) {
    if (!one_arch && row.arch != arch) table.heading(row.arch);
    arch = row.arch;
    add_row(row, record.containers.size(), table);
  }
  output.write(table.text(output));
}

// ---- JSON
// -----------------------------------------------------------------------------------------

void write_container(JsonWriter& json, const record::ContainerKey& key,
                     const RecordedContainer& container) {
  json.begin_object();
  json.member("id", key.id);
  json.member_if_any("namespace", container.namespace_);
  json.member_if_any("pod", container.pod);
  json.member_if_any("name", container.name);
  json.member_if_any("image", container.image);
  json.member_if_any("runtime", container.runtime);
  json.member_if_any("door", container.door);
  json.member_if_any("kernel", container.kernel);
  json.member("how", name_of(container.how));
  json.member("started", record::utc_text(key.started));
  if (container.ended > 0) json.member("ended", record::utc_text(container.ended));
  json.member("execs", container.execs);
  json.member("calls", container.calls.size());
  json.member_if_any("losses", text_of(container.losses));
  json.end_object();
}

void write_call(JsonWriter& json, const Row& row) {
  const record::CallUse& use = row.sum.use;
  json.begin_object();
  json.member("arch", row.arch);
  json.member("number", row.key.number);
  json.member_if_any("name", policy::call_name(row.key.arch, row.key.number));
  json.member("count", use.count);
  json.member("by_exec", use.by_exec);
  json.member("denied", use.denied);
  json.member("containers", row.sum.containers);
  if (use.first > 0) json.member("first", record::utc_text(use.first));
  if (use.last > 0) json.member("last", record::utc_text(use.last));
  json.end_object();
}

}  // namespace

void write_record(const Record& record, const RecordView& view, Output& output) {
  output.write(paragraph(headline(record)));
  write_how(record, output);
  const std::vector<Row> rows = rows_of(record, view);
  if (rows.empty()) {
    output.line(view.new_since > 0 ? "No call was new in that time." : "No calls yet.");
    return;
  }
  output.line();
  write_rows(record, rows, output);
}

std::string record_json(const Record& record, const RecordView& view) {
  JsonWriter json;
  json.begin_object();
  json.member("name", record.name);
  json.member("since", record::utc_text(record.since));
  json.begin_array("containers");
  for (const auto& [key, container] : record.containers) write_container(json, key, container);
  json.end_array();
  json.strings("other_architectures", other_architectures(record));
  json.member("earlier_containers", record.earlier.containers);
  json.begin_array("calls");
  for (const Row& row : rows_of(record, view)) write_call(json, row);
  json.end_array();
  if (!record.trial.program.empty()) json.member("trial", record.trial.profile);
  json.member("losses", text_of(all_losses(record)));
  json.end_object();
  return json.finish();
}

}  // namespace bulkhead::cli
