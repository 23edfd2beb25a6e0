#include "decorators/measured_object_store.h"

#include <system_error>

#include <gtest/gtest.h>

#include "decorators/metrics_text_test.h"
#include "tests/fakes/await.h"
#include "tests/fakes/manual_clock.h"

namespace longshore {
namespace {

class NoBody final : public BodySource {
 public:
  [[nodiscard]] std::optional<std::int64_t> length() const override { return 0; }
  Task<ByteView> next() override { co_return ByteView{}; }
};

/// Takes two seconds for each part, or throws.
class SlowStore final : public ObjectStore {
 public:
  explicit SlowStore(ManualClock& clock) : clock_(clock) {}

  std::function<void()> fail;

  Task<StoreUploadId> create_upload(CreateUpload) override { co_return StoreUploadId("u"); }
  Task<StoredPart> put_part(PutPart, BodySource&) override {
    if (fail) fail();
    clock_.advance(Millis{2000});
    co_return StoredPart{ETag("e")};
  }
  Task<StoredObject> complete_upload(CompleteUpload) override { co_return StoredObject{.size = 7}; }
  Task<void> abort_upload(ObjectKey, StoreUploadId) override { co_return; }
  Task<std::vector<ListedPart>> list_parts(ObjectKey, StoreUploadId) override {
    co_return std::vector<ListedPart>(2);
  }
  Task<std::vector<StoreUploadId>> list_uploads(ObjectKey) override {
    co_return std::vector<StoreUploadId>(3);
  }
  Task<StoredObject> put_object(PutObject request, BodySource&) override {
    co_return StoredObject{.size = request.size};
  }
  Task<std::optional<ObjectInfo>> head(ObjectKey) override { co_return std::nullopt; }
  Task<std::unique_ptr<BodySource>> get(ObjectKey, std::string, std::optional<ByteRange>) override {
    co_return nullptr;
  }
  Task<void> delete_object(ObjectKey) override { co_return; }
  [[nodiscard]] Capabilities capabilities() const override { return {.complete_twice_harmless = true}; }

 private:
  ManualClock& clock_;
};

class MeasuredObjectStoreTest : public testing::Test {
 protected:
  StoredPart put(std::int64_t size) { return await(measured_.put_part({.size = size}, body_)); }

  ManualClock clock_;
  Metrics metrics_;
  SlowStore store_{clock_};
  MeasuredObjectStore measured_{store_, "default", metrics_, clock_};
  NoBody body_;
};

TEST_F(MeasuredObjectStoreTest, PartsThatWereStored) {
  EXPECT_EQ(put(1000).etag, ETag("e"));
  put(3000);
  EXPECT_EQ(metric(metrics_, R"(longshore_part_upload_success_total{bucket="default"})"), "2");
  EXPECT_EQ(metric(metrics_, R"(longshore_part_upload_size_bytes_sum{bucket="default"})"), "4000");
  EXPECT_EQ(metric(metrics_, R"(longshore_part_upload_duration_seconds_sum{bucket="default"})"), "4");
}

TEST_F(MeasuredObjectStoreTest, WhatIsKnownBeforehandIsThereFromTheStart) {
  EXPECT_EQ(metric(metrics_, R"(longshore_part_upload_success_total{bucket="default"})"), "0");
  for (const char* code : {"STORE_UNAVAILABLE", "ENOSPC", "EDQUOT", "EIO", "EROFS", "CANCELLED"}) {
    EXPECT_EQ(
        metric(metrics_, std::string(R"(longshore_part_upload_errors_total{bucket="default",error_code=")") +
                             code + "\"}"),
        "0");
  }
}

TEST_F(MeasuredObjectStoreTest, ErrorsByCode) {
  store_.fail = [] { throw Error(Reason::store_refused, "no", {.store_code = "AccessDenied"}); };
  EXPECT_THROW(put(1), Error);
  store_.fail = [] { throw Error(Reason::digest_mismatch, "no"); };
  EXPECT_THROW(put(1), Error);
  store_.fail = [] { throw std::system_error(std::make_error_code(std::errc::operation_canceled)); };
  EXPECT_THROW(put(1), std::system_error);
  for (const char* code : {"AccessDenied", "DIGEST_MISMATCH", "CANCELLED"}) {
    EXPECT_EQ(
        metric(metrics_, std::string(R"(longshore_part_upload_errors_total{bucket="default",error_code=")") +
                             code + "\"}"),
        "1");
  }
  EXPECT_EQ(metric(metrics_, R"(longshore_part_upload_success_total{bucket="default"})"), "0");
}

TEST_F(MeasuredObjectStoreTest, WordsThatNoStoreIsKnownForShareOneSeries) {
  for (int i = 0; i < 3; ++i) {
    store_.fail = [i] {
      throw Error(Reason::store_refused, "no", {.store_code = "Code" + std::to_string(i)});
    };
    EXPECT_THROW(put(1), Error);
  }
  EXPECT_EQ(metric(metrics_, R"(longshore_part_upload_errors_total{bucket="default",error_code="other"})"),
            "3");
  EXPECT_EQ(metrics_.exposition().find("Code1"), std::string::npos);
}

TEST_F(MeasuredObjectStoreTest, AllElsePassesThrough) {
  EXPECT_EQ(await(measured_.create_upload({})), StoreUploadId("u"));
  EXPECT_EQ(await(measured_.complete_upload({})).size, 7);
  EXPECT_EQ(await(measured_.list_parts({}, {})).size(), 2U);
  EXPECT_EQ(await(measured_.list_uploads({})).size(), 3U);
  EXPECT_EQ(await(measured_.put_object({.size = 9}, body_)).size, 9);
  EXPECT_TRUE(measured_.capabilities().complete_twice_harmless);
}

}  // namespace
}  // namespace longshore
