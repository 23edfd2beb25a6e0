#include "decorators/measured_session_store.h"

#include <optional>
#include <type_traits>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "decorators/metrics_text_test.h"
#include "tests/fakes/await.h"
#include "tests/fakes/manual_clock.h"
#include "tests/fakes/memory_session_store.h"

namespace longshore {
namespace {

constexpr Millis kLifetime{10'000};

class MeasuredSessionStoreTest : public testing::Test {
 protected:
  static SessionInfo session() {
    SessionInfo info;
    info.upload = UploadId("upload-0001");
    info.part_bytes_max = 100;
    info.parts_max = 10;
    info.parts_in_flight_max = 10;
    return info;
  }
  static BeginPart part(std::int64_t size) {
    return {.chunk = ChunkIndex{0}, .size = size, .attempt = AttemptId("a")};
  }
  std::string errors(const std::string& code) {
    return metric(metrics_, R"(longshore_session_store_errors_total{error_code=")" + code + "\"}");
  }

  const UploadId upload_ = session().upload;
  ManualClock clock_;
  Metrics metrics_;
  MemorySessionStore sessions_{clock_};
  MeasuredSessionStore measured_{sessions_, metrics_};
};

TEST_F(MeasuredSessionStoreTest, APartsWayPassesThrough) {
  EXPECT_TRUE(await(measured_.create(session(), AttemptId{})));
  EXPECT_TRUE(std::holds_alternative<PartBegun>(await(measured_.begin_part(upload_, part(7), kLifetime))));
  EXPECT_TRUE(await(measured_.renew_attempt(upload_, ChunkIndex{0}, AttemptId("a"), kLifetime)));
  const RecordAnswer recorded = await(
      measured_.record_part(upload_, ChunkIndex{0}, AttemptId("a"), Receipt{ETag("e"), 7, std::nullopt}));
  EXPECT_EQ(recorded.result, RecordResult::recorded);
  EXPECT_EQ(recorded.summary.bytes, 7);
  await(measured_.repair(upload_, {{ChunkIndex{0}, ETag("e"), ETag("f")}}));
  await(
      measured_.merge_listed(upload_, {{part_of(ChunkIndex{1}), ETag("g"), 9, std::nullopt}}, clock_.now()));
  const auto ledger = await(measured_.snapshot(upload_));
  ASSERT_TRUE(ledger);
  EXPECT_EQ(ledger->entries.at(ChunkIndex{0}).receipt->etag, ETag("f"));
  EXPECT_EQ(ledger->entries.at(ChunkIndex{1}).receipt->size, 9);
}

TEST_F(MeasuredSessionStoreTest, TheEndOfASessionPassesThrough) {
  await(measured_.create(session(), AttemptId{}));
  await(measured_.begin_part(upload_, part(7), kLifetime));
  await(measured_.drop_attempt(upload_, ChunkIndex{0}, AttemptId("a")));
  const auto closed = await(measured_.close(upload_, AttemptId("c")));
  ASSERT_TRUE(closed);
  EXPECT_FALSE(summarize(*closed).attempts_running);
  EXPECT_EQ(closed->closed_by, AttemptId("c"));
  await(measured_.reopen(upload_, AttemptId("c")));
  EXPECT_EQ(await(measured_.snapshot(upload_))->closed_by, AttemptId());
  await(measured_.end(upload_, Millis{5}));
  EXPECT_FALSE(await(measured_.snapshot(upload_)));
  clock_.advance(Millis{5});
  EXPECT_EQ(await(measured_.forget_ended(10)), 1);
}

/// Ends every call with the same error.
class FailingSessions final : public SessionStore {
 public:
  Reason reason = Reason::state_unavailable;

  Task<bool> create(SessionInfo, AttemptId) override { return fail<bool>(); }
  Task<BeginAnswer> begin_part(UploadId, BeginPart, Millis) override { return fail<BeginAnswer>(); }
  Task<bool> renew_attempt(UploadId, ChunkIndex, AttemptId, Millis) override { return fail<bool>(); }
  Task<void> drop_attempt(UploadId, ChunkIndex, AttemptId) override { return fail<void>(); }
  Task<RecordAnswer> record_part(UploadId, ChunkIndex, AttemptId, Receipt) override {
    return fail<RecordAnswer>();
  }
  Task<std::optional<LedgerSnapshot>> snapshot(UploadId) override {
    return fail<std::optional<LedgerSnapshot>>();
  }
  Task<std::vector<std::optional<LedgerSummary>>> summaries(std::vector<UploadId>) override {
    return fail<std::vector<std::optional<LedgerSummary>>>();
  }
  Task<void> merge_listed(UploadId, std::vector<ListedPart>, Time) override { return fail<void>(); }
  Task<void> repair(UploadId, std::vector<ReceiptRepair>) override { return fail<void>(); }
  Task<std::optional<LedgerSnapshot>> close(UploadId, AttemptId) override {
    return fail<std::optional<LedgerSnapshot>>();
  }
  Task<void> reopen(UploadId, AttemptId) override { return fail<void>(); }
  Task<void> end(UploadId, Millis) override { return fail<void>(); }
  Task<int> forget_ended(int) override { return fail<int>(); }

 private:
  template <class T>
  Task<T> fail() {
    throw Error(reason, "no");
    if constexpr (std::is_void_v<T>)
      co_return;
    else
      co_return T{};
  }
};

void call_all(SessionStore& sessions) {
  const UploadId upload("upload-0001");
  const ChunkIndex chunk{0};
  const AttemptId attempt("a");
  EXPECT_THROW(await(sessions.create({}, AttemptId{})), Error);
  EXPECT_THROW(await(sessions.begin_part(upload, {}, kLifetime)), Error);
  EXPECT_THROW(await(sessions.renew_attempt(upload, chunk, attempt, kLifetime)), Error);
  EXPECT_THROW(await(sessions.drop_attempt(upload, chunk, attempt)), Error);
  EXPECT_THROW(await(sessions.record_part(upload, chunk, attempt, {})), Error);
  EXPECT_THROW(await(sessions.snapshot(upload)), Error);
  EXPECT_THROW(await(sessions.summaries({upload})), Error);
  EXPECT_THROW(await(sessions.merge_listed(upload, {}, Time{})), Error);
  EXPECT_THROW(await(sessions.repair(upload, {})), Error);
  EXPECT_THROW(await(sessions.close(upload, attempt)), Error);
  EXPECT_THROW(await(sessions.reopen(upload, attempt)), Error);
  EXPECT_THROW(await(sessions.end(upload, kLifetime)), Error);
  EXPECT_THROW(await(sessions.forget_ended(1)), Error);
}

TEST_F(MeasuredSessionStoreTest, AFailureOfAnyCallIsCounted) {
  EXPECT_EQ(errors("STATE_UNAVAILABLE"), "0") << "there from the start";
  FailingSessions failing;
  MeasuredSessionStore measured(failing, metrics_);
  call_all(measured);
  EXPECT_EQ(errors("STATE_UNAVAILABLE"), "13");
  failing.reason = Reason::chunk_conflict;  // a rule of the ledger, no error of the store
  call_all(measured);
  EXPECT_EQ(errors("CHUNK_CONFLICT"), "");
  EXPECT_EQ(errors("STATE_UNAVAILABLE"), "13");
}

}  // namespace
}  // namespace longshore
