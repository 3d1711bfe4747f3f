// Installs the filters of an order, once, in whichever task and at whichever moment a door finds.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "kernel/gate/gate_order.h"
#include "kernel/remote/install_filter.h"

namespace bulkhead::kernel {

class Installer {
 public:
  // The order outlives the installer.
  explicit Installer(const GateOrder& order) : order_(order) {}

  [[nodiscard]] bool has_work() const { return !order_.installations.empty() && !done_; }
  [[nodiscard]] bool has_early_work() const {
    return has_work() && order_.when == InstallWhen::early;
  }
  [[nodiscard]] bool installed_confining() const { return done_ && confines(); }

  // The filters of every task that the gate holds sleep as long as it does.
  void filters_sleep() { filters_sleep_ = true; }

  // Every installation of the order. Each filter after the first, like the runtime's before it,
  // must let the gate's own calls pass unless it sleeps. Errors: those of install_filter() for a
  // confining one; what was to log or to complete beside is only noted in unlogged() and
  // incomplete().
  [[nodiscard]] base::Result<void> install(RemoteCalls& calls, InstallScope scope);

  // The record's filter, where one is to be had still. Nothing of it is ever a failure.
  [[nodiscard]] bool has_record() const {
    return !recorded_ && order_.record && order_.record->filter;
  }
  [[nodiscard]] bool has_early_record() const {
    return has_record() && order_.record->when == InstallWhen::early;
  }
  void install_record(RemoteCalls& calls, InstallScope scope);
  void give_up_record(std::string why);
  [[nodiscard]] const std::string& unrecorded() const { return unrecorded_; }

  // The filters that the kernel took, newest first.
  [[nodiscard]] std::vector<policy::FilterProgram> taken() const;

  [[nodiscard]] const std::string& unlogged() const { return unlogged_; }
  // What was to stand beside the runtime's filter cannot any more.
  void note_no_privilege();
  // Why what the runtime's filter may leave out is not there; or empty.
  [[nodiscard]] const std::string& incomplete() const { return incomplete_; }

 private:
  [[nodiscard]] bool confines() const;
  void note_unlogged(std::string why);
  base::Result<void> install_one(RemoteCalls& calls, const Installation& installation,
                                 InstallScope scope);
  void install_beside(RemoteCalls& calls, InstallScope scope);
  void complete(RemoteCalls& calls, const Installation& installation, InstallScope scope);

  const GateOrder& order_;
  bool done_ = false;
  bool filters_sleep_ = false;
  bool recorded_ = false;
  std::string unlogged_;
  std::string incomplete_;
  std::string unrecorded_;
};

// Of the calls that installing takes, the first that one of these filters does not allow whatever
// its arguments; empty where they allow all.
[[nodiscard]] std::string_view call_that_forbids_installing(
    const std::vector<policy::FilterProgram>& filters);

// Errors (code unsupported): filters cannot be read back, and the planned one does not allow the
// calls that installing takes.
[[nodiscard]] base::Result<void> check_provable(const GateOrder& order);

}  // namespace bulkhead::kernel
