#pragma once

#include <algorithm>
#include <set>

#include "tests/contract/catalog_suite.h"

namespace longshore {

// ---- rows and comparisons

TEST_P(CatalogSuite, RowsComeBackAsTheyWereWritten) {
  Change change;
  change.node = NodeWrite{full_node(1), 0};
  change.operations.push_back({full_operation(1), 0});
  ASSERT_TRUE(commit(change));

  const auto loaded = await(catalog().load(full_operation(1).id));
  ASSERT_TRUE(loaded);
  Operation expected_operation = full_operation(1);
  Node expected_node = full_node(1);
  expected_operation.revision = expected_node.revision = 1;
  EXPECT_EQ(loaded->operation, expected_operation);
  EXPECT_EQ(loaded->node, expected_node);
  EXPECT_EQ(loaded->now, clock_.now());

  const auto loaded_node = await(catalog().load_node(full_node(1).id));
  ASSERT_TRUE(loaded_node);
  EXPECT_EQ(loaded_node->node, expected_node);
  EXPECT_EQ(loaded_node->now, clock_.now());
  EXPECT_EQ(await(catalog().now()), clock_.now());
}

TEST_P(CatalogSuite, RowsOfDefaultsComeBackAsTheyWereWritten) {
  add_upload(1);
  Operation expected = sample_operation(1, 1, clock_.now());
  expected.revision = 1;
  EXPECT_EQ(operation(1), expected);
  Node expected_node = sample_node(1);
  expected_node.revision = 1;
  EXPECT_EQ(node(1), expected_node);
}

TEST_P(CatalogSuite, WhatIsNotThereIsNotFound) {
  EXPECT_FALSE(operation(1));
  EXPECT_FALSE(node(1));
  EXPECT_FALSE(await(catalog().find_idempotency(ConnectorId{"cli"}, "key")));
}

TEST_P(CatalogSuite, InsertsOnlyWhatIsAbsent) {
  add_upload(1);
  Operation again = sample_operation(1, 1, clock_.now());
  again.request_id = "another";
  Change insert_operation;
  insert_operation.operations.push_back({again, 0});
  EXPECT_FALSE(commit(insert_operation));

  Change insert_node;
  insert_node.node = NodeWrite{full_node(1), 0};
  EXPECT_FALSE(commit(insert_node));
  EXPECT_EQ(operation(1)->request_id, "");
  EXPECT_EQ(node(1)->state, NodeState::pending);
}

TEST_P(CatalogSuite, UpdatesOnlyWhatIsPresent) {
  add_node(1);
  Change update_operation;
  update_operation.operations.push_back({sample_operation(1, 1, clock_.now()), 1});
  EXPECT_FALSE(commit(update_operation));
  Change update_node;
  update_node.node = NodeWrite{sample_node(2), 1};
  EXPECT_FALSE(commit(update_node));
}

TEST_P(CatalogSuite, ComparesTheRevisionOfAnOperation) {
  add_upload(1);
  Operation changed = *operation(1);
  changed.state = OperationState::completing;
  Change change;
  change.operations.push_back({changed, 1});
  EXPECT_TRUE(commit(change));
  EXPECT_EQ(operation(1)->revision, 2);
  EXPECT_EQ(operation(1)->state, OperationState::completing);

  change.operations[0].operation.state = OperationState::cancelled;
  EXPECT_FALSE(commit(change)) << "revision 1 is gone";
  change.operations[0].expected_revision = 3;
  EXPECT_FALSE(commit(change)) << "revision 3 is not there yet";
  EXPECT_EQ(operation(1)->state, OperationState::completing);
  EXPECT_EQ(operation(1)->revision, 2);
}

TEST_P(CatalogSuite, ComparesTheRevisionOfANode) {
  add_node(1);
  Node changed = *node(1);
  changed.state = NodeState::active;
  Change change;
  change.node = NodeWrite{changed, 1};
  EXPECT_TRUE(commit(change));
  change.node->node.state = NodeState::deleted;
  EXPECT_FALSE(commit(change));
  change.node->expected_revision = 3;
  EXPECT_FALSE(commit(change));
  EXPECT_EQ(node(1)->state, NodeState::active);
  EXPECT_EQ(node(1)->revision, 2);
}

TEST_P(CatalogSuite, OneOfManyWritersWins) {
  add_upload(1);
  std::vector<Task<bool>> writers;
  for (int i = 0; i < 20; ++i) {
    Operation changed = *operation(1);
    changed.request_id = std::to_string(i);
    Change change;
    change.operations.push_back({changed, 1});
    writers.push_back(catalog().commit(std::move(change)));
  }
  const std::vector<bool> won = await_all(std::move(writers));
  ASSERT_EQ(std::ranges::count(won, true), 1);
  const auto winner = std::ranges::find(won, true) - won.begin();
  EXPECT_EQ(operation(1)->request_id, std::to_string(winner));
  EXPECT_EQ(operation(1)->revision, 2);
}

/// Every comparison of a change in turn fails, and nothing of the rest is written.
TEST_P(CatalogSuite, AllOrNothing) {
  add_upload(1);
  IdempotencyRecord taken{ConnectorId{"cli"}, "taken", "00", UploadId{"node-000000001"},
                          clock_.now() + Millis{1}};
  Change keep;
  keep.idempotency = taken;
  ASSERT_TRUE(commit(keep));

  Change whole;
  whole.node = NodeWrite{*node(1), 1};
  whole.node->node.state = NodeState::active;
  Operation changed = *operation(1);
  changed.state = OperationState::completed;
  whole.operations.push_back({changed, 1});
  whole.operations.push_back({sample_operation(1, 2, clock_.now()), 0});
  whole.idempotency = taken;
  whole.idempotency->key = "free";
  whole.events.push_back(sample_event(1, EventType::upload_completed));

  Change wrong = whole;
  wrong.node->expected_revision = 2;
  EXPECT_FALSE(commit(wrong));
  wrong = whole;
  wrong.operations[0].expected_revision = 2;
  EXPECT_FALSE(commit(wrong));
  wrong = whole;
  wrong.operations[1].expected_revision = 1;
  EXPECT_FALSE(commit(wrong));
  wrong = whole;
  wrong.idempotency->key = "taken";
  EXPECT_FALSE(commit(wrong));

  EXPECT_EQ(node(1)->revision, 1);
  EXPECT_EQ(operation(1)->revision, 1);
  EXPECT_FALSE(operation(1, 2));
  EXPECT_FALSE(await(catalog().find_idempotency(ConnectorId{"cli"}, "free")));
  EXPECT_TRUE(outbox().empty());

  EXPECT_TRUE(commit(whole));
  EXPECT_EQ(node(1)->state, NodeState::active);
  EXPECT_EQ(operation(1)->state, OperationState::completed);
  EXPECT_TRUE(operation(1, 2));
  EXPECT_TRUE(await(catalog().find_idempotency(ConnectorId{"cli"}, "free")));
  ASSERT_EQ(outbox().size(), 1U);
  EXPECT_EQ(outbox()[0].sequence, 1) << "changes that failed have used no number";
}

TEST_P(CatalogSuite, AnUnknownNodeIsRefusedAndNothingIsWritten) {
  add_node(1);
  Change orphan;
  orphan.operations.push_back({sample_operation(1, 1, clock_.now()), 0});
  orphan.operations.push_back({sample_operation(2, 1, clock_.now()), 0});
  EXPECT_EQ(error_of(catalog().commit(orphan)).first, Reason::internal);
  Change stray;
  stray.operations.push_back({sample_operation(1, 1, clock_.now()), 0});
  stray.events.push_back(sample_event(2, EventType::upload_initiated));
  EXPECT_EQ(error_of(catalog().commit(stray)).first, Reason::internal);
  EXPECT_FALSE(operation(1));
  EXPECT_TRUE(outbox().empty());
}

// ---- idempotency keys

TEST_P(CatalogSuite, AnIdempotencyKeyIsOfOneConnector) {
  add_upload(1);
  add_operation(sample_operation(1, 2, clock_.now()));
  const IdempotencyRecord record{ConnectorId{"cli"}, "key \"1\"", "ab12", UploadId{"node-000000001.2"},
                                 clock_.now() + Millis{1000}};
  Change change;
  change.idempotency = record;
  ASSERT_TRUE(commit(change));
  const auto found = await(catalog().find_idempotency(record.connector, record.key));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->connector, record.connector);
  EXPECT_EQ(found->key, record.key);
  EXPECT_EQ(found->request_sha256_hex, record.request_sha256_hex);
  EXPECT_EQ(found->upload, record.upload);
  EXPECT_EQ(found->kept_until, record.kept_until);

