#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "ports/body_source.h"

namespace longshore {

/// What was found out about an object store by trying it, in the words of its adapter.
struct StoreFinding {
  std::string text;
  Time found_at{};
  Time now{};  // what time it is by the clock that `found_at` was read from
};

/// Keeps what was found out about object stores, beyond a restart and for all servers of a catalog: what is
/// known need not be tried again. Thread-safe. Errors: Error(catalog_unavailable) with its Outcome.
class StoreFindings {
 public:
  StoreFindings() = default;
  StoreFindings(const StoreFindings&) = delete;
  StoreFindings& operator=(const StoreFindings&) = delete;
  virtual ~StoreFindings() = default;

  /// nullopt: nothing is kept of the store of that name.
  virtual Task<std::optional<StoreFinding>> load_finding(std::string store) = 0;
  /// In place of what was kept of that store; dated by the catalog's clock.
  virtual Task<void> keep_finding(std::string store, std::string text) = 0;
};

}  // namespace longshore
