#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "catalog/postgres/postgres_catalog.h"
#include "domain/error.h"
#include "net/timers.h"
#include "tests/fakes/await.h"
#include "tests/services/postgres_process.h"

namespace longshore::postgres {

using services::the_postgres;

/// Servers on one catalog, in a schema of the test's own.
class PostgresCatalogs : public testing::Test, public services::OwnSchema {
 protected:
  std::unique_ptr<PostgresCatalog> catalog(const Options& options, std::function<void()> fresh = [] {}) {
    return std::make_unique<PostgresCatalog>(options, timers_, random_, Log::none(), std::move(fresh));
  }

  static NodeId node_id(int number) { return NodeId{"node-" + std::to_string(10'000 + number)}; }
  static UploadId upload_id(int number) { return upload_id_of(node_id(number), 1); }
  /// An initiate: a node, its operation, an event.
  static Change initiate(int number) {
    Change change;
    change.node = NodeWrite{};
    change.node->node.id = node_id(number);
    change.node->node.connector = ConnectorId{"cli"};
    Operation operation;
    operation.id = upload_id(number);
    operation.node = node_id(number);
    operation.connector = ConnectorId{"cli"};
    change.operations.push_back({operation, 0});
    EventDraft event;
    event.node = node_id(number);
    change.events.push_back(event);
    return change;
  }
  static bool add(PostgresCatalog& catalog, int number) { return await(catalog.commit(initiate(number))); }
  static bool is_there(PostgresCatalog& catalog, int number) {
    return await(catalog.load(upload_id(number))).has_value();
  }

  AsioTimers timers_;
  SystemRandom random_;
};

}  // namespace longshore::postgres
