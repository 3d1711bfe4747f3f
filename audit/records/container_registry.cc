#include "audit/records/container_registry.h"

#include <utility>
#include <vector>

namespace bulkhead::audit {

ContainerRegistry::Added ContainerRegistry::add(KnownContainer container) {
  if (container.file.empty()) container.file = record_file_name(container.identity.id);
  const auto known = by_file_.find(container.file);
  if (known != by_file_.end()) {
    KnownContainer& old = containers_.at(known->second);
    if (old.pid == container.pid && old.start_time == container.start_time) {
      old = std::move(container);
      return {known->second, false};
    }
    // Another container in its place: the former one ended.
    if (old.gone_ns == 0) old.gone_ns = 1;
    by_cgroup_.erase(old.cgroup);
  }
  const ContainerNumber number = next_++;
  by_file_.insert_or_assign(container.file, number);
  if (!container.cgroup.empty()) index_cgroup(container.cgroup, number);
  inits_.insert_or_assign(container.pid, number);
  containers_.emplace(number, std::move(container));
  return {number, true};
}

void ContainerRegistry::index_cgroup(const std::string& cgroup, ContainerNumber number) {
  const auto [entry, inserted] = by_cgroup_.try_emplace(cgroup, number);
  if (inserted) return;
  const KnownContainer* other = find(entry->second);
  entry->second = other != nullptr && other->gone_ns == 0 ? kShared : number;
}

void ContainerRegistry::removed_file(std::string_view name, std::uint64_t now_ns) {
  const auto known = by_file_.find(name);
  if (known == by_file_.end()) return;
  KnownContainer& container = containers_.at(known->second);
  if (container.gone_ns == 0) container.gone_ns = now_ns;
}

void ContainerRegistry::process_ended(pid_t pid, std::uint64_t now_ns) {
  const auto init = inits_.find(pid);
  if (init == inits_.end()) return;
  KnownContainer& container = containers_.at(init->second);
  if (container.gone_ns == 0) container.gone_ns = now_ns;
  inits_.erase(init);
}

const KnownContainer* ContainerRegistry::find(ContainerNumber number) const {
  const auto found = containers_.find(number);
  return found == containers_.end() ? nullptr : &found->second;
}

void ContainerRegistry::for_each(
    const std::function<void(ContainerNumber, const KnownContainer&)>& visit) const {
  for (const auto& [number, container] : containers_) visit(number, container);
}

ContainerNumber ContainerRegistry::by_cgroup(std::string_view cgroup) const {
  while (!cgroup.empty()) {
    const auto found = by_cgroup_.find(cgroup);
    if (found != by_cgroup_.end()) return found->second == kShared ? kNoContainer : found->second;
    const std::size_t slash = cgroup.rfind('/');
    cgroup = cgroup.substr(0, slash == std::string_view::npos ? 0 : slash);
  }
  return kNoContainer;
}

void ContainerRegistry::erase(ContainerNumber number) {
  const auto found = containers_.find(number);
  const auto file = by_file_.find(found->second.file);
  if (file != by_file_.end() && file->second == number) by_file_.erase(file);
  const auto cgroup = by_cgroup_.find(found->second.cgroup);
  if (cgroup != by_cgroup_.end() && cgroup->second == number) by_cgroup_.erase(cgroup);
  const auto init = inits_.find(found->second.pid);
  if (init != inits_.end() && init->second == number) inits_.erase(init);
  containers_.erase(found);
}

void ContainerRegistry::forget_old(std::uint64_t now_ns) {
  std::vector<ContainerNumber> old;
  for (const auto& [number, container] : containers_) {
    const bool too_many = containers_.size() - old.size() > kMost;
    const bool long_gone = container.gone_ns != 0 && container.gone_ns + kRememberNs < now_ns;
    if (long_gone || (too_many && container.gone_ns != 0)) old.push_back(number);
  }
  for (const ContainerNumber number : old) erase(number);
}

}  // namespace bulkhead::audit
