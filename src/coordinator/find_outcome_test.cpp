// What a store answers to a completion, and what it means: each case has happened to somebody.
#include <gtest/gtest.h>

#include "coordinator/fixture_test.h"

namespace longshore {
namespace {

class FindOutcomeTest : public CoordinatorTest {
 protected:
  FindOutcomeTest() {
    upload_ = open();
    put(upload_, 0, "aaaaa");
    put(upload_, 1, "bbbbb");
    put(upload_, 2, "cc");
  }
  void answers(ScriptedStore::Turn turn) { scripted_.next("complete_upload", std::move(turn)); }
  [[nodiscard]] int sent() const { return scripted_.calls("complete_upload"); }
  [[nodiscard]] OperationState state() const { return row(upload_).state; }
  std::string complete_reason() {
    return reason_of([&] { complete(upload_); });
  }
  void expect_completed_once() {
    EXPECT_EQ(state(), OperationState::completed);
    EXPECT_EQ(read(node_of(upload_)), "aaaaabbbbbcc");
    EXPECT_EQ(events(node_of(upload_)),
              (Names{"uploads.initiated", "uploads.completed", "documents.created"}));
    EXPECT_EQ(scripted_.calls("abort_upload"), 0);
  }
  void expect_failed(const std::string& code) {
    EXPECT_EQ(state(), OperationState::failed);
    EXPECT_EQ(row(upload_).error_code, code);
    EXPECT_EQ(events(node_of(upload_)).back(), "uploads.failed " + code);
    EXPECT_TRUE(node(node_of(upload_)).current.empty()) << "never what a node points to";
  }
  /// Somebody else's object at our key.
  void put_foreign_object() {
    ClientBody body{"somebody else's"};
    PutObject request{.key = row(upload_).key, .size = *body.length()};
    request.headers.user_metadata[kUploadTokenMetadata] = "another token";
    stepper_.run(store_.put_object(request, body));
  }

