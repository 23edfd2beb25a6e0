#include "domain/event.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace longshore {
namespace {

TEST(Event, Names) {
  struct Case {
    EventType type;
    std::string stored;
    std::string operation;
  };
  const Case cases[] = {
      {EventType::upload_initiated, "uploads.initiated", "initiated"},
      {EventType::upload_completed, "uploads.completed", "completed"},
      {EventType::upload_failed, "uploads.failed", "failed"},
      {EventType::document_created, "documents.created", "created"},
      {EventType::document_updated, "documents.updated", "updated"},
      {EventType::document_deleted, "documents.deleted", "deleted"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(to_string(c.type), c.stored);
    EXPECT_EQ(topic_of(c.type), "repository." + c.stored);
    EXPECT_EQ(operation_of(c.type), c.operation);
    EventType read = EventType::upload_initiated;
    EXPECT_TRUE(event_type_of(c.stored, read));
    EXPECT_EQ(read, c.type);
  }
  EventType untouched = EventType::document_deleted;
  for (const char* unknown : {"", "uploads", "uploads.Completed", "repository.uploads.completed"})
    EXPECT_FALSE(event_type_of(unknown, untouched)) << unknown;
  EXPECT_EQ(untouched, EventType::document_deleted);
}

TEST(Event, IdsAreTheSameAtEveryTryAndNowhereElse) {
  const NodeId node{"node-0001"};
  const Time at{Millis{1'700'000'000'000}};
  const std::string id = event_id_of(node, "created", at);
  // sha256sum of "node-0001:created:1700000000000", its first 16 digits
  EXPECT_EQ(id, "56c9517fc913c97f");
  EXPECT_EQ(id, event_id_of(node, "created", at));
  const std::set<std::string> different{id, event_id_of(NodeId{"node-0002"}, "created", at),
                                        event_id_of(node, "updated", at),
                                        event_id_of(node, "created", at + Millis{1})};
  EXPECT_EQ(different.size(), 4U);
}

}  // namespace
}  // namespace longshore