  EXPECT_FALSE(commit(change)) << "must not exist yet";
  EXPECT_FALSE(await(catalog().find_idempotency(ConnectorId{"other"}, record.key)));
  change.idempotency->connector = ConnectorId{"other"};
  EXPECT_TRUE(commit(change));
}

TEST_P(CatalogSuite, AnIdempotencyKeyThatLedToAForgottenUploadIsFree) {
  add_upload(2);
  add_node(1);
  IdempotencyRecord record{ConnectorId{"cli"}, "key", "old", sample_operation(1, 1, clock_.now()).id,
                           clock_.now() + Millis{1000}};
  Change change;
  change.operations.push_back({ended_operation(1, 1, clock_.now()), 0});
  change.idempotency = record;
  ASSERT_TRUE(commit(change));
  ASSERT_TRUE(await(catalog().find_idempotency(record.connector, record.key)));
  ASSERT_TRUE(await(catalog().forget(record.upload, 1, true)));
  EXPECT_FALSE(await(catalog().find_idempotency(record.connector, record.key)));

  Change again;
  again.idempotency = record;
  again.idempotency->request_sha256_hex = "new";
  again.idempotency->upload = sample_operation(2, 1, clock_.now()).id;
  EXPECT_TRUE(commit(again));
  EXPECT_EQ(await(catalog().find_idempotency(record.connector, record.key))->request_sha256_hex, "new");
  EXPECT_FALSE(commit(again)) << "it is taken again";
}

