#include "directory/records.h"

#include <gtest/gtest.h>

namespace longshore::directory {
namespace {

ObjectRecord sample() {
  return ObjectRecord{.key = ObjectKey("a/\"b\"/日本\n"),
                      .size = std::int64_t{1} << 42,
                      .modified_ns = 1'700'000'000'123'456'789,
                      .etag = ETag("etag"),
                      .crc32c = 0xffffffff,
                      .headers = {.content_type = "text/plain",
                                  .content_disposition = "attachment; filename=\"x\"",
                                  .cache_control = "no-store",
                                  .storage_class = "STANDARD",
                                  .tags = {{"k", "v"}},
                                  .user_metadata = {{"upload-token", "00ff"}, {"original-name", "x%20y"}}}};
}

void expect_equal(const ObjectHeaders& a, const ObjectHeaders& b) {
  EXPECT_EQ(a.content_type, b.content_type);
  EXPECT_EQ(a.content_disposition, b.content_disposition);
  EXPECT_EQ(a.cache_control, b.cache_control);
  EXPECT_EQ(a.storage_class, b.storage_class);
  EXPECT_EQ(a.tags, b.tags);
  EXPECT_EQ(a.user_metadata, b.user_metadata);
}

TEST(Records, AnObjectsRecordComesBackAsItWasWritten) {
  const ObjectRecord record = sample();
  const auto read = object_record_of(to_json(record));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->key, record.key);
  EXPECT_EQ(read->size, record.size);
  EXPECT_EQ(read->modified_ns, record.modified_ns);
  EXPECT_EQ(read->etag, record.etag);
  EXPECT_EQ(read->crc32c, record.crc32c);
  expect_equal(read->headers, record.headers);

  ObjectRecord without = record;
  without.crc32c.reset();
  EXPECT_EQ(object_record_of(to_json(without))->crc32c, std::nullopt);
}

TEST(Records, AnUploadsRequestComesBackAsItWasWritten) {
  CreateUpload request{
      .key = ObjectKey("k"), .headers = sample().headers, .chunk_size = std::int64_t{1} << 33};
  const auto read = create_upload_of(to_json(request));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->key, request.key);
  EXPECT_EQ(read->chunk_size, request.chunk_size);
  expect_equal(read->headers, request.headers);
  request.chunk_size.reset();
  EXPECT_EQ(create_upload_of(to_json(request))->chunk_size, std::nullopt);
}

TEST(Records, WhatIsTornOrNotOursIsNoRecord) {
  const std::string json = to_json(sample());
  for (std::size_t kept = 0; kept + 2 < json.size(); ++kept)
    EXPECT_FALSE(object_record_of(json.substr(0, kept)));
  for (const char* text : {"[]", "null", "{}", "{\"format\":1}", "{\"format\":\"1\"}", "x"}) {
    EXPECT_FALSE(object_record_of(text)) << text;
    EXPECT_FALSE(create_upload_of(text)) << text;
  }
  std::string newer = json;
  newer.replace(newer.find("\"format\":1"), 10, "\"format\":2");
  EXPECT_FALSE(object_record_of(newer));
}

TEST(Records, TheRecordOfTheFileAtHandIsChosen) {
  const auto record = [](std::int64_t size, std::int64_t at) {
    return std::optional<ObjectRecord>(ObjectRecord{.size = size, .modified_ns = at});
  };
  const std::optional<ObjectRecord> none;
  struct Row {
    const char* what;
    std::optional<ObjectRecord> current, next;
    int chosen;  // 0: none, 1: current, 2: next
  };
  const std::vector<Row> rows{{"at rest", record(5, 100), none, 1},
                              {"times were lost in a restored backup", record(5, 99), none, 1},
                              {"another file was put there", record(6, 100), none, 0},
                              {"the replacement had not happened", record(5, 100), record(7, 101), 1},
                              {"the replacement had happened", record(7, 99), record(5, 100), 2},
                              {"equal lengths, not happened", record(5, 100), record(5, 101), 1},
                              {"equal lengths, happened", record(5, 99), record(5, 100), 2},
                              {"neither is exact", record(5, 99), record(5, 98), 0},
                              {"nothing", none, none, 0},
                              {"the first object of a key", none, record(5, 100), 2}};
  for (const Row& row : rows) {
    const ObjectRecord* chosen = record_for(5, 100, row.current, row.next);
    const int which = chosen == nullptr ? 0 : row.current && chosen == &*row.current ? 1 : 2;
    EXPECT_EQ(which, row.chosen) << row.what;
  }
}

}  // namespace
}  // namespace longshore::directory
