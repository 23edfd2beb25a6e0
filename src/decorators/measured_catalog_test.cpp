#include "decorators/measured_catalog.h"

#include <gtest/gtest.h>

#include "decorators/metrics_text_test.h"
#include "tests/fakes/await.h"
#include "tests/fakes/manual_clock.h"
#include "tests/fakes/memory_catalog.h"

namespace longshore {
namespace {

class MeasuredCatalogTest : public testing::Test {
 protected:
  static Change change(EventType type, OperationState state) {
    Operation operation;
    operation.id = UploadId("node-0001");
    operation.node = NodeId("node-0001");
    operation.state = state;
    EventDraft event{.type = type, .node = operation.node, .upload = operation.id};
    Node node;
    node.id = operation.node;
    Change result;
    result.node = NodeWrite{node, revision_};
    result.operations.push_back({operation, revision_});
    result.events.push_back(event);
    return result;
  }

  static inline std::int64_t revision_ = 0;
  ManualClock clock_;
  Metrics metrics_;
  MemoryCatalog catalog_{clock_};
  MeasuredCatalog measured_{catalog_, metrics_};
};

TEST_F(MeasuredCatalogTest, UploadsThatBeginAndEnd) {
  revision_ = 0;
  EXPECT_TRUE(await(measured_.commit(change(EventType::upload_initiated, OperationState::open))));
  EXPECT_FALSE(await(measured_.commit(change(EventType::upload_initiated, OperationState::open))));  // it
                                                                                                     // exists
  revision_ = 1;
  EXPECT_TRUE(await(measured_.commit(change(EventType::upload_failed, OperationState::cancelled))));
  EXPECT_EQ(metric(metrics_, "longshore_uploads_initiated_total"), "1");
  EXPECT_EQ(metric(metrics_, R"(longshore_uploads_ended_total{state="CANCELLED"})"), "1");
  EXPECT_EQ(await(measured_.peek_outbox(10)).size(), 2U);
}

TEST_F(MeasuredCatalogTest, WhatIsKnownBeforehandIsThereFromTheStart) {
  for (const char* state : {"COMPLETED", "FAILED", "CANCELLED", "EXPIRED"}) {
    EXPECT_EQ(metric(metrics_, std::string(R"(longshore_uploads_ended_total{state=")") + state + "\"}"), "0");
  }
  EXPECT_EQ(metric(metrics_, R"(longshore_catalog_errors_total{error_code="CATALOG_UNAVAILABLE"})"), "0");
}

TEST(CountErrorsTest, OnlyThePortsOwn) {
  Metrics metrics;
  const auto failing = [](Reason reason) -> Task<int> {
    throw Error(reason, "no");
    co_return 0;
  };
  for (const Reason reason : {Reason::catalog_unavailable, Reason::catalog_unavailable,
                              Reason::invalid_request, Reason::internal}) {
    EXPECT_THROW(
        await(counting_errors(failing(reason), metrics.catalog_errors_total, Reason::catalog_unavailable)),
        Error);
  }
  EXPECT_EQ(metric(metrics, R"(longshore_catalog_errors_total{error_code="CATALOG_UNAVAILABLE"})"), "2");
  EXPECT_EQ(metric(metrics, R"(longshore_catalog_errors_total{error_code="INTERNAL"})"), "1");
  EXPECT_EQ(metric(metrics, R"(longshore_catalog_errors_total{error_code="INVALID_REQUEST"})"), "");
}

}  // namespace
}  // namespace longshore
