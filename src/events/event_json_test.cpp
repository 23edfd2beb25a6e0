#include "events/event_json.h"

#include <string>

#include <gtest/gtest.h>

namespace longshore {
namespace {

OutboxRow row_of(EventType type) {
  OutboxRow row;
  row.row = 17;
  row.event_id = "0011223344556677";
  row.sequence = 2;
  row.timestamp = from_epoch_ms(1'700'000'000'123);
  row.tries = 3;
  row.event.type = type;
  row.event.node = NodeId{"node-0001"};
  row.event.connector = ConnectorId{"cli"};
  row.event.upload = UploadId{"node-0001.2"};
  row.event.account_id = "alice";
  row.event.request_id = "req-1";
  EventFacts& facts = row.event.facts;
  facts.s3_key = "connectors/cli/node-0001.2.pb";
  facts.bucket = "b";
  facts.size = 9'007'199'254'740'993;  // beyond what a double holds
  facts.expected_size = 7;
  facts.mime_type = "text/plain";
  facts.content_hash = "crc32c:AAAAAA==";
  facts.version_id = "v2";
  facts.previous_version_id = "v1";
  facts.etag = "e";
  facts.reason = "upload";
  facts.error_code = "EXPIRED";
  facts.partial_chunks = 4;
  facts.total_chunks = 9;
  facts.purged = true;
  return row;
}

std::string envelope(const std::string& operation) {
  return R"({"eventId":"0011223344556677","timestamp":"1700000000123","documentId":"node-0001","accountId":"alice",)"
         R"("source":{"component":"longshore","operation":")" +
         operation +
         R"(","requestId":"req-1","userId":"alice","connectorId":"cli","sessionId":"node-0001.2"},"sequence":"2",)";
}

TEST(EventJson, EachTypeCarriesItsOwnFacts) {
  const std::string object =
      R"("s3Key":"connectors/cli/node-0001.2.pb","size":"9007199254740993","contentHash":"crc32c:AAAAAA==",)"
      R"("s3VersionId":"v2","s3Etag":"e")";
  EXPECT_EQ(
      event_json(row_of(EventType::upload_initiated)),
      envelope("initiated") +
          R"("initiated":{"s3Key":"connectors/cli/node-0001.2.pb","expectedSize":"7","mimeType":"text/plain"}})");
  EXPECT_EQ(event_json(row_of(EventType::upload_completed)),
            envelope("completed") + R"("completed":{)" + object + "}}");
  EXPECT_EQ(event_json(row_of(EventType::upload_failed)),
            envelope("failed") + R"("failed":{"reason":"upload","errorCode":"EXPIRED","retryCount":0,)"
                                 R"("partialChunksUploaded":"4","totalChunks":"9"}})");
  EXPECT_EQ(event_json(row_of(EventType::document_created)),
            envelope("created") + R"("created":{)" + object + R"(,"bucket":"b"}})");
  EXPECT_EQ(event_json(row_of(EventType::document_updated)),
            envelope("updated") + R"("updated":{)" + object +
                R"(,"previousVersionId":"v1","bucket":"b","reason":"upload"}})");
  EXPECT_EQ(event_json(row_of(EventType::document_deleted)),
            envelope("deleted") + R"("deleted":{"reason":"upload","purged":true}})");
}

TEST(EventJson, IsTheSameAtEveryTry) {
  OutboxRow first = row_of(EventType::upload_failed);
  OutboxRow later = first;
  later.tries = 40;
  EXPECT_EQ(event_json(first), event_json(later));
}

}  // namespace
}  // namespace longshore
