#include "policy/settings/setting.h"

namespace bulkhead::policy {

std::string_view name_of(Mode value) {
  switch (value) {
    case Mode::enforce: return "enforce";
    case Mode::observe: return "observe";
  }
  return {};
}

std::string_view name_of(Unset value) {
  switch (value) {
    case Unset::runtime_default: return "runtime-default";
    case Unset::refuse: return "refuse";
    case Unset::keep: return "keep";
  }
  return {};
}

std::string_view name_of(NotLoaded value) {
  switch (value) {
    case NotLoaded::load: return "load";
    case NotLoaded::refuse: return "refuse";
  }
  return {};
}

std::string_view name_of(KeepOrRefuse value) {
  switch (value) {
    case KeepOrRefuse::keep: return "keep";
    case KeepOrRefuse::refuse: return "refuse";
  }
  return {};
}

std::string_view name_of(KeepOrRequire value) {
  switch (value) {
    case KeepOrRequire::require: return "require";
    case KeepOrRequire::keep: return "keep";
  }
  return {};
}

std::string_view name_of(FloorAction value) {
  switch (value) {
    case FloorAction::refuse: return "refuse";
    case FloorAction::clamp: return "clamp";
  }
  return {};
}

std::string_view name_of(LogDenials value) {
  switch (value) {
    case LogDenials::no: return "false";
    case LogDenials::yes: return "true";
    case LogDenials::always: return "always";
  }
  return {};
}

std::string_view name_of(SeccompLoader value) {
  switch (value) {
    case SeccompLoader::runtime: return "runtime";
    case SeccompLoader::gate: return "gate";
    case SeccompLoader::automatic: return "auto";
  }
  return {};
}

std::string_view name_of(KeepSetRequire value) {
  switch (value) {
    case KeepSetRequire::keep: return "keep";
    case KeepSetRequire::set: return "set";
    case KeepSetRequire::require: return "require";
  }
  return {};
}

std::string_view name_of(SeccompArchitectures value) {
  switch (value) {
    case SeccompArchitectures::native: return "native";
    case SeccompArchitectures::as_asked: return "as-asked";
  }
  return {};
}

std::string_view name_of(Prove value) {
  switch (value) {
    case Prove::always: return "always";
    case Prove::when_installing: return "when-installing";
    case Prove::never: return "never";
  }
  return {};
}

std::string_view name_of(ExecCapabilities value) {
  switch (value) {
    case ExecCapabilities::container: return "container";
    case ExecCapabilities::as_asked: return "as-asked";
  }
  return {};
}

}  // namespace bulkhead::policy
