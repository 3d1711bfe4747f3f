#include "audit/denials/denial_fold.h"

#include "base/text.h"
#include "base/times.h"

namespace bulkhead::audit {

namespace {

void append_bytes(std::string& key, std::uint32_t number) {
  key.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void append_text(std::string& key, std::string_view text) {
  append_bytes(key, static_cast<std::uint32_t>(text.size()));
  key += text;
}

void append_facts(std::string& key, const SeccompRecord& facts) {
  key += 's';
  append_bytes(key, facts.arch);
  append_bytes(key, facts.nr);
  append_bytes(key, facts.code);
}

void append_facts(std::string& key, const AppArmorRecord& facts) {
  key += static_cast<char>('a' + static_cast<int>(facts.verdict));
  for (const std::string* text :
       {&facts.profile, &facts.operation, &facts.name, &facts.requested, &facts.denied,
        &facts.capability, &facts.family, &facts.socket_type, &facts.peer, &facts.peer_address,
        &facts.signal, &facts.filesystem, &facts.source, &facts.target, &facts.flags}) {
    append_text(key, *text);
  }
}

// A line that we wrote is one that we can read. Were it not, its count must not be lost.
Denial denial_in(const std::string& line) {
  auto denial = parse_denial(line);
  return denial ? *std::move(denial) : Denial{.kind = DenialKind::overflow, .message = line};
}

}  // namespace

bool DenialFold::has_room(const Source& source) const {
  if (source.bytes >= kMostBytesPerSource) return false;
  if (source.entries < kAlwaysPerSource) {
    return entries_.size() < kHardLimit && bytes_ < kHardLimitBytes;
  }
  return source.entries < kMostPerSource && entries_.size() < kMost && bytes_ < kMostBytes;
}

void DenialFold::take_bytes(ContainerNumber source, std::size_t bytes) {
  sources_[source].bytes += bytes;
  bytes_ += bytes;
}

void DenialFold::make_due(std::uint64_t now_ns) {
  if (!due_ns_) due_ns_ = now_ns + interval_ns_;
}

void DenialFold::repeat(Entry& entry, const KernelDenial& record, std::uint64_t now_ns) {
  if (entry.pending++ == 0) entry.first_pending = record.stamp;
  entry.last = record.stamp;
  entry.last_ns = now_ns;
  make_due(now_ns);
}

void DenialFold::overflow(Source& source, const KernelDenial& record, std::uint64_t now_ns) {
  if (source.overflow++ == 0) source.first_overflow = record.stamp;
  source.last_overflow = record.stamp;
  make_due(now_ns);
}

bool DenialFold::is_first(ContainerNumber source_number, const KernelDenial& record,
                          std::uint64_t now_ns) {
  key_.clear();
  append_bytes(key_, source_number);
  std::visit([&](const auto& facts) { append_facts(key_, facts); }, record.facts);
  const auto known = entries_.find(std::string_view(key_));
  if (known != entries_.end()) {
    repeat(known->second, record, now_ns);
    return false;
  }
  const bool looks = now_ns >= forget_due_ns_ && !has_room(sources_[source_number]);
  if (looks) forget_quiet(now_ns);
  Source& source = sources_[source_number];
  if (!has_room(source)) {
    overflow(source, record, now_ns);
    return false;
  }
  ++source.entries;
  take_bytes(source_number, key_.size());
  newest_ = &entries_[key_];
  newest_->source = source_number;
  newest_->last_ns = now_ns;
  return true;
}

void DenialFold::remember(const Denial& told) {
  if (newest_ == nullptr) return;
  newest_->told = to_json(told);
  take_bytes(newest_->source, newest_->told.size());
  newest_ = nullptr;
}

void DenialFold::flush(std::uint64_t now_ns, const std::function<void(const Denial&)>& tell,
                       const std::function<Denial(ContainerNumber)>& source_line) {
  const auto time_of = [](const RecordStamp& stamp) {
    return base::utc_time(stamp.seconds, stamp.milliseconds);
  };
  for (auto& [key, entry] : entries_) {
    if (entry.pending == 0) continue;
    Denial denial = denial_in(entry.told);
    denial.serial = entry.last.serial;
    denial.time = time_of(entry.first_pending);
    denial.last = time_of(entry.last);
    denial.count = entry.pending;
    entry.pending = 0;
    tell(denial);
  }
  for (auto& [number, source] : sources_) {
    if (source.overflow == 0) continue;
    Denial denial = source_line(number);
    denial.kind = DenialKind::overflow;
    denial.time = time_of(source.first_overflow);
    denial.last = time_of(source.last_overflow);
    denial.count = source.overflow;
    denial.message = "different denials beyond those that are told singly";
    source.overflow = 0;
    tell(denial);
  }
  due_ns_.reset();
  forget_quiet(now_ns);
}

// What still waits to be told is never forgotten.
void DenialFold::forget_quiet(std::uint64_t now_ns) {
  forget_due_ns_ = now_ns + interval_ns_;
  const std::uint64_t patience = is_half_full() ? 2 * interval_ns_ : kForgetNs;
  std::erase_if(entries_, [&](const auto& item) {
    const Entry& entry = item.second;
    if (entry.pending > 0 || entry.last_ns + patience > now_ns) return false;
    const std::size_t bytes = item.first.size() + entry.told.size();
    Source& source = sources_[entry.source];
    --source.entries;
    source.bytes -= bytes;
    bytes_ -= bytes;
    return true;
  });
  std::erase_if(sources_, [](const auto& item) {
    return item.second.entries == 0 && item.second.overflow == 0;
  });
}

}  // namespace bulkhead::audit
