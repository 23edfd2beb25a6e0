#pragma once

#include "tests/contract/catalog_suite.h"

namespace longshore {

class CatalogListingSuite : public CatalogSuite {
 protected:
  void add(int node_number, const std::string& connector, OperationState state, Time created_at) {
    Change change;
    change.node = NodeWrite{sample_node(node_number), 0};
    change.node->node.connector = ConnectorId{connector};
    Operation operation = sample_operation(node_number, 1, created_at);
    operation.connector = ConnectorId{connector};
    operation.state = state;
    change.operations.push_back({operation, 0});
    ASSERT_TRUE(commit(std::move(change)));
  }
  void add_node_at(int number, const std::string& path, NodeState state = NodeState::pending,
                   const std::string& connector = "cli", const std::string& drive = "default") {
    Node node = sample_node(number);
    node.attributes.path = path;
    node.state = state;
    node.connector = ConnectorId{connector};
    node.drive = DriveName{drive};
    Change change;
    change.node = NodeWrite{std::move(node), 0};
    ASSERT_TRUE(commit(std::move(change)));
  }

  using Numbers = std::vector<int>;
  static int number_of(const std::string& id) {
    return (id[11] - '0') * 100 + (id[12] - '0') * 10 + (id[13] - '0');
  }

  /// The node numbers of every page.
  Numbers uploads(UploadQuery query) {
    Numbers found;
    do {
      const UploadPage page = await(catalog().list_uploads(query));
      EXPECT_LE(std::ssize(page.uploads), query.page_size);
      for (const Operation& operation : page.uploads) found.push_back(number_of(operation.id.str()));
      query.page_token = page.next_page_token;
    } while (!query.page_token.empty());
    return found;
  }
  Numbers nodes(NodeQuery query) {
    Numbers found;
    do {
      const NodePage page = await(catalog().list_nodes(query));
      EXPECT_LE(std::ssize(page.nodes), query.page_size);
      for (const Node& node : page.nodes) found.push_back(number_of(node.id.str()));
      query.page_token = page.next_page_token;
    } while (!query.page_token.empty());
    return found;
  }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CatalogListingSuite);

// ---- uploads

TEST_P(CatalogListingSuite, UploadsAreListedOldestFirst) {
  const Time t = clock_.now();
  add(1, "cli", OperationState::open, t + Millis{3});
  add(2, "cli", OperationState::completed, t + Millis{1});
  add(4, "cli", OperationState::failed, t + Millis{2});
  add(3, "cli", OperationState::expired, t + Millis{2});  // of the same moment: by id
  EXPECT_EQ(uploads({}), (Numbers{2, 3, 4, 1}));
  EXPECT_EQ(uploads({.page_size = 1}), (Numbers{2, 3, 4, 1}));
  EXPECT_EQ(uploads({.page_size = 2}), (Numbers{2, 3, 4, 1}));
  EXPECT_EQ(uploads({.page_size = 4}), (Numbers{2, 3, 4, 1}));

  const UploadPage whole = await(catalog().list_uploads({.page_size = 4}));
  EXPECT_EQ(whole.next_page_token, "") << "no page more";
  EXPECT_EQ(whole.uploads.at(3), *operation(1));
}

TEST_P(CatalogListingSuite, UploadsAreFiltered) {
  const Time t = clock_.now();
  add(1, "cli", OperationState::open, t);
  add(2, "cli", OperationState::completing, t + Millis{1});
  add(3, "other", OperationState::open, t + Millis{2});
  add(4, "cli", OperationState::completed, t + Millis{3});
  add(5, "cli", OperationState::open, t + Millis{4});
  using enum OperationState;
  EXPECT_EQ(uploads({.states = {open}}), (Numbers{1, 3, 5}));
  EXPECT_EQ(uploads({.states = {completed, open}}), (Numbers{1, 3, 4, 5}));
  EXPECT_EQ(uploads({.states = {open, open}}), (Numbers{1, 3, 5})) << "a state named twice";
  EXPECT_EQ(uploads({.states = {cancelled}}), Numbers{});
  EXPECT_EQ(uploads({.connector = ConnectorId{"cli"}}), (Numbers{1, 2, 4, 5}));
  EXPECT_EQ(uploads({.states = {open}, .connector = ConnectorId{"cli"}, .page_size = 1}), (Numbers{1, 5}));
  EXPECT_EQ(uploads({.connector = ConnectorId{"nobody"}}), Numbers{});
  EXPECT_EQ(uploads({.created_before = t + Millis{2}}), (Numbers{1, 2}));
  EXPECT_EQ(uploads({.states = {open}, .created_before = t + Millis{3}, .page_size = 1}), (Numbers{1, 3}));
}

TEST_P(CatalogListingSuite, UploadsAddedBetweenPagesDisturbNothing) {
  const Time t = clock_.now();
  for (int i = 1; i <= 4; ++i) add(i, "cli", OperationState::open, t + Millis{10 * i});
  UploadPage page = await(catalog().list_uploads({.page_size = 2}));
  ASSERT_EQ(page.uploads.size(), 2U);
  add(5, "cli", OperationState::open, t + Millis{15});  // behind the reader
  add(6, "cli", OperationState::open, t + Millis{25});  // before the reader
  add(7, "cli", OperationState::open, t + Millis{50});
  EXPECT_EQ(uploads({.page_size = 2, .page_token = page.next_page_token}), (Numbers{6, 3, 4, 7}));
}

TEST_P(CatalogListingSuite, APageGoesOnThoughItsLastRowIsGone) {
  const Time t = clock_.now();
  for (int i = 1; i <= 3; ++i) add(i, "cli", OperationState::cancelled, t + Millis{i});
  const UploadPage page = await(catalog().list_uploads({.page_size = 2}));
  ASSERT_TRUE(await(catalog().forget(page.uploads.at(1).id, 1, true)));
  EXPECT_EQ(uploads({.page_token = page.next_page_token}), Numbers{3});
}

TEST_P(CatalogListingSuite, ForgedTokensAreRefused) {
  const Time t = clock_.now();
  for (int i = 1; i <= 3; ++i) add(i, "cli", OperationState::open, t + Millis{i});
  const std::string of_uploads = await(catalog().list_uploads({.page_size = 1})).next_page_token;
  const std::string of_nodes = await(catalog().list_nodes({.page_size = 1})).next_page_token;
  ASSERT_FALSE(of_uploads.empty());
  ASSERT_FALSE(of_nodes.empty());
  const std::string null_byte(1, '\0');
  for (const std::string& token : {std::string("x"), std::string("'; --"), of_nodes, of_uploads + null_byte,
                                   of_uploads + " ", " " + of_uploads, of_uploads + of_uploads,
                                   of_uploads.substr(0, 3), std::string(10'000, '0'), null_byte}) {
    EXPECT_EQ(error_of(catalog().list_uploads({.page_token = token})),
              (std::pair{std::optional{Reason::invalid_request}, std::string("page_token")}))
        << token;
  }
  for (const std::string& token : {std::string("x"), of_uploads, of_nodes + null_byte, of_nodes + " ",
                                   of_nodes.substr(0, 3), std::string(10'000, '0'), null_byte}) {
    EXPECT_EQ(error_of(catalog().list_nodes({.page_token = token})),
              (std::pair{std::optional{Reason::invalid_request}, std::string("page_token")}))
        << token;
    EXPECT_EQ(error_of(catalog().operations_of({.node = sample_node_id(1), .page_token = token})),
              (std::pair{std::optional{Reason::invalid_request}, std::string("page_token")}))
        << token;
  }
}

TEST_P(CatalogListingSuite, OpenOperationsAreCountedUpToABound) {
  const Time t = clock_.now();
  add(1, "cli", OperationState::open, t);
  add(2, "cli", OperationState::completing, t);
  add(3, "cli", OperationState::completed, t);
  add(4, "other", OperationState::open, t);
  add(5, "cli", OperationState::open, t);
  add(6, "cli", OperationState::failed, t);
  EXPECT_EQ(await(catalog().count_open(ConnectorId{"cli"}, 100)), 3) << "all that has not ended";
  EXPECT_EQ(await(catalog().count_open(ConnectorId{"cli"}, 3)), 3);
  EXPECT_EQ(await(catalog().count_open(ConnectorId{"cli"}, 2)), 2);
  EXPECT_EQ(await(catalog().count_open(ConnectorId{"nobody"}, 2)), 0);
}

TEST_P(CatalogListingSuite, TheCountOfOpenOperationsFollowsEveryChange) {
  using enum OperationState;
  const ConnectorId cli{"cli"};
  add(1, "cli", open, clock_.now());
  std::int64_t revision = 0;
  const auto become = [&](OperationState state) {
    Change change;
    change.operations.push_back({*operation(1), ++revision});
    change.operations[0].operation.state = state;
    ASSERT_TRUE(commit(change));
    EXPECT_FALSE(commit(change)) << "what fails is not counted";
  };
  become(completing);
  EXPECT_EQ(await(catalog().count_open(cli, 9)), 1);
  become(open);
  EXPECT_EQ(await(catalog().count_open(cli, 9)), 1);
  become(expired);
  EXPECT_EQ(await(catalog().count_open(cli, 9)), 0);
  become(expired);
  EXPECT_EQ(await(catalog().count_open(cli, 9)), 0);
  ASSERT_TRUE(await(catalog().forget(operation(1)->id, revision + 1, true)));
  EXPECT_EQ(await(catalog().count_open(cli, 9)), 0);
  add(1, "cli", open, clock_.now());
  EXPECT_EQ(await(catalog().count_open(cli, 9)), 1);
}

TEST_P(CatalogListingSuite, TheOperationsOfANodeNewestFirst) {
  add_node(1);
  add_node(2);
  add_operation(sample_operation(2, 1, clock_.now()));
  for (int n = 1; n <= 12; ++n) {
    clock_.advance(Millis{n == 5 ? -1000 : 0});  // the order is that of the counter, not of a clock
    add_operation(ended_operation(1, n, clock_.now()));
  }
  const auto all = await(catalog().operations_of({.node = sample_node_id(1)})).operations;
  ASSERT_EQ(all.size(), 12U);
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(all[static_cast<std::size_t>(i)].id, upload_id_of(sample_node_id(1), 12 - i));
  }
  Change touch;
  touch.operations.push_back({ended_operation(1, 3, clock_.now()), 1});
  ASSERT_TRUE(commit(touch));  // a change does not make it newer
  const OperationPage newest = await(catalog().operations_of({.node = sample_node_id(1), .page_size = 2}));
  ASSERT_EQ(newest.operations.size(), 2U);
  EXPECT_EQ(newest.operations[0].id, upload_id_of(sample_node_id(1), 12));
  EXPECT_TRUE(await(catalog().operations_of({.node = sample_node_id(9)})).operations.empty());
}

TEST_P(CatalogListingSuite, OperationsOfANodeArePaged) {
  for (int i = 1; i <= 5; ++i) {
    Change change;
    if (i == 1) change.node = NodeWrite{sample_node(1), 0};
    change.operations.push_back({ended_operation(1, i, clock_.now()), 0});
    ASSERT_TRUE(commit(change));
  }
  add(2, "cli", OperationState::open, clock_.now());  // somebody else's
  for (const int size : {1, 2, 4, 5, 6}) {
    OperationQuery query{.node = sample_node_id(1), .page_size = size};
    std::vector<UploadId> found;
    int pages = 0;
    do {
      const OperationPage page = await(catalog().operations_of(query));
      EXPECT_LE(std::ssize(page.operations), size);
      for (const Operation& op : page.operations) found.push_back(op.id);
      query.page_token = page.next_page_token;
      ++pages;
    } while (!query.page_token.empty());
    EXPECT_EQ(pages, (5 + size - 1) / size) << size;
    ASSERT_EQ(found.size(), 5U) << size;
    for (int i = 0; i < 5; ++i)
      EXPECT_EQ(found[static_cast<std::size_t>(i)], upload_id_of(sample_node_id(1), 5 - i));
  }
}

TEST_P(CatalogListingSuite, APageOfOperationsGoesOnThoughItsLastRowIsGone) {
  for (int i = 1; i <= 3; ++i) {
    Change change;
    if (i == 1) change.node = NodeWrite{sample_node(1), 0};
    change.operations.push_back({ended_operation(1, i, clock_.now()), 0});
    ASSERT_TRUE(commit(change));
  }
  OperationQuery query{.node = sample_node_id(1), .page_size = 1};
  query.page_token = await(catalog().operations_of(query)).next_page_token;
  ASSERT_TRUE(await(catalog().forget(upload_id_of(sample_node_id(1), 3), 1, false)));
  EXPECT_EQ(await(catalog().operations_of(query)).operations.at(0).id, upload_id_of(sample_node_id(1), 2));
}

// ---- nodes

TEST_P(CatalogListingSuite, NodesAreListedById) {
  for (const int number : {4, 1, 3, 2}) add_node_at(number, "a");
  EXPECT_EQ(nodes({}), (Numbers{1, 2, 3, 4}));
  EXPECT_EQ(nodes({.page_size = 1}), (Numbers{1, 2, 3, 4}));
  EXPECT_EQ(nodes({.page_size = 2}), (Numbers{1, 2, 3, 4}));
  const NodePage whole = await(catalog().list_nodes({.page_size = 4}));
  EXPECT_EQ(whole.next_page_token, "");
  EXPECT_EQ(whole.nodes.at(0), *node(1));
}

TEST_P(CatalogListingSuite, NodesAreFiltered) {
  add_node_at(1, "a", NodeState::active);
  add_node_at(2, "a", NodeState::pending, "other");
  add_node_at(3, "a", NodeState::pending, "cli", "cold");
  add_node_at(4, "b", NodeState::active, "other", "cold");
  add_node_at(5, "b", NodeState::deleted);
  EXPECT_EQ(nodes({.connector = ConnectorId{"cli"}}), (Numbers{1, 3, 5}));
  EXPECT_EQ(nodes({.connector = ConnectorId{"cli"}, .page_size = 1}), (Numbers{1, 3, 5}));
  EXPECT_EQ(nodes({.drive = DriveName{"cold"}}), (Numbers{3, 4}));
  EXPECT_EQ(nodes({.state = NodeState::active, .page_size = 1}), (Numbers{1, 4}));
  EXPECT_EQ(nodes({.connector = ConnectorId{"other"},
                   .drive = DriveName{"cold"},
                   .path_prefix = "b",
                   .state = NodeState::active}),
            Numbers{4});
  EXPECT_EQ(nodes({.connector = ConnectorId{"cli"}, .drive = DriveName{"warm"}}), Numbers{});
}

TEST_P(CatalogListingSuite, ThePathPrefixIsLiteral) {
  add_node_at(1, "in/100%/x");
  add_node_at(2, "in/1000/x");
  add_node_at(3, "in/a_b");
  add_node_at(4, "in/axb");
  add_node_at(5, "In/a_b");
  add_node_at(6, "\xc3\xa9t\xc3\xa9/x");
  add_node_at(7, "x/in/a_b");
  EXPECT_EQ(nodes({.path_prefix = "in/"}), (Numbers{1, 2, 3, 4}));
  EXPECT_EQ(nodes({.path_prefix = "in/100%"}), Numbers{1});
  EXPECT_EQ(nodes({.path_prefix = "in/a_"}), Numbers{3});
  EXPECT_EQ(nodes({.path_prefix = "%"}), Numbers{});
  EXPECT_EQ(nodes({.path_prefix = "*"}), Numbers{});
  EXPECT_EQ(nodes({.path_prefix = "\xc3\xa9t"}), Numbers{6});
  EXPECT_EQ(nodes({.path_prefix = "in/a_b/longer"}), Numbers{});
  EXPECT_EQ(nodes({.path_prefix = "' OR 1=1 --"}), Numbers{});
}

TEST_P(CatalogListingSuite, NodesAddedBetweenPagesDisturbNothing) {
  for (const int number : {10, 20, 30, 40}) add_node_at(number, "a");
  const NodePage page = await(catalog().list_nodes({.page_size = 2}));
  ASSERT_EQ(page.nodes.size(), 2U);
  add_node_at(15, "a");
  add_node_at(25, "a");
  EXPECT_EQ(nodes({.page_size = 2, .page_token = page.next_page_token}), (Numbers{25, 30, 40}));
}

}  // namespace longshore
