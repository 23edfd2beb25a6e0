#include "tests/fakes/resending_store.h"

#include <deque>

#include <gtest/gtest.h>

#include "tests/fakes/await.h"
#include "tests/fakes/fake_object_store.h"
#include "tests/fakes/manual_clock.h"
#include "tests/fakes/scripted_body.h"

namespace longshore::fakes {
namespace {

class NoTimers final : public Timers {
 public:
  Task<void> sleep_for(Millis duration) override {
    slept += duration;
    co_return;
  }
  Millis slept{0};
};

class ResendingStoreTest : public testing::Test {
 protected:
  ResendingStoreTest() {
    store_.hooks().pause = [this](const char* point) -> Task<void> { return stop_at(point); };
  }
  Task<void> stop_at(std::string point) {
    if (failures_.empty() || point != failures_.front().point) co_return;
    const Failure failure = failures_.front();
    failures_.pop_front();
    throw failure.error;
  }
  /// The next call that comes to this point breaks off there.
  void fail_at(std::string point, Outcome outcome) {
    failures_.push_back({std::move(point), Error(Reason::store_unavailable, "scripted", {}, outcome)});
  }
  StoreUploadId create() { return await(resending_.create_upload({.key = key_})); }
  StoredPart put(const StoreUploadId& upload, ScriptedBody& body) {
    return await(resending_.put_part(
        {.key = key_, .upload = upload, .number = PartNumber{1}, .size = *body.length()}, body));
  }

  struct Failure {
    std::string point;
    Error error;
  };
  const ObjectKey key_{"k"};
  ManualClock clock_;
  NoTimers timers_;
  FakeObjectStore store_{clock_};
  ResendingStore resending_{store_, timers_};
  std::deque<Failure> failures_;
};

TEST_F(ResendingStoreTest, APartThatMayHaveBeenStoredIsSentAgain) {
  const StoreUploadId upload = create();
  fail_at("put_part.answer", Outcome::unknown);
  fail_at("put_part.piece", Outcome::retry);
  ScriptedBody body("abcd", 2);
  put(upload, body.hold());
  EXPECT_EQ(store_.part(upload, PartNumber{1})->bytes, "abcd");
  EXPECT_EQ(store_.uploads().at(upload).puts_begun.at(PartNumber{1}), 3);
  EXPECT_EQ(timers_.slept, Millis{600});
}

TEST_F(ResendingStoreTest, WhatIsGoneOrRefusedIsNotSentAgain) {
  const StoreUploadId upload = create();
  fail_at("put_part.piece", Outcome::retry);
  ScriptedBody gone("abcd", 2);
  EXPECT_THROW(put(upload, gone), Error);
  fail_at("put_part.begin", Outcome::refused);
  ScriptedBody held("abcd");
  EXPECT_THROW(put(upload, held.hold()), Error);
  EXPECT_EQ(timers_.slept, Millis{0});
  EXPECT_EQ(store_.part(upload, PartNumber{1}), nullptr);
}

TEST_F(ResendingStoreTest, ItGivesUp) {
  for (int i = 0; i <= ResendingStore::kRetries; ++i) fail_at("create_upload.begin", Outcome::retry);
  EXPECT_THROW(create(), Error);
  EXPECT_TRUE(failures_.empty());
}

TEST_F(ResendingStoreTest, NeverTwoCreatesNorTwoCompletionsAtOnce) {
  fail_at("create_upload.answer", Outcome::unknown);
  EXPECT_THROW(create(), Error);
  EXPECT_EQ(store_.uploads().size(), 1U);

  const StoreUploadId upload = store_.uploads().begin()->first;
  ScriptedBody body("ab");
  const ETag etag = put(upload, body).etag;
  const CompleteUpload request{
      .key = key_, .upload = upload, .parts = {{.number = PartNumber{1}, .etag = etag, .size = 2}}};
  fail_at("complete_upload.effect", Outcome::unknown);
  EXPECT_THROW(await(resending_.complete_upload(request)), Error) << "it may be under way still";
  fail_at("complete_upload.effect", Outcome::retry);
  EXPECT_THROW(await(resending_.complete_upload(request)), Error) << "its caller knows better";
  EXPECT_TRUE(failures_.empty());
}

TEST_F(ResendingStoreTest, WhatMayHaveBeenDoneStaysInDoubt) {
  const StoreUploadId upload = create();
  fail_at("put_part.answer", Outcome::unknown);
  fail_at("put_part.begin", Outcome::refused);
  ScriptedBody body("abcd", 2);
  try {
    put(upload, body.hold());
    ADD_FAILURE() << "it should fail";
  } catch (const Error& error) {
    EXPECT_EQ(error.outcome(), Outcome::unknown);
  }
}

}  // namespace
}  // namespace longshore::fakes
