// Reading nodes and their bytes.
#include <gtest/gtest.h>

#include "coordinator/fixture_test.h"

namespace longshore {
namespace {

class ReadTest : public CoordinatorTest {
 protected:
  Content content(const NodeId& id, const UploadId& version = {}) {
    return stepper_.run(coordinator_->content(id, version));
  }
  std::string bytes(const Content& of, std::optional<ByteRange> range = {}) {
    return stepper_.run(text_of(stepper_.run(coordinator_->open_content(of, range))));
  }
};

TEST_F(ReadTest, TheCurrentBytesAndRangesOfThem) {
  const Node node = object("file", "01234", "56789");
  const Content found = content(node.id);
  EXPECT_EQ(found.version.id, node.current);
  EXPECT_EQ(bytes(found), "0123456789");
  EXPECT_EQ(bytes(found, ByteRange{3, 6}), "3456");
  EXPECT_EQ(bytes(found, ByteRange{9, 9}), "9");
}

TEST_F(ReadTest, NodesByIdAndByName) {
  const Node made = object("file");
  EXPECT_EQ(stepper_.run(coordinator_->node(made.id)), made);
  EXPECT_EQ(stepper_.run(coordinator_->node_by_name({}, ConnectorId{"cli"}, "", "file")), made)
      << "of the default drive";
  EXPECT_EQ(reason_of([&] { stepper_.run(coordinator_->node(NodeId{"unknown-node"})); }), "NOT_FOUND");
  try {
    stepper_.run(coordinator_->node_by_name({}, ConnectorId{"cli"}, "folder", "file"));
    FAIL() << "it was found";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), Reason::not_found);
    EXPECT_EQ(error.message(), "connector cli has no node of this path and name on drive default");
  }
  EXPECT_EQ(reason_of([&] {
              stepper_.run(coordinator_->node_by_name(DriveName{"nowhere"}, ConnectorId{"cli"}, "", "file"));
            }),
            "INVALID_REQUEST");
}

TEST_F(ReadTest, WhatHasNoObject) {
  const UploadId upload = open();
  EXPECT_EQ(reason_of([&] { content(node_of(upload)); }), "NOT_FOUND");
  EXPECT_EQ(reason_of([&] { content(NodeId{"unknown-node"}); }), "NOT_FOUND");
  cancel(upload);
  EXPECT_EQ(reason_of([&] { content(node_of(upload)); }), "NOT_FOUND");
}

TEST_F(ReadTest, Versions) {
  const Node first = object("file", "first", "1");
  const Node second = object("file", "second", "2");
  EXPECT_EQ(bytes(content(first.id)), "second2");
  EXPECT_EQ(bytes(content(first.id, first.current)), "first1") << "while it is kept";
  EXPECT_EQ(bytes(content(first.id, second.current)), "second2");
  live(2h);
  EXPECT_EQ(reason_of([&] { content(first.id, first.current); }), "NOT_FOUND");

  const Node other = object("other");
  EXPECT_EQ(reason_of([&] { content(first.id, other.current); }), "NOT_FOUND") << "another node's";
  const UploadId open_one = open("file");
  EXPECT_EQ(reason_of([&] { content(first.id, open_one); }), "NOT_FOUND") << "not complete";
  EXPECT_EQ(reason_of([&] { content(first.id, UploadId{first.id.str() + ".99"}); }), "NOT_FOUND");
}

TEST_F(ReadTest, ADeletedNode) {
  const Node node = object("file");
  remove(node.id);
  EXPECT_EQ(reason_of([&] { content(node.id); }), "NODE_DELETED");
  EXPECT_EQ(reason_of([&] { content(node.id, node.current); }), "NODE_DELETED");
  EXPECT_EQ(stepper_.run(coordinator_->node(node.id)).state, NodeState::deleted);
}

TEST_F(ReadTest, ADownloadUnderWayEndsWellWhileItIsReplaced) {
  const Node first = object("file", "first", "1");
  const Content found = content(first.id);
  object("file", "second", "2");
  live(30min);
  EXPECT_EQ(bytes(found), "first1");
}

TEST_F(ReadTest, NodesPageByPage) {
  for (const char* name : {"a", "b", "c"}) object(name);
  NodeQuery query{.connector = ConnectorId{"cli"}, .page_size = 2};
  const NodePage page = stepper_.run(coordinator_->list_nodes(query));
  ASSERT_EQ(page.nodes.size(), 2U);
  query.page_token = page.next_page_token;
  EXPECT_EQ(stepper_.run(coordinator_->list_nodes(query)).nodes.size(), 1U);
}

}  // namespace
}  // namespace longshore
