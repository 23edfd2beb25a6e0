#include "apps/longshore/plan.h"

#include <set>

#include <gtest/gtest.h>

#include "apps/longshore/failure.h"
#include "base/hash.h"

namespace longshore::cli {
namespace {

using Parts = std::vector<std::int64_t>;

TEST(PartPlan, CutsEvenlyWithAShortLastPart) {
  const PartPlan plan(25, 10);
  EXPECT_EQ(plan.count(), 3);
  EXPECT_EQ(plan.offset(2), 20);
  EXPECT_EQ(plan.length(0), 10);
  EXPECT_EQ(plan.length(2), 5);
}

TEST(PartPlan, KnowsTheEdges) {
  EXPECT_EQ(PartPlan(0, 10).count(), 0);
  EXPECT_EQ(PartPlan(20, 10).count(), 2);
  EXPECT_EQ(PartPlan(20, 10).length(1), 10);
  EXPECT_EQ(PartPlan(1, 10).count(), 1);
  EXPECT_EQ(PartPlan(INT64_MAX, INT64_MAX).count(), 1);
  EXPECT_EQ(PartPlan(INT64_MAX, INT64_MAX - 1).length(1), 1);
}

TEST(ChunkSize, FollowsTheUserThenTheServer) {
  EXPECT_EQ(choose_chunk_size(7, {.recommended_chunk_size = 9}), 7);
  EXPECT_EQ(choose_chunk_size(std::nullopt, {.recommended_chunk_size = 9}), 9);
  EXPECT_THROW(choose_chunk_size(std::nullopt, {}), Failure);
}

TEST(Parallel, StaysWithinTheServersLimitAndTheParts) {
  EXPECT_EQ(choose_parallel(4, {.max_concurrent_chunks = 10}, 100), 4);
  EXPECT_EQ(choose_parallel(40, {.max_concurrent_chunks = 10}, 100), 10);
  EXPECT_EQ(choose_parallel(4, {.max_concurrent_chunks = 10}, 2), 2);
  EXPECT_EQ(choose_parallel(4, {}, 100), 4);
  EXPECT_EQ(choose_parallel(4, {}, 0), 1);
}

TEST(PartsToSend, IsWhatTheServerLacks) {
  const PartPlan plan(95, 10);
  EXPECT_EQ(parts_to_send(plan, {}), (Parts{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(parts_to_send(plan, {{0, 3}, {5, 5}, {9, 9}}), (Parts{4, 6, 7, 8}));
  EXPECT_EQ(parts_to_send(plan, {{0, 9}}), Parts{});
  EXPECT_EQ(parts_to_send(plan, {{2, 9}, {0, 4}}), Parts{});  // overlapping, unordered
  EXPECT_EQ(parts_to_send(PartPlan(0, 10), {}), Parts{});
}

TEST(PartsToSend, RefusesPartsThatTheFileDoesNotHave) {
  const PartPlan plan(95, 10);
  EXPECT_THROW(parts_to_send(plan, {{0, 10}}), Failure);
  EXPECT_THROW(parts_to_send(plan, {{-1, 0}}), Failure);
  EXPECT_THROW(parts_to_send(plan, {{3, 2}}), Failure);
  EXPECT_THROW(parts_to_send(plan, {{0, INT64_MAX}}), Failure);
  EXPECT_EQ(parts_named(plan, {{8, 9}, {1, 1}, {1, 1}}), (Parts{1, 8, 9}));
}

TEST(CombinedCrc, IsThatOfTheWhole) {
  const std::string text = "the quick brown fox jumps over";
  const PartPlan plan(static_cast<std::int64_t>(text.size()), 7);
  std::vector<std::uint32_t> crcs;
  for (std::int64_t part = 0; part < plan.count(); ++part) {
    Crc32c crc;
    crc.update(as_bytes(std::string_view(text).substr(static_cast<std::size_t>(plan.offset(part)),
                                                      static_cast<std::size_t>(plan.length(part)))));
    crcs.push_back(crc.value());
  }
  Crc32c whole;
  whole.update(as_bytes(text));
  EXPECT_EQ(combined_crc32c(plan, crcs), whole.value());
  EXPECT_EQ(combined_crc32c(PartPlan(0, 7), {}), 0U);
}

TEST(NextStep, CoversEveryState) {
  EXPECT_EQ(next_step(UploadState::pending), NextStep::send);
  EXPECT_EQ(next_step(UploadState::uploading), NextStep::send);
  EXPECT_EQ(next_step(UploadState::completing), NextStep::finish);
  EXPECT_EQ(next_step(UploadState::completed), NextStep::look);
  for (const UploadState ended : {UploadState::failed, UploadState::cancelled, UploadState::expired}) {
    EXPECT_EQ(next_step(ended), NextStep::try_again);
  }
  EXPECT_THROW(next_step(UploadState::unspecified), Failure);
}

TEST(HowToGoOn, FollowsTheStateOfTheUpload) {
  struct Row {
    std::optional<UploadState> state;
    const char* same_file;
    const char* changed_file;
  };
  for (const Row& row :
       {Row{UploadState::pending, "the same command goes on with it", "longshore cancel ID"},
        Row{UploadState::uploading, "the same command goes on with it", "longshore cancel ID"},
        Row{UploadState::completing, "the same command asks for the outcome", "with the file as it was"},
        Row{UploadState::completed, "had been completed", "with the file as it was"},
        Row{UploadState::failed, "is failed, nothing", "the same command begins a new one"},
        Row{UploadState::cancelled, "is cancelled, nothing", "the same command begins a new one"},
        Row{UploadState::expired, "is expired, nothing", "the same command begins a new one"},
        Row{std::nullopt, "longshore status ID; the same command", "longshore cancel ID"}}) {
    const std::string same = how_to_go_on("ID", row.state, false);
    EXPECT_NE(same.find(row.same_file), std::string::npos) << same;
    const std::string changed = how_to_go_on("ID", row.state, true);
    EXPECT_NE(changed.find(row.changed_file), std::string::npos) << changed;
    EXPECT_EQ(changed.find("goes on"), std::string::npos) << changed;
  }
}

TEST(StillThere, SeesDeletionAndReplacement) {
  UploadStatus upload;
  upload.etag = "e";
  upload.version_id = "v";
  upload.crc32c = "c";
  Node node;
  node.state = "ACTIVE";
  node.etag = "e";
  node.version_id = "v";
  node.crc32c = "c";
  EXPECT_TRUE(is_still_there(upload, node));
  node.state = "DELETED";
  EXPECT_FALSE(is_still_there(upload, node));
  node.state = "ACTIVE";
  node.etag = "other";
  EXPECT_FALSE(is_still_there(upload, node));
}

TEST(IdempotencyKey, ChangesWithWhateverMakesAnotherUpload) {
  const UploadIdentity base{.connector = "cli",
                            .path = "a",
                            .name = "b",
                            .absolute_file = "/x/b",
                            .size = 1,
                            .modified_ns = 2,
                            .inode = 3,
                            .chunk_size = 4};
  std::set<std::string> keys = {idempotency_key(base, 1), idempotency_key(base, 2)};
  auto add = [&](auto change) {
    UploadIdentity other = base;
    change(other);
    keys.insert(idempotency_key(other, 1));
  };
  add([](UploadIdentity& i) { i.connector = "other"; });
  add([](UploadIdentity& i) { i.path = "ab", i.name = ""; });  // the same letters, elsewhere
  add([](UploadIdentity& i) { i.name = "\xff"; });
  add([](UploadIdentity& i) { i.absolute_file = "/y/b"; });
  add([](UploadIdentity& i) { i.size = 9; });
  add([](UploadIdentity& i) { i.modified_ns = 9; });
  add([](UploadIdentity& i) { i.inode = 9; });
  add([](UploadIdentity& i) { i.chunk_size = 9; });
  EXPECT_EQ(keys.size(), 10U);
  EXPECT_EQ(idempotency_key(base, 1), idempotency_key(base, 1));
  EXPECT_EQ(idempotency_key(base, 1).size(), 4U + 32U + 2U);
}

}  // namespace
}  // namespace longshore::cli
