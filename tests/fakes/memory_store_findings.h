#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "ports/store_findings.h"

namespace longshore {

/// Findings in memory, for tests. One thread only. `clock` outlives it.
class MemoryStoreFindings final : public StoreFindings {
 public:
  explicit MemoryStoreFindings(const Clock& clock) : clock_(clock) {}

  Task<std::optional<StoreFinding>> load_finding(std::string store) override {
    const auto found = findings_.find(store);
    if (found == findings_.end()) co_return std::nullopt;
    StoreFinding finding = found->second;
    finding.now = clock_.now();
    co_return finding;
  }
  Task<void> keep_finding(std::string store, std::string text) override {
    findings_[std::move(store)] = {.text = std::move(text), .found_at = clock_.now()};
    co_return;
  }

 private:
  const Clock& clock_;
  std::map<std::string, StoreFinding> findings_;
};

}  // namespace longshore
