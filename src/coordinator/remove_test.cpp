// Delete, purge, and what the next upload of that node finds.
#include <gtest/gtest.h>

#include "coordinator/fixture_test.h"

namespace longshore {
namespace {

class RemoveTest : public CoordinatorTest {
 protected:
  std::vector<bool> purged_flags(const NodeId& id) const {
    std::vector<bool> flags;
    for (const auto& [number, row] : catalog_.outbox())
      if (row.event.node == id && row.event.type == EventType::document_deleted)
        flags.push_back(row.event.facts.purged);
    return flags;
  }
};

TEST_F(RemoveTest, ADeletedNodeKeepsItsObject) {
  const Node before = object("file");
  const Node after = remove(before.id);
  EXPECT_EQ(after.state, NodeState::deleted);
  EXPECT_FALSE(after.purged);
  EXPECT_EQ(events(before.id).back(), "documents.deleted");
  EXPECT_EQ(catalog_.outbox().rbegin()->second.event.facts.reason, "not needed");
  EXPECT_EQ(reason_of([&] { read(before.id); }), "NODE_DELETED");
  expect_nothing_left_over();
  EXPECT_NE(store_.object(before.key), nullptr);
}

TEST_F(RemoveTest, AgainIsSuccessWithoutASecondEvent) {
  const Node before = object("file");
  remove(before.id);
  EXPECT_EQ(remove(before.id).state, NodeState::deleted);
  EXPECT_EQ(purged_flags(before.id), (std::vector<bool>{false}));
}

TEST_F(RemoveTest, OfNothing) {
  EXPECT_EQ(reason_of([&] { remove(NodeId{"unknown-node"}); }), "NOT_FOUND");
}

TEST_F(RemoveTest, OfANodeThatNeverWasActiveIsACancel) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  const Node after = remove(node_of(upload));
  EXPECT_EQ(after.state, NodeState::cancelled);
  EXPECT_EQ(events(after.id), (Names{"uploads.initiated", "uploads.failed CANCELLED"}));
  EXPECT_EQ(remove(after.id).state, NodeState::cancelled) << "again";
  EXPECT_EQ(remove(after.id, true).state, NodeState::cancelled) << "there is nothing to purge";
  EXPECT_EQ(events(after.id).size(), 2U);
  expect_nothing_left_over();
}

TEST_F(RemoveTest, AnOpenUpdateIsCancelledByIt) {
  const Node before = object("file");
  const UploadId update = open("file");
  put(update, 0, "new!!");
  EXPECT_EQ(remove(before.id).state, NodeState::deleted);
  EXPECT_EQ(row(update).state, OperationState::cancelled);
  const Names all = events(before.id);
  EXPECT_EQ(Names(all.end() - 2, all.end()), (Names{"uploads.failed CANCELLED", "documents.deleted"}));
}

TEST_F(RemoveTest, ACompletionUnderWayRefusesIt) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  scripted_.next("complete_upload", ScriptedStore::Turn{.after = 5s});
  auto completing = start_complete(upload);
  stepper_.advance(1s);
  EXPECT_EQ(reason_of([&] { remove(node_of(upload)); }), "UPLOAD_COMPLETING");
  EXPECT_TRUE(details_.retry_after.has_value());
  stepper_.finish(completing);
  EXPECT_EQ(remove(node_of(upload)).state, NodeState::deleted);
}

TEST_F(RemoveTest, APurgeIsDeletedAtOnceAndPurgedWhenNothingIsLeft) {
  const Node before = object("file");
  const Node after = remove(before.id, true);
  EXPECT_EQ(after.state, NodeState::deleted);
  EXPECT_TRUE(after.purged);
  EXPECT_EQ(purged_flags(before.id), (std::vector<bool>{false, true}));
  EXPECT_EQ(objects_at_store(), 0U);
  EXPECT_TRUE(remove(before.id, true).purged) << "again";
  EXPECT_EQ(purged_flags(before.id).size(), 2U);
  expect_nothing_left_over();
}

