// Which node an initiate means, what a repeat gets, and the create that goes with it.
#include <gtest/gtest.h>

#include "base/hash.h"
#include "coordinator/fixture_test.h"

namespace longshore {
namespace {

class InitiateTest : public CoordinatorTest {
 protected:
  UploadView initiate(InitiateRequest with) {
    return stepper_.run(coordinator_->initiate({.request_id = "request"}, std::move(with)));
  }
  InitiateRequest with_id(const char* node) {
    InitiateRequest with = request();
    with.by_name = false;
    with.client_node_id = NodeId{node};
    return with;
  }
  InitiateRequest keyed(const char* key, const char* content = "content") {
    InitiateRequest with = request();
    with.by_name = false;
    with.idempotency_key = key;
    with.request_sha256_hex = content;
    return with;
  }
};

TEST_F(InitiateTest, MakesAPendingNodeAndAnUploadAtTheStore) {
  const UploadView view = initiate(request("a"));
  const Operation& op = view.operation;
  EXPECT_EQ(op.state, OperationState::open);
  EXPECT_EQ(op.id.str(), op.node.str()) << "a first upload's id is its node's id";
  EXPECT_EQ(op.key.str(), "connectors/cli/" + op.id.str() + ".pb");
  EXPECT_EQ(view.ledger.received, 0);
  EXPECT_EQ(view.expires_at, op.created_at + 24h);
  EXPECT_EQ(node(op.node).state, NodeState::pending);
  EXPECT_EQ(events(op.node), Names{"uploads.initiated"});
  ASSERT_EQ(uploads_at_store(), 1U);
  EXPECT_EQ(op.store_upload, store_.uploads().begin()->first);
  EXPECT_TRUE(sessions_.sessions().contains(op.id));
}

TEST_F(InitiateTest, TheObjectWillCarryItsOrigin) {
  InitiateRequest with = request("Größe 5\".txt");
  with.attributes.mime_type = "text/plain";
  with.attributes.tags = {{"k", "v"}};
  initiate(with);
  const ObjectHeaders& headers = store_.uploads().begin()->second.request.headers;
  const Operation& op = row(node_named("Größe 5\".txt").latest);
  EXPECT_EQ(headers.content_type, "text/plain");
  EXPECT_EQ(headers.tags.at("k"), "v");
  EXPECT_EQ(headers.user_metadata.at("original-name"), "Gr%C3%B6%C3%9Fe 5%22.txt") << "safe for a header";
  EXPECT_EQ(headers.user_metadata.at("node-id"), op.node.str());
  EXPECT_EQ(headers.user_metadata.at("upload-id"), op.id.str());
  EXPECT_EQ(headers.user_metadata.at("connector-id"), "cli");
  EXPECT_EQ(headers.user_metadata.at("upload-token"), op.token.str());
  EXPECT_EQ(op.token.str().size(), 32U);
}

TEST_F(InitiateTest, WhichNodeIsMeant) {
  EXPECT_EQ(initiate(with_id("my-own-node")).operation.node, NodeId{"my-own-node"});

  const NodeId by_name = node_id_by_name(DriveName{"default"}, ConnectorId{"cli"}, "", "file");
  EXPECT_EQ(initiate(request("file")).operation.node, by_name);

  InitiateRequest exclusive = request("other");
  exclusive.by_name = false;
  exclusive.fail_if_exists = true;
  EXPECT_EQ(initiate(exclusive).operation.node,
            node_id_by_name(DriveName{"default"}, ConnectorId{"cli"}, "", "other"))
      << "fail_if_exists is by name too";

  InitiateRequest fresh = request("file");
  fresh.by_name = false;
  const NodeId one = initiate(fresh).operation.node;
  const NodeId two = initiate(fresh).operation.node;
  EXPECT_NE(one, two);
  EXPECT_EQ(one.str()[14], '7') << "UUIDv7";
}

TEST_F(InitiateTest, WhatTheNodeIsDecides) {
  const Node active = object("active");
  const UploadView update = initiate(request("active"));
  EXPECT_TRUE(update.operation.is_update);
  EXPECT_EQ(update.operation.id.str(), active.id.str() + ".2");
  EXPECT_EQ(node(active.id).state, NodeState::active) << "readers go on reading";
  EXPECT_EQ(read(active.id), "aaaaabb");

  EXPECT_EQ(reason_of([&] { initiate(request("active")); }), "UPLOAD_IN_PROGRESS");
  EXPECT_EQ(details_.upload_id, update.operation.id.str());

  const UploadId cancelled = open("cancelled");
  cancel(cancelled);
  EXPECT_EQ(open("cancelled").str(), cancelled.str() + ".2");
  EXPECT_EQ(node(node_of(cancelled)).state, NodeState::pending);

  const Node gone = object("deleted");
  remove(gone.id);
  const UploadView again = initiate(request("deleted"));
  EXPECT_FALSE(again.operation.is_update);
  EXPECT_EQ(node(gone.id).state, NodeState::deleted) << "until it is complete";
}

TEST_F(InitiateTest, FailIfExists) {
  InitiateRequest exclusive = request("file");
  exclusive.fail_if_exists = true;
  const UploadId first = open(exclusive);
  EXPECT_EQ(reason_of([&] { open(exclusive); }), "UPLOAD_IN_PROGRESS") << "it does not exist yet";
  put(first, 0, "x", true);
  EXPECT_EQ(reason_of([&] { open(exclusive); }), "ALREADY_EXISTS");
  open(request("file"));
  EXPECT_EQ(reason_of([&] { open(exclusive); }), "ALREADY_EXISTS") << "also while it is updated";
  remove(node_of(first));
  EXPECT_NO_THROW(open(exclusive)) << "a deleted one does not exist";
}

TEST_F(InitiateTest, AnotherConnectorsIdIsTaken) {
  initiate(with_id("my-own-node"));
  InitiateRequest thief = with_id("my-own-node");
  thief.connector = ConnectorId{"other"};
  EXPECT_EQ(reason_of([&] { initiate(thief); }), "ALREADY_EXISTS");
  cancel(UploadId{"my-own-node"});
  EXPECT_EQ(reason_of([&] { initiate(thief); }), "ALREADY_EXISTS");
}

TEST_F(InitiateTest, TheSameKeyLeadsToTheSameUploadAsItStandsNow) {
  const UploadId first = initiate(keyed("key")).operation.id;
  put(first, 0, "aaaaa");
  const UploadView again = initiate(keyed("key"));
  EXPECT_EQ(again.operation.id, first);
  EXPECT_EQ(ranges(again.received), "0-0");
  EXPECT_NE(initiate(keyed("another")).operation.id, first);

  complete(first);
  EXPECT_EQ(initiate(keyed("key")).operation.state, OperationState::completed);
  EXPECT_EQ(reason_of([&] { initiate(keyed("key", "other content")); }), "IDEMPOTENCY_KEY_REUSED");
  EXPECT_EQ(events(node_of(first)).size(), 3U) << "initiated once";

  InitiateRequest elsewhere = keyed("key");
  elsewhere.connector = ConnectorId{"other"};
  EXPECT_NE(initiate(elsewhere).operation.id, first) << "a key is its connector's";

  clock_.advance(168h);
  EXPECT_NE(initiate(keyed("key", "other content")).operation.id, first) << "after 7 days it is forgotten";
}

TEST_F(InitiateTest, RequestsThatCannotBeKept) {
  InitiateRequest with = request();
  with.expected.size = 151;
  EXPECT_EQ(reason_of([&] { initiate(with); }), "OUT_OF_LIMITS");
  EXPECT_EQ(details_.field, "expected_size");
  with = request();
  with.expected.chunk_size = 4;
  EXPECT_EQ(reason_of([&] { initiate(with); }), "OUT_OF_LIMITS");
  with = request();
  with.drive = DriveName{"nowhere"};
  EXPECT_EQ(reason_of([&] { initiate(with); }), "INVALID_REQUEST");
  EXPECT_EQ(details_.field, "drive");
  EXPECT_TRUE(catalog_.nodes().empty());
}

class FewUploads : public CoordinatorTest {
 protected:
  FewUploads() : CoordinatorTest({.uploads_open_max = 2}) {}
};

TEST_F(FewUploads, OfEachConnector) {
  open("a");
  const UploadId second = open("b");
  EXPECT_EQ(reason_of([&] { open("c"); }), "TOO_MANY_UPLOADS");
  EXPECT_EQ(details_.limit, 2);
  InitiateRequest other = request("c");
  other.connector = ConnectorId{"other"};
  EXPECT_NO_THROW(open(other));
  cancel(second);
  EXPECT_NO_THROW(open("c"));
}

// What may be lost

TEST_F(InitiateTest, ALostCommitIsFoundAgain) {
  for (const bool with_key : {false, true}) {
    InitiateRequest with = with_key ? keyed("key") : request();
    link_.lose_next("commit", catalog_away(Outcome::unknown));
    const UploadView view = initiate(with);
    EXPECT_EQ(view.operation.state, OperationState::open);
    EXPECT_TRUE(view.operation.store_upload.has_value()) << "ours, so we create it";
    EXPECT_EQ(events(view.operation.node), Names{"uploads.initiated"});
  }
  EXPECT_EQ(catalog_.operations().size(), 2U);
}

TEST_F(InitiateTest, ACommitThatNeverArrivedIsMadeAgain) {
  link_.refuse_next("commit", catalog_away(Outcome::unknown));
  EXPECT_EQ(initiate(request()).operation.state, OperationState::open);
  link_.refuse_next("commit", catalog_away(Outcome::retry));
  EXPECT_EQ(reason_of([&] { open("other"); }), "CATALOG_UNAVAILABLE");
}

TEST_F(InitiateTest, WithoutASessionStoreTheUploadIsOpenAllTheSame) {
  link_.refuse_next("create", sessions_away(Outcome::unknown));
  const UploadId upload = open();
  EXPECT_EQ(row(upload).state, OperationState::open);
  EXPECT_TRUE(put(upload, 0, "aaaaa").stored);
}

TEST_F(InitiateTest, TwoOfOneNameAtOnceAreOneUpload) {
  auto one = stepper_.start(coordinator_->initiate({}, request()));
  auto two = stepper_.start(coordinator_->initiate({}, request()));
  const std::string first = reason_of([&] { stepper_.finish(one); });
  const std::string second = reason_of([&] { stepper_.finish(two); });
  EXPECT_EQ(first + second, "UPLOAD_IN_PROGRESS");
  EXPECT_EQ(uploads_at_store(), 1U);
}

}  // namespace
}  // namespace longshore