TEST_P(CatalogSuite, AnIdempotencyKeyWhoseTimeIsOverIsReplaced) {
  add_upload(1);
  Change change;
  change.idempotency = IdempotencyRecord{ConnectorId{"cli"}, "key", "old", UploadId{"node-000000001"},
                                         clock_.now() + Millis{1000}};
  ASSERT_TRUE(commit(change));
  clock_.advance(Millis{999});
  EXPECT_FALSE(commit(change));
  clock_.advance(Millis{1});
  EXPECT_FALSE(await(catalog().find_idempotency(ConnectorId{"cli"}, "key")));
  change.idempotency->request_sha256_hex = "new";
  change.idempotency->kept_until = clock_.now() + Millis{1};
  EXPECT_TRUE(commit(change));
  EXPECT_EQ(await(catalog().find_idempotency(ConnectorId{"cli"}, "key"))->request_sha256_hex, "new");
}

TEST_P(CatalogSuite, IdempotencyKeysAreForgottenOnceTheirTimeIsOver) {
  add_upload(1);
  for (int i = 0; i < 5; ++i) {
    Change change;
    change.idempotency = IdempotencyRecord{ConnectorId{"cli"}, "key" + std::to_string(i), "",
                                           UploadId{"node-000000001"},
                                           clock_.now() + Millis{i < 3 ? 10 : 1000}};
    ASSERT_TRUE(commit(change));
  }
  EXPECT_EQ(await(catalog().forget_idempotency(100)), 0);
  clock_.advance(Millis{10});
  EXPECT_EQ(await(catalog().forget_idempotency(2)), 2);
  EXPECT_EQ(await(catalog().forget_idempotency(100)), 1);
  EXPECT_EQ(await(catalog().forget_idempotency(100)), 0);
  EXPECT_TRUE(await(catalog().find_idempotency(ConnectorId{"cli"}, "key4")));
}

// ---- looking again, forgetting

