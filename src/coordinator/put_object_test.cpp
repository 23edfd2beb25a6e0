// Whole objects: one PutObject or parts on the way; nothing stays of what was wrong.
#include <gtest/gtest.h>

#include "base/hash.h"
#include "coordinator/fixture_test.h"

namespace longshore {
namespace {

class PutObjectTest : public CoordinatorTest {
 protected:
  PutWholeRequest whole(const std::string& name = "file") { return {.initiate = request(name)}; }
  std::string reason(PutWholeRequest with, ClientBody& body) {
    return reason_of([&] { put_object(std::move(with), body); });
  }
  Stepper::Running<PutWholeAnswer> start(ClientBody& body, const std::string& name = "file") {
    return stepper_.start(coordinator_->put_object({.request_id = "request"}, whole(name), body));
  }
};

/// Of every length around the boundaries of parts, known beforehand or not.
TEST_F(PutObjectTest, OfAnyLength) {
  for (const bool known : {true, false})
    for (const std::size_t size : {0, 1, 4, 7, 8, 9, 12, 13, 16, 20, 21, 40, 41, 63, 64, 65, 80}) {
      const std::string name = "file" + std::to_string(size) + (known ? "k" : "u");
      const std::string text = std::string(size / 2, 'a') + std::string(size - size / 2, 'b');
      const PutWholeAnswer answer = put_object(name, text, known);
      EXPECT_TRUE(answer.created) << name;
      EXPECT_EQ(answer.operation.state, OperationState::completed) << name;
      EXPECT_EQ(answer.node.state, NodeState::active) << name;
      EXPECT_EQ(read(answer.node.id), text) << name;
      EXPECT_EQ(answer.node.object.size, static_cast<std::int64_t>(size)) << name;
      EXPECT_EQ(answer.node.object.crc32c, crc32c_of(text)) << name;
      EXPECT_EQ(answer.node.object.sha256_base64, sha256_to_base64(sha256(text))) << name;
      EXPECT_EQ(events(answer.node.id),
                (Names{"uploads.initiated", "uploads.completed", "documents.created"}))
          << name;
      EXPECT_EQ(buffers_.in_use_bytes(), 0) << name;
    }
  expect_nothing_left_over();
  EXPECT_EQ(scripted_.calls("get"), 34) << "the test's own: nothing was read back";
}

TEST_F(PutObjectTest, BelowTheThresholdItIsOnePutObject) {
  put_object("small", std::string(12, 'a'));
  EXPECT_EQ(scripted_.calls("put_object"), 1);
  EXPECT_EQ(scripted_.calls("create_upload"), 0);
  put_object("large", std::string(13, 'a'));
  EXPECT_EQ(scripted_.calls("create_upload"), 1);
  put_object("unknown", "abc", false);
  EXPECT_EQ(scripted_.calls("create_upload"), 2) << "who knows how long it gets";
}

TEST_F(PutObjectTest, AgainIsAnUpdate) {
  const PutWholeAnswer first = put_object("file", "one");
  const PutWholeAnswer second = put_object("file", "two");
  EXPECT_FALSE(second.created);
  EXPECT_EQ(second.node.id, first.node.id);
  EXPECT_EQ(second.operation.id.str(), first.operation.id.str() + ".2");
  EXPECT_EQ(read(first.node.id), "two");
  EXPECT_EQ(events(first.node.id).back(), "documents.updated");
  live(2h);
  EXPECT_EQ(objects_at_store(), 1U);
}

TEST_F(PutObjectTest, FailIfExists) {
  PutWholeRequest exclusive = whole();
  exclusive.initiate.fail_if_exists = true;
  ClientBody body{"one"};
  EXPECT_EQ(reason(exclusive, body), "");
  ClientBody second{"two"};
  EXPECT_EQ(reason(exclusive, second), "ALREADY_EXISTS");
  EXPECT_EQ(second.given(), 0U);
  EXPECT_EQ(read(node_named("file").id), "one");
}

TEST_F(PutObjectTest, WhatIsWrongAtTheEndLeavesNothing) {
  struct Case {
    const char* name;
    std::size_t size;
    bool known;
  };
  for (const Case& c : {Case{"at once", 10, true}, Case{"in parts", 50, true}, Case{"unknown", 50, false},
                        Case{"exactly parts", 16, false}}) {
    const std::string text(c.size, 'x');
    PutWholeRequest wrong_crc = whole(c.name);
    wrong_crc.crc32c = crc32c_of(text) + 1;
    ClientBody first{text, c.known};
    EXPECT_EQ(reason(wrong_crc, first), "DIGEST_MISMATCH") << c.name;

    PutWholeRequest wrong_sha = whole(c.name);
    wrong_sha.sha256 = sha256("something else");
    ClientBody second{text, c.known};
    EXPECT_EQ(reason(wrong_sha, second), "DIGEST_MISMATCH") << c.name;

    PutWholeRequest wrong_expectation = whole(c.name);
    wrong_expectation.initiate.expected.sha256_base64 = sha256_to_base64(sha256("something else"));
    ClientBody third{text, c.known};
    EXPECT_EQ(reason(wrong_expectation, third), "DIGEST_MISMATCH") << c.name;

    PutWholeRequest cut = whole(c.name);
    ClientBody fourth{text, c.known};
    fourth.break_at_end(Error{Reason::body_cut_off, "gone"});
    EXPECT_EQ(reason(cut, fourth), "BODY_CUT_OFF") << c.name;

    const Node& node = node_named(c.name);
    EXPECT_TRUE(node.current.empty()) << c.name;
    EXPECT_TRUE(node.open_operation.empty()) << c.name << ": the next try is not refused";
    EXPECT_EQ(buffers_.in_use_bytes(), 0) << c.name;
    EXPECT_EQ(objects_at_store(), 0U) << c.name;
    EXPECT_EQ(uploads_at_store(), 0U) << c.name;
  }
  expect_nothing_left_over();
}

TEST_F(PutObjectTest, TheRightDigestsPass) {
  for (const std::size_t size : {10, 50}) {
    const std::string text(size, 'x');
    PutWholeRequest with = whole("file" + std::to_string(size));
    with.crc32c = crc32c_of(text);
    with.sha256 = sha256(text);
    with.initiate.expected.crc32c = crc32c_of(text);
    with.initiate.expected.sha256_base64 = sha256_to_base64(sha256(text));
    with.initiate.expected.size = static_cast<std::int64_t>(size);
    ClientBody body{text};
    EXPECT_EQ(reason(with, body), "");
  }
}

TEST_F(PutObjectTest, ExpectedSizeIsTheBodysLength) {
  PutWholeRequest with = whole();
  with.initiate.expected.size = 3;
  ClientBody body{"four"};
  EXPECT_EQ(reason(with, body), "INVALID_REQUEST");
  EXPECT_EQ(details_.field, "expected_size");
  with.initiate.expected.size = 50;
  ClientBody unknown{std::string(49, 'x'), false};
  EXPECT_EQ(reason(with, unknown), "SIZE_MISMATCH");
  EXPECT_EQ(objects_at_store() + uploads_at_store(), 0U);
}

TEST_F(PutObjectTest, ABodyOfUnknownLengthHasABound) {
  EXPECT_NO_THROW(put_object("most", std::string(80, 'x'), false));
  EXPECT_EQ(reason_of([&] { put_object("more", std::string(81, 'x'), false); }), "PAYLOAD_TOO_LARGE");
  EXPECT_EQ(reason_of([&] { put_object("far too large", std::string(151, 'x')); }), "OUT_OF_LIMITS");
  expect_nothing_left_over();
}

TEST_F(PutObjectTest, AnIdempotencyKeyLeadsToWhatWasMade) {
  PutWholeRequest with = whole();
  with.initiate.by_name = false;
  with.initiate.idempotency_key = "key";
  ClientBody body{"one"};
  const PutWholeAnswer first = put_object(with, body);
  ClientBody again{"one"};
  const PutWholeAnswer second = put_object(with, again);
  EXPECT_TRUE(second.repeated);
  EXPECT_EQ(second.node.id, first.node.id);
  EXPECT_EQ(again.given(), 0U);
  EXPECT_EQ(catalog_.nodes().size(), 1U);
}

TEST_F(PutObjectTest, ALostCommitOfItsFirstRowIsNoRepeat) {
  PutWholeRequest with = whole();
  with.initiate.idempotency_key = "key";
  link_.lose_next("commit", catalog_away(Outcome::unknown));
  ClientBody body{"one"};
  EXPECT_FALSE(put_object(with, body).repeated);
  EXPECT_EQ(read(node_named("file").id), "one");
}

// At once

TEST_F(PutObjectTest, ALostAnswerIsSettledByLookingAtTheKey) {
  scripted_.lose_next("put_object", lost_answer());
  EXPECT_EQ(put_object("file", "one").operation.state, OperationState::completed);
  scripted_.refuse_next("put_object", lost_answer());
  EXPECT_EQ(reason_of([&] { put_object("other", "one"); }), "STORE_UNAVAILABLE");
  EXPECT_EQ(node_named("other").state, NodeState::failed);
  EXPECT_NO_THROW(put_object("other", "one"));
  expect_nothing_left_over();
}

TEST_F(PutObjectTest, ARefusedOneIsFailed) {
  scripted_.refuse_next("put_object", access_denied());
  EXPECT_EQ(reason_of([&] { put_object("file", "one"); }), "STORE_REFUSED");
  EXPECT_EQ(node_named("file").state, NodeState::failed) << "it has no parts to lose";
  EXPECT_EQ(events(node_named("file").id).back(), "uploads.failed STORE_REFUSED");
}

TEST_F(PutObjectTest, ASlowOneKeepsItsLease) {
  scripted_.next("put_object", ScriptedStore::Turn{.after = 5min});
  ClientBody body{"one"};
  auto slow = start(body);
  stepper_.advance(1min);
  sweep();
  EXPECT_EQ(reason_of([&] { put_object("file", "two"); }), "UPLOAD_IN_PROGRESS");
  EXPECT_EQ(stepper_.finish(slow).operation.state, OperationState::completed);
}

TEST_F(PutObjectTest, AServerThatDiesIsSettledByTheSweep) {
  for (const bool arrived : {false, true}) {
    const std::string name = arrived ? "arrived" : "lost";
    if (arrived)
      store_.hooks().pause = [this](const char* point) -> Task<void> {
        return [](Timers& timers, bool after) -> Task<void> {
          if (after) co_await timers.sleep_for(1h);
        }(stepper_.timers(), std::string_view(point) == "put_object.answer");
      };
    fakes::Moment never;
    ClientBody body{"one"};
    if (!arrived) body.hold_at_end(never);
    auto dying = start(body, name);
    dying.cancel();
    stepper_.settle();
    store_.hooks().pause = {};
    EXPECT_EQ(row(node_named(name).latest).state, OperationState::completing);
    live(2min);
    EXPECT_EQ(row(node_named(name).latest).state,
              arrived ? OperationState::completed : OperationState::failed);
  }
  expect_nothing_left_over();
}

// In parts, fed by one request

TEST_F(PutObjectTest, ItsUploadBelongsToTheRequest) {
  fakes::Moment arrives;
  ClientBody body{std::string(50, 'x')};
  body.hold_at_end(arrives);
  auto slow = start(body);
  EXPECT_EQ(reason_of([&] { put_object("file", "two"); }), "UPLOAD_IN_PROGRESS");
  arrives.come();
  EXPECT_EQ(stepper_.finish(slow).operation.state, OperationState::completed);
}

TEST_F(PutObjectTest, ARequestThatEndsTooEarlyIsCancelledAtOnce) {
  for (const bool known : {true, false}) {
    fakes::Moment never;
    ClientBody body{std::string(50, 'x'), known};
    body.hold_at_end(never);
    auto gone = start(body);
    gone.cancel();
    stepper_.settle();
    EXPECT_TRUE(gone.done());
    const Operation& op = row(node_named("file").latest);
    EXPECT_EQ(op.state, OperationState::cancelled);
    EXPECT_EQ(uploads_at_store(), 0U);
    EXPECT_EQ(buffers_.in_use_bytes(), 0);
  }
  EXPECT_NO_THROW(put_object("file", "two"));
  expect_nothing_left_over();
}

TEST_F(PutObjectTest, TheNextPutMakesRoomForItselfWhenTheOwnersMarkHasRunOut) {
  scripted_.next("create_upload", ScriptedStore::Turn{.after = 1s});
  ClientBody body{std::string(50, 'x')};
  auto dying = start(body);  // a crash: nobody cancels
  dying.cancel();
  stepper_.settle();
  const UploadId first = node_named("file").latest;
  EXPECT_EQ(row(first).state, OperationState::open);
  EXPECT_EQ(reason_of([&] { put_object("file", "two"); }), "UPLOAD_IN_PROGRESS");
  clock_.advance(61s);  // nobody renewed it while the store was to create
  EXPECT_EQ(put_object("file", "two").operation.state, OperationState::completed);
  EXPECT_EQ(row(first).state, OperationState::cancelled);
  expect_nothing_left_over();
}

TEST_F(PutObjectTest, TheSweepCancelsWhatItsRequestHasLeft) {
  scripted_.next("create_upload", ScriptedStore::Turn{.after = 1s});
  ClientBody body{std::string(50, 'x')};
  auto dying = start(body);
  dying.cancel();
  stepper_.settle();
  live(9min);
  EXPECT_EQ(row(node_named("file").latest).state, OperationState::open) << "its client may only be slow";
  live(3min);
  EXPECT_EQ(node_named("file").state, NodeState::cancelled);
}

// Its bytes come slowly, but they come: nobody else gets the name.
TEST_F(PutObjectTest, ASlowClientKeepsItsMark) {
  for (int part = 0; part < 6; ++part) scripted_.next("put_part", ScriptedStore::Turn{.after = 4s});
  scripted_.next("put_part", ScriptedStore::Turn{.after = 2min});
  ClientBody body{std::string(50, 'x'), false};
  auto slow = start(body);
  for (int i = 0; i < 13; ++i) {
    stepper_.advance(10s);
    EXPECT_EQ(reason_of([&] { put_object("file", "another"); }), "UPLOAD_IN_PROGRESS") << i;
  }
  EXPECT_EQ(stepper_.finish(slow).operation.state, OperationState::completed);
}

// Nobody renews the mark, so somebody else may take the name: what was sent until then is no whole object.
TEST_F(PutObjectTest, AMarkThatRunsOutNeverEndsInAShortObject) {
  scripted_.next("put_part", {});
  scripted_.next("put_part", ScriptedStore::Turn{.after = 1min});
  ClientBody body{std::string(17, 'x'), false};
  auto slow = start(body);
  for (int i = 0; i < 3; ++i) link_.refuse_next("load", catalog_away(Outcome::retry));
  EXPECT_EQ(reason_of([&] { stepper_.finish(slow); }), "CATALOG_UNAVAILABLE");
  EXPECT_EQ(scripted_.calls("complete_upload"), 0);
  link_.forget_fates();
  live(2min);
  EXPECT_EQ(node_named("file").state, NodeState::cancelled);
  expect_nothing_left_over();
}

// A client that says nothing loses its name to others; its request ends, and not in a short object.
TEST_F(PutObjectTest, ASilentClientLosesItsName) {
  fakes::Moment never;
  ClientBody body{std::string(20, 'x'), false};  // two parts of eight, and then nothing
  body.hold_at_end(never);
  auto slow = start(body);
  EXPECT_EQ(scripted_.calls("put_part"), 2);
  EXPECT_EQ(reason_of([&] { put_object("file", "too early"); }), "UPLOAD_IN_PROGRESS");
  stepper_.advance(30s);
  EXPECT_EQ(put_object("file", "another").operation.state, OperationState::completed);
  EXPECT_EQ(reason_of([&] { stepper_.finish(slow); }), "UPLOAD_ENDED");
  EXPECT_EQ(read(node_named("file").id), "another");
  expect_nothing_left_over();
}

TEST_F(PutObjectTest, ASilentClientMayGoOnWhileNobodyWantsItsName) {
  fakes::Moment arrives;
  ClientBody body{std::string(20, 'x'), false};
  body.hold_at_end(arrives);
  auto slow = start(body);
  for (int minute = 0; minute < 5; ++minute) {
    stepper_.advance(1min);
    sweep();
  }
  arrives.come();
  EXPECT_EQ(stepper_.finish(slow).operation.state, OperationState::completed);
  EXPECT_EQ(read(node_named("file").id), std::string(20, 'x'));
}

TEST_F(PutObjectTest, ACatalogThatHiccupsIsForgiven) {
  scripted_.next("put_part", ScriptedStore::Turn{.after = 1min});
  ClientBody body{std::string(17, 'x'), false};
  auto slow = start(body);
  link_.refuse_next("load", catalog_away(Outcome::retry));
  EXPECT_EQ(stepper_.finish(slow).operation.state, OperationState::completed);
  EXPECT_EQ(reports_.size(), 1U);
}

TEST_F(PutObjectTest, ABodyOfUnknownLengthWaitsForItsShareOfTheMemory) {
  auto all = stepper_.run(buffers_.reserve(8 * static_cast<std::int64_t>(BufferPool::kBufferBytes)));
  ClientBody body{"unknown", false};
  auto waiting = start(body);
  EXPECT_FALSE(waiting.done()) << "first come, first served";
  EXPECT_EQ(body.given(), 0U) << "reserved before its first byte";
  all = {};
  EXPECT_EQ(stepper_.finish(waiting).operation.state, OperationState::completed);
}

TEST_F(PutObjectTest, ADroppedPartIsSeenAtTheEnd) {
  scripted_.next("put_part", {});
  scripted_.next("put_part", ScriptedStore::Turn{.then = [&] {
                   store_.lose_part(store_.uploads().begin()->first, PartNumber{1});
                 }});
  EXPECT_EQ(reason_of([&] { put_object("file", std::string(50, 'x')); }), "STORE_UNAVAILABLE");
  EXPECT_EQ(node_named("file").state, NodeState::cancelled);
  expect_nothing_left_over();
}

TEST_F(PutObjectTest, WhoseChecksumsWereLostIsToBeSentAgain) {
  store_.profile().lists_checksums = false;
  scripted_.next("put_part", {});
  scripted_.next("put_part", {.then = [&] { sessions_.lose_everything(); }});
  ClientBody body{std::string(40, 'a')};
  EXPECT_EQ(reason(whole(), body), "STATE_UNAVAILABLE");
  expect_nothing_left_over();
}

class EqualPartsTest : public CoordinatorTest {
 protected:
  EqualPartsTest() : CoordinatorTest({}, true) {}
};

TEST_F(EqualPartsTest, WholesOfAnyLengthAreTaken) {
  EXPECT_EQ(put_object("small", std::string(12, 'a')).operation.state, OperationState::completed);
  EXPECT_EQ(scripted_.calls("put_object"), 1);
  EXPECT_EQ(put_object("large", std::string(40, 'a')).operation.state, OperationState::completed);
  EXPECT_EQ(put_object("unknown", std::string(40, 'a'), false).operation.state, OperationState::completed);
}

TEST_F(PutObjectTest, AnEmptyBodyIsVerifiedAlsoWhereTheStoreDoesNotAskForIt) {
  scripted_.reads_empty_bodies = false;
  PutWholeRequest wrong{.initiate = request()};
  wrong.crc32c = crc32c_of("x");
  ClientBody nothing{""};
  EXPECT_EQ(reason_of([&] { put_object(wrong, nothing); }), "DIGEST_MISMATCH");
  EXPECT_EQ(objects_at_store(), 0U);
  PutWholeRequest right{.initiate = request()};
  right.crc32c = 0;
  EXPECT_EQ(put_object(right, nothing).operation.state, OperationState::completed);
  EXPECT_EQ(row(node_named("file").current).result->sha256_base64, sha256_to_base64(sha256("")));
}

}  // namespace
}  // namespace longshore
