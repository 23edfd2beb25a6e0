#include "domain/operation.h"

#include <gtest/gtest.h>

namespace longshore {
namespace {

TEST(OperationTest, StatesAndKindsByName) {
  const std::pair<OperationState, const char*> states[] = {
      {OperationState::open, "OPEN"},           {OperationState::completing, "COMPLETING"},
      {OperationState::completed, "COMPLETED"}, {OperationState::failed, "FAILED"},
      {OperationState::cancelled, "CANCELLED"}, {OperationState::expired, "EXPIRED"}};
  for (const auto& [state, name] : states) {
    EXPECT_EQ(to_string(state), name);
    EXPECT_EQ(operation_state_of(name), state);
    EXPECT_EQ(has_ended(state), state != OperationState::open && state != OperationState::completing) << name;
  }
  const std::pair<OperationKind, const char*> kinds[] = {{OperationKind::upload, "upload"},
                                                         {OperationKind::purge, "purge"}};
  for (const auto& [kind, name] : kinds) {
    EXPECT_EQ(to_string(kind), name);
    EXPECT_EQ(operation_kind_of(name), kind);
  }
  const std::pair<NodeState, const char*> nodes[] = {
      {NodeState::active, "ACTIVE"}, {NodeState::pending, "PENDING"}, {NodeState::cancelled, "CANCELLED"},
      {NodeState::failed, "FAILED"}, {NodeState::expired, "EXPIRED"}, {NodeState::deleted, "DELETED"}};
  for (const auto& [state, name] : nodes) {
    EXPECT_EQ(to_string(state), name);
    EXPECT_EQ(node_state_of(name), state);
  }
  for (const char* unknown : {"", "open", "Open", "OPEN "}) {
    EXPECT_FALSE(operation_state_of(unknown).has_value()) << unknown;
    EXPECT_FALSE(operation_kind_of(unknown).has_value()) << unknown;
    EXPECT_FALSE(node_state_of(unknown).has_value()) << unknown;
  }
}

TEST(OperationTest, SettledOwesNothing) {
  EXPECT_TRUE(Debts{}.settled());
  EXPECT_FALSE((Debts{.aborts = {StoreUploadId{"u"}}}).settled());
  EXPECT_FALSE((Debts{.clean_list = true}).settled());
  EXPECT_FALSE((Debts{.delete_object = true}).settled());
  EXPECT_FALSE((Debts{.second_look_at = Time{}}).settled());
  EXPECT_TRUE((Debts{.delete_not_before = Time{Millis{1}}}).settled()) << "a date alone is no debt";
}

}  // namespace
}  // namespace longshore
