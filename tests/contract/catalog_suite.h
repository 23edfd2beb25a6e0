#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ports/catalog.h"
#include "tests/contract/catalog_samples.h"
#include "tests/fakes/await.h"
#include "tests/fakes/manual_clock.h"

namespace longshore {

/// A catalog with all that it stands on; empty when made.
class CatalogUnderTest {
 public:
  CatalogUnderTest() = default;
  CatalogUnderTest(const CatalogUnderTest&) = delete;
  CatalogUnderTest& operator=(const CatalogUnderTest&) = delete;
  virtual ~CatalogUnderTest() = default;

  virtual Catalog& catalog() = 0;
};

/// One implementation of the port, and how to make one.
struct CatalogKind {
  std::string name;
  std::function<std::unique_ptr<CatalogUnderTest>(const Clock&)> make;
};

inline void PrintTo(const CatalogKind& kind, std::ostream* out) { *out << kind.name; }

/// What every catalog must do. A program includes the catalog_*_suite.h and instantiates CatalogSuite with
/// its kinds.
class CatalogSuite : public testing::TestWithParam<CatalogKind> {
 protected:
  Catalog& catalog() { return under_test_->catalog(); }

  bool commit(Change change) { return await(catalog().commit(std::move(change))); }

  /// An initiate: a fresh node with its first operation, and these events.
  void add_upload(int number, std::vector<EventDraft> events = {}) {
    add_node(number);
    Change change;
    change.operations.push_back({sample_operation(number, 1, clock_.now()), 0});
    change.events = std::move(events);
    ASSERT_TRUE(commit(std::move(change)));
  }
  void add_node(int number) {
    Change change;
    change.node = NodeWrite{sample_node(number), 0};
    ASSERT_TRUE(commit(std::move(change)));
  }
  void add_operation(Operation operation) {
    Change change;
    change.operations.push_back({std::move(operation), 0});
    ASSERT_TRUE(commit(std::move(change)));
  }
  void add_events(int number, int count) {
    Change change;
    for (int i = 0; i < count; ++i)
      change.events.push_back(sample_event(number, EventType::upload_initiated));
    ASSERT_TRUE(commit(std::move(change)));
  }

  std::optional<Operation> operation(int node, std::int64_t n = 1) {
    auto loaded = await(catalog().load(upload_id_of(sample_node_id(node), n)));
    if (!loaded) return std::nullopt;
    return loaded->operation;
  }
  std::optional<Node> node(int number) {
    auto loaded = await(catalog().load_node(sample_node_id(number)));
    if (!loaded) return std::nullopt;
    return loaded->node;
  }
  std::vector<OutboxRow> outbox() { return await(catalog().peek_outbox(1000)); }

  /// The reason and the field of the Error that `task` ends with.
  template <class T>
  static std::pair<std::optional<Reason>, std::string> error_of(Task<T> task) {
    try {
      static_cast<void>(await(std::move(task)));
    } catch (const Error& error) {
      return {error.reason(), error.details().field};
    }
    return {};
  }

  ManualClock clock_;
  std::unique_ptr<CatalogUnderTest> under_test_ = GetParam().make(clock_);
};

// Which suites a program has is its own business (a program may leave them in several source files).
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CatalogSuite);

}  // namespace longshore
