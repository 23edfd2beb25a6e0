#include "tests/sim/upload_plan.h"

#include "base/encoding.h"
#include "base/hash.h"
#include "tests/fakes/checksum.h"

namespace longshore::sim {

namespace {

std::string random_text(Dice& dice, std::int64_t size) {
  std::string text;
  for (std::int64_t i = 0; i < size; ++i) text += static_cast<char>('a' + dice.below(26));
  return text;
}

constexpr int kChunksMax = 5;

void draw_chunks(Dice& dice, const StoreLimits& limits, UploadPlan& plan) {
  const auto count = dice.chance(0.05) ? 0 : dice.between(1, kChunksMax);
  std::optional<std::int64_t> fixed;
  if (limits.equal_parts || dice.chance(0.4))
    fixed = dice.between(limits.part_bytes_min, limits.part_bytes_max);
  plan.initiate.expected.chunk_size = fixed;
  // Now and then two chunks are equal, byte for byte.
  const std::string same = random_text(dice, fixed.value_or(limits.part_bytes_min));
  for (std::int64_t i = 1; i < count; ++i) {
    const auto size = fixed ? *fixed : dice.between(limits.part_bytes_min, limits.part_bytes_max);
    plan.intent.chunks.push_back(dice.chance(0.2) ? same : random_text(dice, size));
  }
  if (count > 0)
    plan.intent.chunks.push_back(random_text(dice, dice.between(1, fixed.value_or(limits.part_bytes_max))));
}

void draw_expectations(Dice& dice, const Profile& profile, UploadPlan& plan) {
  const std::string whole = plan.intent.whole();
  Expectation& expected = plan.initiate.expected;
  if (dice.chance(0.5)) expected.size = std::ssize(whole);
  if (dice.chance(0.3)) expected.crc32c = fakes::crc32c_of(whole);
  if (dice.chance(0.2)) {
    const Sha256Digest digest = sha256(whole);
    expected.sha256_base64 = base64_encode(std::as_bytes(std::span(digest)));
  }
  if (!whole.empty() && dice.chance(profile.habits.wrong_expectation)) {
    plan.intent.may_complete = false;
    switch (dice.below(3)) {
      case 0:
        expected.size = std::ssize(whole) + 1;
        break;
      case 1:
        expected.crc32c = fakes::crc32c_of(whole + "x");
        break;
      default: {
        const Sha256Digest digest = sha256(whole + "x");
        expected.sha256_base64 = base64_encode(std::as_bytes(std::span(digest)));
      }
    }
  }
}

void draw_node(Dice& dice, const Profile& profile, const NodeId& node, UploadPlan& plan) {
  InitiateRequest& initiate = plan.initiate;
  const std::string number = std::to_string(dice.below(static_cast<std::size_t>(profile.names)));
  initiate.attributes.name = "name-" + number;
  plan.node_is_named = true;
  if (!node.empty()) {
    initiate.client_node_id = node;
  } else if (dice.chance(0.3)) {
    initiate.by_name = true;
    initiate.fail_if_exists = dice.chance(0.2);
  } else if (dice.chance(0.3)) {
    initiate.client_node_id = NodeId("node-000" + number);
  } else {
    plan.node_is_named = false;
  }
  if (dice.chance(0.3)) {
    initiate.idempotency_key = plan.intent.id;
    initiate.request_sha256_hex = "of-" + plan.intent.id;
  }
}

}  // namespace

std::deque<ChunkIndex> chunks_of(const UploadPlan& plan) {
  std::deque<ChunkIndex> chunks;
  for (int i = 0; i < std::ssize(plan.intent.chunks); ++i) chunks.emplace_back(i);
  return chunks;
}

std::deque<ChunkIndex> chunks_of(const std::vector<ChunkRange>& ranges) {
  std::deque<ChunkIndex> chunks;
  for (const ChunkRange& range : ranges) {
    for (auto i = range.first.value(); i <= range.last.value(); ++i) chunks.emplace_back(i);
  }
  return chunks;
}

UploadPlan draw_upload(Dice& dice, const Profile& profile, const std::string& intent_id, const NodeId& node) {
  UploadPlan plan;
  plan.intent.id = intent_id;
  plan.initiate.connector = ConnectorId("cli");
  const std::size_t drive = dice.below(profile.drives.size());
  if (drive > 0) plan.initiate.drive = DriveName("drive" + std::to_string(drive));
  draw_chunks(dice, profile.drives[drive].limits, plan);
  draw_expectations(dice, profile, plan);
  draw_node(dice, profile, node, plan);

  plan.announces_digest = dice.chance(0.8);
  plan.parallel = static_cast<int>(dice.between(1, 3));
  plan.says_last = !plan.intent.chunks.empty() && dice.chance(0.5);
  plan.completes = !plan.says_last || dice.chance(0.5);
  // Who names neither the last chunk, nor their number, nor the size has a store that keeps what it was
  // given, and heeds every answer: a try that failed, or that comes late, takes another one's receipt along.
  const bool nothing_said = !plan.says_last && !plan.initiate.expected.size;
  const fakes::StoreProfile& store = profile.drives[drive].store;
  const bool forgetful = store.failed_resend_destroys_part || store.list_lag > Millis{0} ||
                         profile.habits.duplicates > 0 || profile.sessions.late > 0 ||
                         profile.sessions.slow > 0;
  plan.says_total = plan.intent.chunks.empty() || (nothing_said && forgetful) || dice.chance(0.5);
  if (dice.chance(profile.habits.whole_objects)) {
    plan.whole = true;
    plan.intent.split_by_server = true;
    plan.length_known = dice.chance(0.5);
    plan.initiate.expected.chunk_size.reset();
    plan.initiate.by_name = plan.initiate.client_node_id.empty();
    plan.node_is_named = true;
  }
  return plan;
}

}  // namespace longshore::sim
