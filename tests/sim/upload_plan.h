#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/requests.h"
#include "tests/sim/intents.h"
#include "tests/sim/profile.h"

namespace longshore::sim {

/// One upload as a client means to do it.
struct UploadPlan {
  Intent intent;
  InitiateRequest initiate;
  bool whole = false;            // one call for the whole object
  bool length_known = true;      // of a whole object
  bool says_last = false;        // the last chunk is marked so
  bool completes = true;         // asks for the completion; else relies on it being implied (says_last)
  bool says_total = false;       // complete names total_chunks
  bool announces_digest = true;  // of every part
  int parallel = 1;
  bool node_is_named = false;  // a repeat of a lost initiate meets its own upload

  /// Whether each completion tells which chunk is the last, also where that chunk was not sent yet.
  [[nodiscard]] bool names_last() const {
    return says_total || (initiate.expected.size && initiate.expected.chunk_size);
  }
  /// Whether the server can know which chunk is the last, whatever else it has lost.
  [[nodiscard]] bool tells_last() const { return says_last || names_last(); }
};

/// `node`: to update; empty: by dice.
UploadPlan draw_upload(Dice& dice, const Profile& profile, const std::string& intent_id, const NodeId& node);

/// What a client sends, in order: all of it, or what it was told is missing.
std::deque<ChunkIndex> chunks_of(const UploadPlan& plan);
std::deque<ChunkIndex> chunks_of(const std::vector<ChunkRange>& ranges);

}  // namespace longshore::sim