TEST_P(CatalogSuite, WhatIsDueIsClaimedOldestFirstAndOnce) {
  add_node(1);
  for (int n = 1; n <= 4; ++n) {
    Operation due = sample_operation(1, n, clock_.now());
    due.look_again_at = clock_.now() + Millis{100 * (5 - n)};
    add_operation(due);
  }
  add_operation(sample_operation(1, 5, clock_.now()));  // never
  EXPECT_TRUE(await(catalog().claim_due(10, Millis{1000})).empty());

  clock_.advance(Millis{300});  // 4, 3, 2 are due
  const NodeId id = sample_node_id(1);
  EXPECT_EQ(await(catalog().claim_due(2, Millis{1000})),
            (std::vector{upload_id_of(id, 4), upload_id_of(id, 3)}));
  EXPECT_EQ(await(catalog().claim_due(10, Millis{1000})), std::vector{upload_id_of(id, 2)});
  EXPECT_TRUE(await(catalog().claim_due(10, Millis{1000})).empty());
  EXPECT_EQ(operation(1, 4)->look_again_at, clock_.now() + Millis{1000});
  EXPECT_EQ(operation(1, 4)->revision, 1) << "a claim is no change";

  clock_.advance(Millis{1000});
  EXPECT_EQ(await(catalog().claim_due(10, Millis{1000})).size(), 4U);
}

TEST_P(CatalogSuite, ManySweepersAtOnceShareNothing) {
  add_node(1);
  for (int n = 1; n <= 12; ++n) {
    Operation due = sample_operation(1, n, clock_.now());
    due.look_again_at = clock_.now();
    add_operation(due);
  }
  std::vector<Task<std::vector<UploadId>>> sweepers;
  for (int i = 0; i < 6; ++i) sweepers.push_back(catalog().claim_due(3, Millis{1000}));
  std::vector<UploadId> claimed;
  for (const auto& of_one : await_all(std::move(sweepers)))
    claimed.insert(claimed.end(), of_one.begin(), of_one.end());
  EXPECT_EQ(claimed.size(), 12U);
  EXPECT_EQ(std::set<UploadId>(claimed.begin(), claimed.end()).size(), 12U);
}

TEST_P(CatalogSuite, AClaimDoesNotStandInTheWayOfAChange) {
  add_node(1);
  Operation due = sample_operation(1, 1, clock_.now());
  due.look_again_at = clock_.now();
  add_operation(due);
  const Operation before = *operation(1);
  ASSERT_EQ(await(catalog().claim_due(1, Millis{1000})).size(), 1U);
  Change change;
  change.operations.push_back({before, 1});
  change.operations[0].operation.look_again_at.reset();
  EXPECT_TRUE(commit(change));
  clock_.advance(Millis{1000});
  EXPECT_TRUE(await(catalog().claim_due(1, Millis{1000})).empty());
}

TEST_P(CatalogSuite, OnlyAnEndedOperationIsForgotten) {
  add_upload(1);
  const UploadId first = upload_id_of(sample_node_id(1), 1);
  EXPECT_FALSE(await(catalog().forget(first, 1, true))) << "it is open";
  EXPECT_FALSE(await(catalog().forget(upload_id_of(sample_node_id(1), 9), 1, true))) << "it is not there";

  Change end;
  end.operations.push_back({ended_operation(1, 1, clock_.now()), 1});
  ASSERT_TRUE(commit(end));
  EXPECT_FALSE(await(catalog().forget(first, 1, true))) << "it has changed";
  EXPECT_TRUE(operation(1));
  EXPECT_TRUE(await(catalog().forget(first, 2, false)));
  EXPECT_FALSE(operation(1));
  EXPECT_TRUE(node(1));
  EXPECT_FALSE(await(catalog().forget(first, 2, false)));
}

TEST_P(CatalogSuite, ANodeIsForgottenWithItsLastOperation) {
  add_node(1);
  add_operation(ended_operation(1, 1, clock_.now()));
  add_operation(ended_operation(1, 2, clock_.now()));
  EXPECT_TRUE(await(catalog().forget(upload_id_of(sample_node_id(1), 1), 1, true)));
  EXPECT_TRUE(node(1)) << "it has another operation";
  EXPECT_TRUE(await(catalog().forget(upload_id_of(sample_node_id(1), 2), 1, true)));
  EXPECT_FALSE(node(1));
  add_upload(1);  // and may be there again
}

}  // namespace longshore