  UploadId upload_;
};

TEST_F(FindOutcomeTest, ALostAnswerOfNothingIsSentAgainOnce) {
  answers({.refuse = lost_answer()});
  EXPECT_EQ(complete(upload_).state, OperationState::completed);
  EXPECT_EQ(sent(), 2);
  expect_completed_once();
}

// Also inside of a 200. It is the end of the store's work on it, so none runs beside the next one.
TEST_F(FindOutcomeTest, AnErrorOfTheStoresOwnIsSentAgainAlsoWhereADoubleHarms) {
  scripted_.capabilities_.complete_twice_harmless = false;
  answers({.refuse = internal_error()});
  EXPECT_EQ(complete(upload_).state, OperationState::completed);
  EXPECT_EQ(sent(), 2);
  expect_completed_once();
}

TEST_F(FindOutcomeTest, AnErrorOfTheStoresOwnAlthoughItWentThrough) {
  answers({.lose = internal_error()});
  EXPECT_EQ(complete(upload_).state, OperationState::completed);
  EXPECT_EQ(sent(), 1) << "HEAD shows our token";
  expect_completed_once();
}

TEST_F(FindOutcomeTest, AStoreThatStaysInErrorLeavesItOpen) {
  for (int i = 0; i < 3; ++i) answers({.refuse = internal_error()});
  EXPECT_EQ(complete_reason(), "STORE_UNAVAILABLE");
  EXPECT_EQ(state(), OperationState::open);
  complete(upload_);
  expect_completed_once();
}

TEST_F(FindOutcomeTest, ARefusalLeavesItOpenAndNothingIsAborted) {
  answers({.refuse = access_denied()});
  EXPECT_EQ(complete_reason(), "STORE_REFUSED");
  EXPECT_EQ(details_.store_code, "AccessDenied");
  EXPECT_EQ(state(), OperationState::open);
  EXPECT_TRUE(sessions_.sessions().at(upload_).closed_by.empty());
  EXPECT_EQ(events(node_of(upload_)), Names{"uploads.initiated"});
  EXPECT_EQ(scripted_.calls("abort_upload"), 0);
  EXPECT_TRUE(put(upload_, 2, "cc").state == OperationState::open) << "parts go on";
  complete(upload_);
  expect_completed_once();
}

TEST_F(FindOutcomeTest, AnAnswerThatTakesMinutesIsAwaited) {
  answers({.after = 3min});
  EXPECT_EQ(complete(upload_).state, OperationState::completed);
  EXPECT_EQ(sent(), 1);
  expect_completed_once();
}

TEST_F(FindOutcomeTest, ALostAnswerIsFoundByOurToken) {
  answers({.lose = lost_answer()});
  EXPECT_EQ(complete(upload_).state, OperationState::completed);
  EXPECT_EQ(sent(), 1);
  EXPECT_EQ(row(upload_).result->crc32c, crc32c_of("aaaaabbbbbcc"));
  expect_completed_once();
}

TEST_F(FindOutcomeTest, ALostAnswerAndAnObjectThatIsNotOurs) {
  answers({.refuse = lost_answer(), .then = {}});
  put_foreign_object();
  store_.drop_upload(*row(upload_).store_upload);
  EXPECT_EQ(complete_reason(), "STORE_REFUSED");
  expect_failed("STORE_REFUSED");
}

TEST_F(FindOutcomeTest, ALostAnswerAndNoObjectAtAll) {
  answers({.refuse = no_such_upload()});
  store_.drop_upload(*row(upload_).store_upload);
  EXPECT_EQ(complete_reason(), "STORE_REFUSED");
  expect_failed("STORE_REFUSED");
  expect_nothing_left_over();
}

TEST_F(FindOutcomeTest, AnObjectWithoutReadableMetadataIsOursBySize) {
  store_.profile().head_shows_metadata = false;  // SSE-C without its key
  answers({.lose = lost_answer()});
  EXPECT_EQ(complete(upload_).state, OperationState::completed);
  expect_completed_once();
}

TEST_F(FindOutcomeTest, AnObjectWithoutReadableMetadataIsOursAlsoWhereNothingElseIsLeft) {
  store_.profile().head_shows_metadata = false;
  answers({.lose = lost_answer()});
  scripted_.refuse_next("head", slow_down());
  EXPECT_EQ(complete(upload_).state, OperationState::completing);
  sessions_.lose_everything();  // neither parts nor their sum are known any more
  clock_.advance(21s);
  EXPECT_EQ(complete(upload_).state, OperationState::completed);
  expect_completed_once();
}

TEST_F(FindOutcomeTest, AnObjectWithoutReadableMetadataOfAnotherSizeIsNot) {
  answers({.refuse = lost_answer()});
  put_foreign_object();
  store_.profile().head_shows_metadata = false;
  store_.drop_upload(*row(upload_).store_upload);
  EXPECT_EQ(complete_reason(), "STORE_REFUSED");
  expect_failed("STORE_REFUSED");
}

TEST_F(FindOutcomeTest, InvalidPartAlthoughItWentThrough) {
  answers({.lose = invalid_part()});
  EXPECT_EQ(complete(upload_).state, OperationState::completed);
  EXPECT_EQ(sent(), 1) << "HEAD shows our token";
  expect_completed_once();
}

TEST_F(FindOutcomeTest, NoSuchUploadAlthoughItWentThrough) {
  answers({.lose = no_such_upload()});
  EXPECT_EQ(complete(upload_).state, OperationState::completed);
  expect_completed_once();
}

TEST_F(FindOutcomeTest, ARefusalAlthoughItWentThrough) {
  answers({.lose = access_denied()});
  EXPECT_EQ(complete(upload_).state, OperationState::completed);
  expect_completed_once();
}

TEST_F(FindOutcomeTest, InvalidPartForAMoment) {
  answers({.refuse = invalid_part()});
  answers({.refuse = invalid_part()});
  EXPECT_EQ(complete(upload_).state, OperationState::completed);
  EXPECT_EQ(sent(), 3) << "the same list";
  EXPECT_EQ(scripted_.last_completion.parts.size(), 3U);
  expect_completed_once();
}

TEST_F(FindOutcomeTest, InvalidPartOfAStoreThatTakesItsTime) {
  store_.profile().fresh_part_is_invalid_for = 1500ms;
  put(upload_, 2, "dd");
  EXPECT_EQ(complete(upload_).state, OperationState::completed);
  EXPECT_EQ(read(node_of(upload_)), "aaaaabbbbbdd");
}

TEST_F(FindOutcomeTest, InvalidPartThatIsTrueNamesThePart) {
  store_.lose_part(*row(upload_).store_upload, PartNumber{2});
  const CompleteAnswer answer = complete(upload_);
  EXPECT_EQ(answer.state, OperationState::open);
  EXPECT_EQ(ranges(answer.missing), "1-1");
  EXPECT_EQ(state(), OperationState::open);
  EXPECT_EQ(sent(), 3);
  put(upload_, 1, "bbbbb");
  complete(upload_);
  expect_completed_once();
}

/// Another try's bytes at the store, behind the receipt's back.
class OverwrittenPart : public FindOutcomeTest {
 protected:
  void overwrite(const std::string& bytes) {
    store_.profile().etags = fakes::StoreProfile::ETags::of_try;
    ClientBody body{bytes};
    stepper_.run(store_.put_part({.key = row(upload_).key,
                                  .upload = *row(upload_).store_upload,
                                  .number = PartNumber{2},
                                  .size = *body.length()},
                                 body));
  }
};

TEST_F(OverwrittenPart, ByTheSameBytesTheListedETagIsTaken) {
  overwrite("bbbbb");
  EXPECT_EQ(complete(upload_).state, OperationState::completed);
  expect_completed_once();
}

TEST_F(OverwrittenPart, ByOtherBytesItIsMissingAndNamed) {
  overwrite("BBBBB");
  const CompleteAnswer answer = complete(upload_);
  EXPECT_EQ(answer.state, OperationState::open);
  EXPECT_EQ(ranges(answer.missing), "1-1");
  put(upload_, 1, "bbbbb");
  complete(upload_);
  expect_completed_once();
}

TEST_F(OverwrittenPart, ByBytesOfAnUnknownChecksumItIsMissingAndNamed) {
  store_.profile().lists_checksums = false;
  status(upload_);  // the last merge of ListParts; the next one may come between the sends
  clock_.advance(9s);
  overwrite("BBBBB");
  EXPECT_EQ(ranges(complete(upload_).missing), "1-1");
}

TEST_F(FindOutcomeTest, InvalidPartThatNothingExplainsIsARefusal) {
  for (int i = 0; i < 3; ++i) answers({.refuse = invalid_part()});
  EXPECT_EQ(complete_reason(), "STORE_REFUSED");
  EXPECT_EQ(details_.store_code, "InvalidPart");
  EXPECT_EQ(state(), OperationState::open);
  complete(upload_);
  expect_completed_once();
}

TEST_F(FindOutcomeTest, ABusyStoreIsAskedAgain) {
  answers({.refuse = store_error(Outcome::retry, "OperationAborted")});
  EXPECT_EQ(complete(upload_).state, OperationState::completed);
  EXPECT_EQ(sent(), 2);
  expect_completed_once();
}

TEST_F(FindOutcomeTest, ABusyStoreIsAskedAgainAlsoWhereADoubleHarms) {
  scripted_.capabilities_.complete_twice_harmless = false;
  answers({.refuse = slow_down()});
  EXPECT_EQ(complete(upload_).state, OperationState::completed) << "surely not done the first time";
  expect_completed_once();
}

TEST_F(FindOutcomeTest, AStoreThatStaysBusyLeavesItOpen) {
  for (int i = 0; i < 3; ++i) answers({.refuse = slow_down()});
  EXPECT_EQ(complete_reason(), "STORE_UNAVAILABLE");
  EXPECT_EQ(state(), OperationState::open);
  complete(upload_);
  expect_completed_once();
}

TEST_F(FindOutcomeTest, ABusyStoreIsGivenTheTimeItAsksFor) {
  answers({.refuse = slow_down(30s)});
  const Time asked_at = clock_.now();
  EXPECT_EQ(complete(upload_).state, OperationState::completed);
  EXPECT_GE(clock_.now(), asked_at + 30s);
  expect_completed_once();
}

TEST_F(FindOutcomeTest, AStoreThatAsksForMoreTimeThanARequestHasLeavesItOpen) {
  answers({.refuse = slow_down(5min)});
  EXPECT_EQ(complete_reason(), "STORE_UNAVAILABLE");
  EXPECT_EQ(details_.retry_after, 5min);
  EXPECT_EQ(sent(), 1);
  EXPECT_EQ(state(), OperationState::open);
}

TEST_F(FindOutcomeTest, ALostAnswerThatNamesALongPauseHoldsNobody) {
  answers({.refuse = Error{
               Reason::store_unavailable, "a proxy is being mended", {.retry_after = 3h}, Outcome::unknown}});
  const Time before = clock_.now();
  EXPECT_EQ(complete(upload_).state, OperationState::completing);
  EXPECT_LT(clock_.now() - before, 5min) << "a pause of three hours is not slept out under a lease";
  EXPECT_EQ(sent(), 1);
  live(2h);
  EXPECT_EQ(sent(), 2);
  expect_completed_once();
}

TEST_F(FindOutcomeTest, WhereADoubleHarmsALostAnswerIsWaitedFor) {
  scripted_.capabilities_.complete_twice_harmless = false;
  answers({.refuse = lost_answer()});
  EXPECT_EQ(complete(upload_).state, OperationState::completing) << "it may still be under way";
  EXPECT_EQ(sent(), 1);
  EXPECT_EQ(reason_of([&] { cancel(upload_); }), "UPLOAD_COMPLETING");
  live(32min);
  EXPECT_EQ(sent(), 2);
  expect_completed_once();
}

TEST_F(FindOutcomeTest, AnotherChecksumThanOursIsAnIntegrityError) {
  scripted_.completed = [](StoredObject& object) { object.crc32c = 1; };
  EXPECT_EQ(complete_reason(), "INTEGRITY");
  expect_failed("INTEGRITY");
  expect_nothing_left_over();
  EXPECT_EQ(objects_at_store(), 0U);
}

TEST_F(FindOutcomeTest, AnObjectThatTheAdapterKnowsToBeWrongIsNotLookedAtAgain) {
  answers({.lose = Error{Reason::integrity,
                         "the checksum of the parts is not ours",
                         {.store_code = "BadDigest"},
                         Outcome::unknown}});
  EXPECT_EQ(complete_reason(), "INTEGRITY");
  expect_failed("INTEGRITY");
  expect_nothing_left_over();
  EXPECT_EQ(objects_at_store(), 0U);
}

TEST_F(FindOutcomeTest, ADigestThatTheStoreContradictsIsAnIntegrityError) {
  answers({.refuse = Error{Reason::integrity, "not ours", {.store_code = "BadDigest"}, Outcome::refused}});
  EXPECT_EQ(complete_reason(), "INTEGRITY");
  expect_failed("INTEGRITY");
  EXPECT_EQ(sent(), 1);
  expect_nothing_left_over();
}

TEST_F(FindOutcomeTest, AnotherSizeThanOursIsAnIntegrityError) {
  scripted_.completed = [](StoredObject& object) { object.size += 1; };
  EXPECT_EQ(complete_reason(), "INTEGRITY");
  expect_failed("INTEGRITY");
}

TEST_F(FindOutcomeTest, AStoreWithoutChecksumsTakesOurs) {
  scripted_.completed = [](StoredObject& object) { object.crc32c.reset(); };
  EXPECT_EQ(complete(upload_).object.crc32c, crc32c_of("aaaaabbbbbcc"));
}

TEST_F(FindOutcomeTest, AnUploadThatTheStoreDroppedFailsAtTheNextList) {
  store_.drop_upload(*row(upload_).store_upload);
  EXPECT_EQ(complete_reason(), "STORE_REFUSED");
  expect_failed("STORE_REFUSED");
}

TEST_F(FindOutcomeTest, AStoreThatCannotBeAskedLeavesTheOutcomeOpen) {
  answers({.lose = lost_answer()});
  scripted_.refuse_next("head", slow_down());
  EXPECT_EQ(complete(upload_).state, OperationState::completing);
  clock_.advance(21s);
  EXPECT_EQ(complete(upload_).state, OperationState::completed);
  EXPECT_EQ(sent(), 1);
  expect_completed_once();
}

TEST_F(FindOutcomeTest, TheChecksumsOfPartsAndWholeGoAlong) {
  complete(upload_);
  const CompleteUpload& request = scripted_.last_completion;
  EXPECT_EQ(request.crc32c, crc32c_of("aaaaabbbbbcc"));
  ASSERT_EQ(request.parts.size(), 3U);
  EXPECT_EQ(request.parts[1].number, PartNumber{2});
  EXPECT_EQ(request.parts[1].size, 5);
  EXPECT_EQ(request.parts[1].crc32c, crc32c_of("bbbbb"));
}

TEST_F(FindOutcomeTest, TheEmptyObjectsLostAnswer) {
  const UploadId empty = open("empty");
  scripted_.lose_next("put_object", lost_answer());
  EXPECT_EQ(complete(empty, 0).state, OperationState::completed);
  const UploadId refused = open("refused");
  scripted_.refuse_next("put_object", access_denied());
  EXPECT_EQ(reason_of([&] { complete(refused, 0); }), "STORE_REFUSED");
  EXPECT_EQ(row(refused).state, OperationState::open);
  // A second PutObject that lands late would be another version: it is waited for, whatever the store.
  scripted_.refuse_next("put_object", lost_answer());
  EXPECT_EQ(complete(refused, 0).state, OperationState::completing);
  live(32min);
  EXPECT_EQ(complete(refused, 0).state, OperationState::completed);
  expect_nothing_left_over();
}

TEST_F(FindOutcomeTest, GoneIsGoneAlsoWhereTheStoreListsNoPartsOfIt) {
  store_.profile().lists_parts_of_unknown = true;
  const UploadId upload = open("other");
  put(upload, 0, "aaaaa");
  store_.drop_upload(*row(upload).store_upload);
  EXPECT_EQ(reason_of([&] { complete(upload, 1); }), "STORE_REFUSED");
  EXPECT_EQ(row(upload).state, OperationState::failed);
  EXPECT_EQ(scripted_.calls("complete_upload"), 1);
}

// A store that never answers is waited for as long as one that is alive could take.
TEST_F(FindOutcomeTest, AnAnswerThatNeverComes) {
  answers(ScriptedStore::Turn{.after = 24h});
  auto waiting = start_complete(upload_);
  stepper_.advance(14min);
  EXPECT_FALSE(waiting.done());
  stepper_.advance(2min);
  ASSERT_TRUE(waiting.done());
  live(30min);
  EXPECT_EQ(state(), OperationState::completed);
  EXPECT_EQ(sent(), 2);
}

TEST_F(FindOutcomeTest, AStoreThatIsThisProcessTakesItsTime) {
  scripted_.capabilities_.in_process = true;
  answers(ScriptedStore::Turn{.after = 2h});
  auto waiting = start_complete(upload_);
  live(119min);
  EXPECT_FALSE(waiting.done());
  EXPECT_EQ(stepper_.finish(waiting).state, OperationState::completed);
  EXPECT_EQ(sent(), 1);
}

// The store's clean-up takes longer than a lease's renewal: that hides nothing of why it failed.
TEST_F(FindOutcomeTest, AFailureIsToldHoweverLongTheCleanUpTakes) {
  scripted_.completed = [](StoredObject& object) { object.size = 1; };
  scripted_.next("abort_upload", ScriptedStore::Turn{.after = 1min});
  EXPECT_EQ(reason_of([&] { complete(upload_); }), "INTEGRITY");
  EXPECT_EQ(state(), OperationState::failed);
}

}  // namespace
}  // namespace longshore