TEST_F(RemoveTest, APurgeAfterADelete) {
  const Node before = object("file");
  remove(before.id);
  EXPECT_TRUE(remove(before.id, true).purged);
  EXPECT_EQ(purged_flags(before.id), (std::vector<bool>{false, true})) << "DELETED is told once";
}

TEST_F(RemoveTest, APurgeTakesWhatIsKeptOfEarlierVersionsToo) {
  const Node first = object("file");
  object("file");
  EXPECT_EQ(objects_at_store(), 2U) << "the replaced one stays for an hour";
  remove(first.id, true);
  EXPECT_EQ(objects_at_store(), 0U);
  expect_nothing_left_over();
}

TEST_F(RemoveTest, APurgeLooksAtEveryOperationOfTheNode) {
  const Node first = object("file");
  for (int i = 0; i < 120; ++i) object("file");  // replaced ones stay for an hour
  ASSERT_EQ(objects_at_store(), 121U);
  remove(first.id, true);
  EXPECT_EQ(objects_at_store(), 0U);
  EXPECT_TRUE(node(first.id).purged);
}

TEST_F(RemoveTest, APurgeThatTheStoreDelaysIsFinishedByTheSweep) {
  const Node before = object("file");
  scripted_.refuse_next("delete_object", slow_down());
  const Node after = remove(before.id, true);
  EXPECT_EQ(after.state, NodeState::deleted) << "for clients it is gone at once";
  EXPECT_FALSE(after.purged);
  EXPECT_EQ(purged_flags(before.id), (std::vector<bool>{false}));
  EXPECT_EQ(reason_of([&] { open("file"); }), "UPLOAD_IN_PROGRESS");
  EXPECT_EQ(remove(before.id, true).state, NodeState::deleted) << "it is on its way";
  live(2min);
  EXPECT_TRUE(node(before.id).purged);
  EXPECT_EQ(purged_flags(before.id), (std::vector<bool>{false, true}));
  EXPECT_EQ(objects_at_store(), 0U);
}

TEST_F(RemoveTest, LostCommitsAreFoundAgain) {
  const Node one = object("one");
  link_.lose_next("commit", catalog_away(Outcome::unknown));
  EXPECT_EQ(remove(one.id).state, NodeState::deleted);
  EXPECT_EQ(purged_flags(one.id).size(), 1U);

  const Node two = object("two");
  link_.lose_next("commit", catalog_away(Outcome::unknown));
  EXPECT_EQ(remove(two.id, true).state, NodeState::deleted);
  live(2min);
  EXPECT_TRUE(node(two.id).purged);
  EXPECT_EQ(purged_flags(two.id), (std::vector<bool>{false, true}));
}

TEST_F(RemoveTest, ANewUploadBringsItBack) {
  for (const bool purge : {false, true}) {
    const std::string name = purge ? "purged" : "deleted";
    const Node before = object(name, "aaaaa", "old");
    remove(before.id, purge);
    const UploadId upload = open(name);
    EXPECT_EQ(reason_of([&] { read(before.id); }), "NODE_DELETED") << "not before it is complete";
    put(upload, 0, "new", true);
    EXPECT_EQ(read(before.id), "new");
    EXPECT_FALSE(node(before.id).purged);
    EXPECT_EQ(events(before.id).back(), "documents.created");
  }
  expect_nothing_left_over();
  EXPECT_EQ(objects_at_store(), 2U);
}

TEST_F(RemoveTest, ANewUploadThatIsCancelledLeavesItDeleted) {
  const Node before = object("file");
  remove(before.id);
  cancel(open("file"));
  EXPECT_EQ(node(before.id).state, NodeState::deleted);
  expect_nothing_left_over();
  EXPECT_NE(store_.object(before.key), nullptr);
}

}  // namespace
}  // namespace longshore
