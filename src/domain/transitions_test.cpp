#include "domain/transitions.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace longshore {
namespace {

using namespace std::chrono_literals;

constexpr Time kBegan = Time{Millis{1'700'000'000'000}};
constexpr Time kNow = kBegan + 1h;
const UploadPolicy kPolicy;
const AttemptId kAttempt{"attempt-1"};

Node fresh_node() {
  Node node;
  node.id = NodeId{"node-0001"};
  node.connector = ConnectorId{"cli"};
  node.drive = DriveName{"default"};
  return node;
}

Node node_in(NodeState state) {
  Node node = fresh_node();
  node.revision = 3;
  node.state = state;
  node.operations = 1;
  node.created_at = kBegan;
  node.attributes.name = "old";
  if (state == NodeState::active || state == NodeState::deleted) {
    node.current = UploadId{"node-0001"};
    node.object = {.size = 9, .etag = ETag{"old"}, .version_id = "v1"};
    node.key = ObjectKey{"old-key"};
  }
  return node;
}

NewOperation fresh_upload(std::int64_t n = 1) {
  NewOperation fresh;
  Operation& op = fresh.operation;
  op.node = NodeId{"node-0001"};
  op.id = upload_id_of(op.node, n);
  op.connector = ConnectorId{"cli"};
  op.drive = DriveName{"default"};
  op.key = ObjectKey{"new-key"};
  op.token = UploadToken{"token"};
  op.attributes = {.name = "new", .mime_type = "text/plain"};
  op.expected.size = 100;
  op.request_id = "request";
  op.account_id = "account";
  return fresh;
}

/// An upload of a new node, created at the store.
Transition open_upload(Node node = fresh_node(), std::int64_t n = 1) {
  Transition begun = begin_upload(fresh_upload(n), std::move(node), kBegan, {});
  begun.operation.store_upload = StoreUploadId{"store-1"};
  return begun;
}

Transition completing_upload(Node node = fresh_node(), std::int64_t n = 1) {
  const Transition begun = open_upload(std::move(node), n);
  return start_completing(begun.operation, begun.node, kBegan + 1min, kAttempt);
}

std::vector<std::string> types(const Transition& to) {
  std::vector<std::string> names;
  for (const EventDraft& event : to.events) names.emplace_back(to_string(event.type));
  return names;
}
using Names = std::vector<std::string>;

StoredObject object() { return {.size = 100, .etag = ETag{"etag"}, .version_id = "v2", .crc32c = 5}; }

TEST(Transitions, BeginMakesANodePendingOrTakesItUpAgain) {
  struct Case {
    NodeState before;
    NodeState after;
    bool is_update;
    std::string replaced;
    std::string name;  // what readers of the node see meanwhile
  };
  const std::vector<Case> cases{
      {NodeState::pending, NodeState::pending, false, "", "new"},
      {NodeState::cancelled, NodeState::pending, false, "", "new"},
      {NodeState::expired, NodeState::pending, false, "", "new"},
      {NodeState::failed, NodeState::pending, false, "", "new"},
      {NodeState::active, NodeState::active, true, "node-0001", "old"},
      {NodeState::deleted, NodeState::deleted, false, "node-0001", "old"},
  };
  for (const Case& c : cases) {
    const Transition to = begin_upload(fresh_upload(2), node_in(c.before), kNow, {});
    const std::string_view what = to_string(c.before);
    EXPECT_EQ(to.node.state, c.after) << what;
    EXPECT_EQ(to.node.attributes.name, c.name) << what;
    EXPECT_EQ(to.operation.is_update, c.is_update) << what;
    EXPECT_EQ(to.operation.replaced, UploadId{c.replaced}) << what;
    EXPECT_EQ(to.node.open_operation, UploadId{"node-0001.2"}) << what;
    EXPECT_EQ(to.node.latest, UploadId{"node-0001.2"}) << what;
    EXPECT_EQ(to.node.operations, 2) << what;
    EXPECT_EQ(to.node.created_at, kBegan) << what;
    EXPECT_EQ(to.node.updated_at, kNow) << what;
    EXPECT_TRUE(to.node_changed) << what;
    EXPECT_EQ(types(to), Names{"uploads.initiated"}) << what;
  }
}

TEST(Transitions, BeginOfANewNode) {
  const Transition to = begin_upload(fresh_upload(), fresh_node(), kNow, {});
  EXPECT_EQ(to.node.state, NodeState::pending);
  EXPECT_EQ(to.node.created_at, kNow);
  EXPECT_EQ(to.operation.state, OperationState::open);
  EXPECT_FALSE(to.operation.lease.has_value());
  EXPECT_EQ(to.operation.creates_sent, 1);
  EXPECT_EQ(to.operation.create_deadline, kNow + kCreateDeadline);
  EXPECT_EQ(to.operation.look_again_at, kNow + kCreateDeadline)
      << "a create that came to nothing is made again";
  ASSERT_EQ(to.events.size(), 1U);
  const EventDraft& event = to.events[0];
  EXPECT_EQ(event.node, NodeId{"node-0001"});
  EXPECT_EQ(event.upload, UploadId{"node-0001"});
  EXPECT_EQ(event.connector, ConnectorId{"cli"});
  EXPECT_EQ(event.account_id, "account");
  EXPECT_EQ(event.request_id, "request");
  EXPECT_EQ(event.facts.s3_key, "new-key");
  EXPECT_EQ(event.facts.expected_size, 100);
  EXPECT_EQ(event.facts.mime_type, "text/plain");
}

TEST(Transitions, ASinglePutBeginsCompletingUnderItsLease) {
  NewOperation fresh = fresh_upload();
  fresh.operation.single_put = true;
  const Transition to = begin_upload(std::move(fresh), fresh_node(), kNow, kAttempt);
  EXPECT_EQ(to.operation.state, OperationState::completing);
  EXPECT_EQ(to.operation.lease, (Lease{kAttempt, kNow + kLease, kNow}));
  EXPECT_EQ(to.operation.creates_sent, 0);
  EXPECT_EQ(to.operation.look_again_at, kNow + kLease);
}

TEST(Transitions, AnOwnedUploadIsLookedAtWhenItsMarkRunsOut) {
  NewOperation fresh = fresh_upload();
  fresh.operation.owner_until = kNow + kOwnerMark;
  const Transition to = begin_upload(std::move(fresh), fresh_node(), kNow, {});
  EXPECT_EQ(to.operation.look_again_at, kNow + kOwnerMark + kOwnerGone);
}

TEST(Transitions, TheLeaseOfACompletion) {
  const Transition begun = open_upload();
  const Transition started = start_completing(begun.operation, begun.node, kNow, kAttempt);
  EXPECT_EQ(started.operation.state, OperationState::completing);
  EXPECT_EQ(started.operation.lease, (Lease{kAttempt, kNow + kLease, Time{}}));
  EXPECT_EQ(started.operation.look_again_at, kNow + kLease);
  EXPECT_TRUE(started.events.empty());
  EXPECT_FALSE(started.node_changed);

  const Time later = kNow + 3s;
  const Transition renewed = renew_lease(started.operation, started.node, later);
  EXPECT_EQ(renewed.operation.lease, (Lease{kAttempt, later + kLease, Time{}}));
  EXPECT_EQ(renewed.operation.look_again_at, later + kLease);

  const Transition taken = take_over(renewed.operation, renewed.node, later + 1min, AttemptId{"attempt-2"});
  EXPECT_EQ(taken.operation.lease, (Lease{AttemptId{"attempt-2"}, later + 1min + kLease, Time{}}))
      << "when the completion was sent stays";
  EXPECT_EQ(taken.operation.state, OperationState::completing);

  const Transition sent = mark_sent(taken.operation, taken.node, later + 2min);
  EXPECT_EQ(sent.operation.lease, (Lease{AttemptId{"attempt-2"}, later + 2min + kLease, later + 2min}));

  const Transition refused = reopen(sent.operation, sent.node, later + 3min,
                                    {.code = "STORE_REFUSED", .message = "quota"});
  EXPECT_EQ(refused.operation.error_code, "STORE_REFUSED") << "clients see why it is open again";
  EXPECT_EQ(start_completing(refused.operation, refused.node, later, kAttempt).operation.error_code, "");

  const Transition open = reopen(sent.operation, sent.node, later + 3min, {});
  EXPECT_EQ(open.operation.state, OperationState::open);
  EXPECT_FALSE(open.operation.lease.has_value());
  EXPECT_EQ(open.operation.look_again_at, later + 3min + kWholeSetQuiet);
  EXPECT_TRUE(open.operation.debts.settled()) << "its parts are not touched";
  EXPECT_FALSE(open.node_changed);
  EXPECT_TRUE(open.events.empty());
}

TEST(Transitions, CompleteOfAFirstUpload) {
  const Transition held = completing_upload();
  const Transition to = complete(held.operation, held.node, kNow, object(), "bucket", nullptr, kPolicy);
  EXPECT_EQ(to.operation.state, OperationState::completed);
  EXPECT_EQ(to.operation.result, object());
  EXPECT_EQ(to.operation.ended_at, kNow);
  EXPECT_FALSE(to.operation.lease.has_value());
  EXPECT_TRUE(to.operation.debts.settled());
  EXPECT_EQ(to.node.state, NodeState::active);
  EXPECT_EQ(to.node.current, to.operation.id);
  EXPECT_EQ(to.node.key, ObjectKey{"new-key"});
  EXPECT_EQ(to.node.object, object());
  EXPECT_EQ(to.node.attributes.name, "new");
  EXPECT_TRUE(to.node.open_operation.empty());
  EXPECT_EQ(to.node.previous_version_id, "");
  EXPECT_EQ(types(to), (Names{"uploads.completed", "documents.created"}));
  for (const EventDraft& event : to.events) {
    EXPECT_EQ(event.facts.s3_key, "new-key");
    EXPECT_EQ(event.facts.bucket, "bucket");
    EXPECT_EQ(event.facts.size, 100);
    EXPECT_EQ(event.facts.version_id, "v2");
    EXPECT_EQ(event.facts.etag, "etag");
    EXPECT_EQ(event.facts.content_hash, content_hash_of(object()));
    EXPECT_EQ(event.facts.mime_type, "text/plain");
  }
}

TEST(Transitions, CompleteOfAnUpdateOwesTheReplacedObject) {
  const Transition held = completing_upload(node_in(NodeState::active), 2);
  Operation replaced;
  replaced.id = UploadId{"node-0001"};
  replaced.state = OperationState::completed;
  const Transition to = complete(held.operation, held.node, kNow, object(), "", &replaced, kPolicy);
  EXPECT_EQ(types(to), (Names{"uploads.completed", "documents.updated"}));
  EXPECT_EQ(to.events[1].facts.previous_version_id, "v1");
  EXPECT_EQ(to.events[1].facts.reason, "upload");
  EXPECT_EQ(to.node.previous_version_id, "v1");
  EXPECT_EQ(to.node.current, UploadId{"node-0001.2"});
  EXPECT_TRUE(replaced.debts.delete_object);
  EXPECT_EQ(replaced.debts.delete_not_before, kNow + kReplacedKept);
  EXPECT_GE(kReplacedKept, 1h) << "downloads under way end well";
  EXPECT_EQ(replaced.look_again_at, kNow + kReplacedKept);
  EXPECT_EQ(replaced.state, OperationState::completed);
}

TEST(Transitions, CompleteOnADeletedNodeCreatesItAnew) {
  Node node = node_in(NodeState::deleted);
  node.purged = true;
  const Transition held = completing_upload(node, 2);
  const Transition to = complete(held.operation, held.node, kNow, object(), "", nullptr, kPolicy);
  EXPECT_EQ(types(to), (Names{"uploads.completed", "documents.created"}));
  EXPECT_EQ(to.node.state, NodeState::active);
  EXPECT_FALSE(to.node.purged);
  EXPECT_EQ(to.node.previous_version_id, "");
}

TEST(Transitions, CompleteLeavesWhatTheCreationStillOwes) {
  Transition held = completing_upload();
  held.operation.creates_sent = 2;
  const Transition twice = complete(held.operation, held.node, kNow, object(), "", nullptr, kPolicy);
  EXPECT_TRUE(twice.operation.debts.clean_list);
  EXPECT_EQ(twice.operation.debts.second_look_at, kNow + kPolicy.orphan_age);
  EXPECT_EQ(twice.operation.look_again_at, kNow);
  EXPECT_FALSE(twice.operation.debts.delete_object);

  held = completing_upload();
  held.operation.debts.aborts.push_back(StoreUploadId{"stray"});
  const Transition stray = complete(held.operation, held.node, kNow, object(), "", nullptr, kPolicy);
  EXPECT_EQ(stray.operation.debts.second_look_at, kNow + kPolicy.orphan_age);
  EXPECT_EQ(stray.operation.debts.aborts, (std::vector{StoreUploadId{"stray"}}));
}

TEST(Transitions, TheNodeFollowsItsObjectToAnotherDrive) {
  Transition held = completing_upload(node_in(NodeState::active), 2);
  held.operation.drive = DriveName{"archive"};
  EXPECT_EQ(complete(held.operation, held.node, kNow, object(), "", nullptr, kPolicy).node.drive,
            DriveName{"archive"});
}

TEST(Transitions, EndOtherwise) {
  struct Case {
    OperationState state;
    NodeState node;
  };
  for (const Case& c :
       {Case{OperationState::cancelled, NodeState::cancelled},
        Case{OperationState::expired, NodeState::expired}, Case{OperationState::failed, NodeState::failed}}) {
    Transition open = open_upload();
    open.operation.last = ChunkIndex{6};
    open.operation.owner_until = kNow;
    const Ending ending{
        .state = c.state, .error_code = "CODE", .message = "because", .received = {.chunks = 4, .bytes = 40}};
    const Transition to = end_otherwise(open.operation, open.node, kNow, ending, kPolicy);
    EXPECT_EQ(to.operation.state, c.state);
    EXPECT_EQ(to.operation.ended_at, kNow);
    EXPECT_EQ(to.operation.error_code, "CODE");
    EXPECT_EQ(to.operation.error_message, "because");
    EXPECT_EQ(to.operation.received, (Received{.chunks = 4, .bytes = 40}));
    EXPECT_FALSE(to.operation.owner_until.has_value());
    EXPECT_EQ(to.operation.look_again_at, kNow);
    EXPECT_EQ(to.operation.debts.aborts, (std::vector{StoreUploadId{"store-1"}}));
    EXPECT_TRUE(to.operation.debts.delete_object);
    EXPECT_EQ(to.operation.debts.delete_not_before, Time{}) << "at once";
    EXPECT_EQ(to.operation.debts.second_look_at, kNow + kPolicy.orphan_age);
    EXPECT_FALSE(to.operation.debts.clean_list) << "one create, and its answer came";
    EXPECT_EQ(to.node.state, c.node);
    EXPECT_TRUE(to.node.open_operation.empty());
    EXPECT_TRUE(to.node_changed);
    ASSERT_EQ(types(to), Names{"uploads.failed"});
    EXPECT_EQ(to.events[0].facts.error_code, "CODE");
    EXPECT_EQ(to.events[0].facts.reason, "because");
    EXPECT_EQ(to.events[0].facts.partial_chunks, 4);
    EXPECT_EQ(to.events[0].facts.total_chunks, 7);
  }
}

TEST(Transitions, EndOtherwiseLeavesWhatIsActiveOrDeleted) {
  for (const NodeState state : {NodeState::active, NodeState::deleted}) {
    const Transition open = open_upload(node_in(state), 2);
    const Transition to = end_otherwise(open.operation, open.node, kNow, {}, kPolicy);
    EXPECT_EQ(to.node.state, state);
    EXPECT_EQ(to.node.current, UploadId{"node-0001"});
    EXPECT_EQ(to.node.object.etag, ETag{"old"});
    EXPECT_TRUE(to.node.open_operation.empty());
  }
}

TEST(Transitions, WhatACreateMayHaveLeftIsListed) {
  struct Case {
    std::int32_t sent;
    bool answered;
    bool clean_list;
  };
  for (const Case& c : {Case{1, true, false}, Case{1, false, true}, Case{2, true, true}, Case{2, false, true},
                        Case{0, false, false}}) {
    Transition open = open_upload();
    open.operation.creates_sent = c.sent;
    if (!c.answered) open.operation.store_upload.reset();
    const Transition to = end_otherwise(open.operation, open.node, kNow, {}, kPolicy);
    EXPECT_EQ(to.operation.debts.clean_list, c.clean_list) << c.sent << c.answered;
    EXPECT_EQ(to.operation.debts.aborts.size(), c.answered ? 1U : 0U);
  }
}

TEST(Transitions, TheSecondLookWaitsForTheLastLease) {
  const Transition held = completing_upload();
  Operation op = held.operation;
  op.lease->until = kNow + 7min;
  op.debts.aborts.push_back(StoreUploadId{"store-1"});
  const Transition to = end_otherwise(op, held.node, kNow, {.state = OperationState::failed}, kPolicy);
  EXPECT_EQ(to.operation.debts.second_look_at, kNow + 7min + kPolicy.orphan_age);
  EXPECT_EQ(to.operation.debts.aborts.size(), 1U) << "owed once";
  EXPECT_FALSE(to.operation.lease.has_value());
}

TEST(Transitions, DeleteAndPurge) {
  Operation current = fresh_upload().operation;
  current.state = OperationState::completed;
  const Transition removed = remove_node(node_in(NodeState::active), kNow, current, "no longer needed");
  EXPECT_EQ(removed.node.state, NodeState::deleted);
  EXPECT_EQ(removed.node.current, UploadId{"node-0001"}) << "its objects stay";
  ASSERT_EQ(types(removed), Names{"documents.deleted"});
  EXPECT_FALSE(removed.events[0].facts.purged);
  EXPECT_EQ(removed.events[0].facts.reason, "no longer needed");

  for (const NodeState before : {NodeState::active, NodeState::deleted}) {
    NewOperation fresh = fresh_upload(2);
    fresh.operation.kind = OperationKind::purge;
    const Transition begun = begin_purge(std::move(fresh), node_in(before), kNow, kAttempt, "gone");
    EXPECT_EQ(begun.node.state, NodeState::deleted);
    EXPECT_EQ(begun.node.open_operation, UploadId{"node-0001.2"});
    EXPECT_EQ(begun.node.operations, 2);
    EXPECT_EQ(begun.operation.state, OperationState::completing);
    EXPECT_EQ(begun.operation.lease, (Lease{kAttempt, kNow + kLease, kNow}));
    EXPECT_EQ(types(begun), before == NodeState::active ? Names{"documents.deleted"} : Names{})
        << "told once that it is DELETED";

    const Transition done = complete_purge(begun.operation, begun.node, kNow + 1s, kPolicy);
    EXPECT_EQ(done.operation.state, OperationState::completed);
    EXPECT_TRUE(done.operation.debts.settled());
    EXPECT_EQ(done.operation.look_again_at, kNow + 1s + kPolicy.retention);
    EXPECT_TRUE(done.node.purged);
    EXPECT_TRUE(done.node.current.empty());
    EXPECT_TRUE(done.node.open_operation.empty());
    ASSERT_EQ(types(done), Names{"documents.deleted"});
    EXPECT_TRUE(done.events[0].facts.purged);
    EXPECT_EQ(done.events[0].facts.reason, "gone");
    EXPECT_EQ(done.operation.reason, "gone");
    EXPECT_EQ(done.operation.error_message, "") << "nothing went wrong";
  }
}

TEST(Transitions, ContentHash) {
  EXPECT_EQ(content_hash_of({}), "");
  EXPECT_EQ(content_hash_of({.crc32c = 0x01020304}), "crc32c:AQIDBA==");
  EXPECT_EQ(content_hash_of({.crc32c = 0x01020304, .sha256_base64 = "abc="}), "sha256:abc=");
}

TEST(Transitions, WhenAnUploadExpires) {
  Operation op;
  op.created_at = kBegan;
  struct Case {
    Millis active_after;
    Millis expires_after;
  };
  for (const Case& c : {Case{0h, 24h}, Case{1h, 25h}, Case{120h, 144h}, Case{143h, 144h}, Case{-5h, 24h}})
    EXPECT_EQ(expires_at(op, kBegan + c.active_after, kPolicy), kBegan + c.expires_after)
        << c.active_after.count();
}

}  // namespace
}  // namespace longshore
