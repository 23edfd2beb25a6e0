#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "base/units.h"
#include "ports/session_store.h"
#include "tests/fakes/await.h"
#include "tests/fakes/manual_clock.h"

namespace longshore {

/// A session store with all that it stands on; empty when made.
class SessionStoreUnderTest {
 public:
  SessionStoreUnderTest() = default;
  SessionStoreUnderTest(const SessionStoreUnderTest&) = delete;
  SessionStoreUnderTest& operator=(const SessionStoreUnderTest&) = delete;
  virtual ~SessionStoreUnderTest() = default;

  virtual SessionStore& store() = 0;
};

/// One implementation of the port, and how to make one.
struct SessionStoreKind {
  std::string name;
  std::function<std::unique_ptr<SessionStoreUnderTest>(const Clock&)> make;
};

inline void PrintTo(const SessionStoreKind& kind, std::ostream* out) { *out << kind.name; }

constexpr Millis kLifetime{10'000};
constexpr Millis kKept{3'600'000};
constexpr std::int64_t kFull = 8 * MiB;
constexpr std::int64_t kShort = 1 * MiB;

/// What every session store must do. A program includes the session_store_*_suite.h and instantiates the
/// suites.
class SessionStoreSuite : public testing::TestWithParam<SessionStoreKind> {
 protected:
  SessionStore& store() { return under_test_->store(); }

  static SessionInfo sample_info(const std::string& upload = "upload-000000001") {
    SessionInfo info;
    info.upload = UploadId{upload};
    info.drive = DriveName{"default"};
    info.key = ObjectKey{"connectors/cli/" + upload + ".pb"};
    info.store_upload = StoreUploadId{"store-1"};
    info.part_bytes_min = 5 * MiB;
    info.part_bytes_max = 5 * GiB;
    info.parts_max = 10'000;
    info.parts_in_flight_max = 10;
    return info;
  }
  bool is_created(SessionInfo info = sample_info()) {
    return await(store().create(std::move(info), AttemptId{}));
  }
  void create(SessionInfo info = sample_info()) { ASSERT_TRUE(is_created(std::move(info))); }

  static BeginPart part(int chunk, const std::string& attempt, std::int64_t size = kFull) {
    BeginPart request;
    request.chunk = ChunkIndex{chunk};
    request.size = size;
    request.attempt = AttemptId{attempt};
    return request;
  }
  static BeginPart last_part(int chunk, const std::string& attempt, std::int64_t size = kFull) {
    BeginPart request = part(chunk, attempt, size);
    request.last = true;
    return request;
  }
  BeginAnswer begin(BeginPart request, Millis lifetime = kLifetime) {
    return await(store().begin_part(upload_, std::move(request), lifetime));
  }
  /// Did it begin?
  bool begins(BeginPart request, Millis lifetime = kLifetime) {
    return std::holds_alternative<PartBegun>(begin(std::move(request), lifetime));
  }
  /// The reason that a begin is refused with.
  std::optional<Reason> refusal(BeginPart request) {
    try {
      begin(std::move(request));
    } catch (const Error& error) {
      return error.reason();
    }
    return std::nullopt;
  }

  static Receipt receipt(const std::string& etag, std::int64_t size = kFull,
                         std::optional<std::uint32_t> crc32c = std::nullopt) {
    return Receipt{ETag{etag}, size, crc32c};
  }
  RecordAnswer record(int chunk, const std::string& attempt, Receipt what) {
    return await(store().record_part(upload_, ChunkIndex{chunk}, AttemptId{attempt}, std::move(what)));
  }
  RecordResult record_result(int chunk, const std::string& attempt, Receipt what) {
    return record(chunk, attempt, std::move(what)).result;
  }
  bool renew(int chunk, const std::string& attempt) {
    return await(store().renew_attempt(upload_, ChunkIndex{chunk}, AttemptId{attempt}, kLifetime));
  }
  void drop(int chunk, const std::string& attempt) {
    await(store().drop_attempt(upload_, ChunkIndex{chunk}, AttemptId{attempt}));
  }
  /// Begins and records.
  void put(BeginPart request, std::optional<std::uint32_t> crc32c = std::nullopt) {
    ASSERT_TRUE(begins(request));
    const Receipt what = receipt("etag-" + std::to_string(request.chunk.value()), request.size, crc32c);
    ASSERT_EQ(record_result(request.chunk.value(), request.attempt.str(), what), RecordResult::recorded);
  }
  /// A list that was asked for now, or so long ago.
  void merge(std::vector<ListedPart> parts, Millis ago = Millis{0}) {
    await(store().merge_listed(upload_, std::move(parts), clock_.now() - ago));
  }
  static ListedPart listed(int chunk, const std::string& etag, std::int64_t size = kFull,
                           std::optional<std::uint32_t> crc32c = std::nullopt) {
    return ListedPart{part_of(ChunkIndex{chunk}), ETag{etag}, size, crc32c};
  }

  LedgerSnapshot snapshot() {
    auto found = await(store().snapshot(upload_));
    EXPECT_TRUE(found);
    return found.value_or(LedgerSnapshot{});
  }
  /// The receipt of a chunk.
  std::optional<Receipt> stored(int chunk) {
    const LedgerSnapshot ledger = snapshot();
    const auto found = ledger.entries.find(ChunkIndex{chunk});
    return found == ledger.entries.end() ? std::nullopt : found->second.receipt;
  }
  /// The attempt at a chunk, if it is alive.
  std::optional<Attempt> running(int chunk) {
    const LedgerSnapshot ledger = snapshot();
    const auto found = ledger.entries.find(ChunkIndex{chunk});
    if (found == ledger.entries.end() || !found->second.attempt) return std::nullopt;
    if (found->second.attempt->until <= clock_.now()) return std::nullopt;
    return found->second.attempt;
  }

  ManualClock clock_;
  std::unique_ptr<SessionStoreUnderTest> under_test_ = GetParam().make(clock_);
  UploadId upload_ = sample_info().upload;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SessionStoreSuite);

}  // namespace longshore
