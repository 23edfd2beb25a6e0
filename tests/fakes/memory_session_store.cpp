#include "tests/fakes/memory_session_store.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace longshore {

LedgerSnapshot* MemorySessionStore::find(const UploadId& upload) {
  const auto found = sessions_.find(upload);
  return found == sessions_.end() ? nullptr : &found->second;
}

/// The entry whose current attempt is this one and still alive.
LedgerEntry* MemorySessionStore::find_attempt(const UploadId& upload, ChunkIndex chunk,
                                              const AttemptId& attempt) {
  LedgerSnapshot* session = find(upload);
  if (session == nullptr) return nullptr;
  const auto entry = session->entries.find(chunk);
  if (entry == session->entries.end() || !entry->second.attempt) return nullptr;
  const Attempt& current = *entry->second.attempt;
  return current.id == attempt && current.until > clock_.now() ? &entry->second : nullptr;
}

LedgerSnapshot MemorySessionStore::at_this_moment(LedgerSnapshot session) const {
  session.now = clock_.now();
  return session;
}

bool MemorySessionStore::has_tombstone(const UploadId& upload) const {
  const auto found = tombstones_.find(upload);
  return found != tombstones_.end() && found->second > clock_.now();
}

Task<bool> MemorySessionStore::create(SessionInfo info, AttemptId closed_by) {
  if (find(info.upload) != nullptr || has_tombstone(info.upload)) co_return false;
  LedgerSnapshot session;
  session.info = std::move(info);
  session.closed_by = std::move(closed_by);
  session.last_activity = clock_.now();
  sessions_.emplace(session.info.upload, std::move(session));
  co_return true;
}

Task<BeginAnswer> MemorySessionStore::begin_part(UploadId upload, BeginPart request, Millis lifetime) {
  LedgerSnapshot* session = find(upload);
  if (session == nullptr && has_tombstone(upload)) co_return SessionEnded{};
  if (session == nullptr) co_return SessionAbsent{};
  if (!session->closed_by.empty()) co_return SessionClosed{session->closed_by};

  const Time now = clock_.now();
  const BeginFacts facts = begin_facts(session->info, session->entries, request.chunk, now);
  const BeginDecision decision = decide_begin(session->info, facts, request, now);
  if (const auto* acknowledged = std::get_if<Acknowledged>(&decision)) {
    co_return PartThere{acknowledged->receipt, summarize(at_this_moment(*session))};
  }
  if (const auto* busy = std::get_if<AttemptBusy>(&decision)) co_return *busy;

  LedgerEntry entry;
  entry.attempt = Attempt{request.attempt, now + lifetime, request.size, request.last};
  session->entries[request.chunk] = std::move(entry);
  session->last_activity = now;
  co_return PartBegun{session->info};
}

Task<bool> MemorySessionStore::renew_attempt(UploadId upload, ChunkIndex chunk, AttemptId attempt,
                                             Millis lifetime) {
  LedgerEntry* entry = find_attempt(upload, chunk, attempt);
  if (entry == nullptr) co_return false;
  entry->attempt->until = clock_.now() + lifetime;
  find(upload)->last_activity = clock_.now();
  co_return true;
}

Task<void> MemorySessionStore::drop_attempt(UploadId upload, ChunkIndex chunk, AttemptId attempt) {
  if (LedgerEntry* entry = find_attempt(upload, chunk, attempt)) entry->attempt->until = clock_.now();
  co_return;
}

Task<RecordAnswer> MemorySessionStore::record_part(UploadId upload, ChunkIndex chunk, AttemptId attempt,
                                                   Receipt receipt) {
  RecordAnswer answer;
  LedgerSnapshot* session = find(upload);
  if (session == nullptr) co_return answer;
  LedgerEntry* entry = find_attempt(upload, chunk, attempt);
  if (entry == nullptr) {
    answer.result = RecordResult::stale;
    co_return answer;
  }
  if (entry->attempt->last) session->info.last = chunk;
  entry->attempt.reset();
  entry->receipt = std::move(receipt);
  session->last_activity = clock_.now();
  answer.result = RecordResult::recorded;
  answer.summary = summarize(at_this_moment(*session));
  co_return answer;
}

Task<std::optional<LedgerSnapshot>> MemorySessionStore::snapshot(UploadId upload) {
  const LedgerSnapshot* session = find(upload);
  if (session == nullptr) co_return std::nullopt;
  co_return at_this_moment(*session);
}

Task<std::vector<std::optional<LedgerSummary>>> MemorySessionStore::summaries(std::vector<UploadId> uploads) {
  std::vector<std::optional<LedgerSummary>> found;
  for (const UploadId& upload : uploads) {
    const LedgerSnapshot* session = find(upload);
    found.push_back(session == nullptr ? std::nullopt : std::optional{summarize(at_this_moment(*session))});
  }
  co_return found;
}

Task<void> MemorySessionStore::merge_listed(UploadId upload, std::vector<ListedPart> parts, Time asked_at) {
  LedgerSnapshot* session = find(upload);
  if (session == nullptr) co_return;
  for (ListedPart& part : parts) {
    LedgerEntry& entry = session->entries[chunk_of(part.number)];
    if (!is_vacant_for(entry, asked_at)) continue;
    entry.attempt.reset();
    entry.receipt = Receipt{std::move(part.etag), part.size, part.crc32c};
  }
  session->listed_at = std::max(session->listed_at, asked_at);
}

Task<void> MemorySessionStore::repair(UploadId upload, std::vector<ReceiptRepair> repairs) {
  LedgerSnapshot* session = find(upload);
  if (session == nullptr) co_return;
  for (ReceiptRepair& repair : repairs) {
    const auto entry = session->entries.find(repair.chunk);
    if (entry == session->entries.end() || !entry->second.receipt) continue;
    if (entry->second.receipt->etag != repair.contradicted) continue;
    if (repair.listed) {
      entry->second.receipt->etag = std::move(*repair.listed);
    } else {
      entry->second = LedgerEntry{.attempt = Attempt{.until = clock_.now()}};
    }
  }
}

Task<std::optional<LedgerSnapshot>> MemorySessionStore::close(UploadId upload, AttemptId by) {
  LedgerSnapshot* session = find(upload);
  if (session == nullptr) co_return std::nullopt;
  session->closed_by = std::max(session->closed_by, by);
  co_return at_this_moment(*session);
}

Task<void> MemorySessionStore::reopen(UploadId upload, AttemptId by) {
  LedgerSnapshot* session = find(upload);
  if (session != nullptr && session->closed_by == by) session->closed_by = AttemptId{};
  co_return;
}

Task<void> MemorySessionStore::end(UploadId upload, Millis kept) {
  sessions_.erase(upload);
  tombstones_[upload] = clock_.now() + kept;
  co_return;
}

Task<int> MemorySessionStore::forget_ended(int limit) {
  int forgotten = 0;
  for (auto tombstone = tombstones_.begin(); tombstone != tombstones_.end() && forgotten < limit;) {
    if (tombstone->second <= clock_.now()) {
      tombstone = tombstones_.erase(tombstone);
      ++forgotten;
    } else {
      ++tombstone;
    }
  }
  co_return forgotten;
}

void MemorySessionStore::lose_everything() {
  sessions_.clear();
  tombstones_.clear();
}

}  // namespace longshore
