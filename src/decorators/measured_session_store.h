#pragma once

#include <utility>
#include <vector>

#include "decorators/count_errors.h"
#include "ports/session_store.h"

namespace longshore {

/// A session store whose errors are counted; what the rules of the ledger refuse are not errors of the store.
/// `sessions` and `metrics` outlive it.
class MeasuredSessionStore final : public SessionStore {
 public:
  MeasuredSessionStore(SessionStore& sessions, Metrics& metrics) : sessions_(sessions), metrics_(metrics) {
    show_errors(metrics.session_store_errors_total, Reason::state_unavailable);
  }

  Task<bool> create(SessionInfo info, AttemptId closed_by) override {
    return counted(sessions_.create(std::move(info), std::move(closed_by)));
  }
  Task<BeginAnswer> begin_part(UploadId upload, BeginPart request, Millis lifetime) override {
    return counted(sessions_.begin_part(std::move(upload), std::move(request), lifetime));
  }
  Task<bool> renew_attempt(UploadId upload, ChunkIndex chunk, AttemptId attempt, Millis lifetime) override {
    return counted(sessions_.renew_attempt(std::move(upload), chunk, std::move(attempt), lifetime));
  }
  Task<void> drop_attempt(UploadId upload, ChunkIndex chunk, AttemptId attempt) override {
    return counted(sessions_.drop_attempt(std::move(upload), chunk, std::move(attempt)));
  }
  Task<RecordAnswer> record_part(UploadId upload, ChunkIndex chunk, AttemptId attempt,
                                 Receipt receipt) override {
    return counted(sessions_.record_part(std::move(upload), chunk, std::move(attempt), std::move(receipt)));
  }
  Task<std::optional<LedgerSnapshot>> snapshot(UploadId upload) override {
    return counted(sessions_.snapshot(std::move(upload)));
  }
  Task<std::vector<std::optional<LedgerSummary>>> summaries(std::vector<UploadId> uploads) override {
    return counted(sessions_.summaries(std::move(uploads)));
  }
  Task<void> merge_listed(UploadId upload, std::vector<ListedPart> parts, Time asked_at) override {
    return counted(sessions_.merge_listed(std::move(upload), std::move(parts), asked_at));
  }
  Task<void> repair(UploadId upload, std::vector<ReceiptRepair> repairs) override {
    return counted(sessions_.repair(std::move(upload), std::move(repairs)));
  }
  Task<std::optional<LedgerSnapshot>> close(UploadId upload, AttemptId by) override {
    return counted(sessions_.close(std::move(upload), std::move(by)));
  }
  Task<void> reopen(UploadId upload, AttemptId by) override {
    return counted(sessions_.reopen(std::move(upload), std::move(by)));
  }
  Task<void> end(UploadId upload, Millis kept) override {
    return counted(sessions_.end(std::move(upload), kept));
  }
  Task<int> forget_ended(int limit) override { return counted(sessions_.forget_ended(limit)); }

 private:
  template <class T>
  Task<T> counted(Task<T> call) {
    return counting_errors(std::move(call), metrics_.session_store_errors_total, Reason::state_unavailable);
  }

  SessionStore& sessions_;
  Metrics& metrics_;
};

}  // namespace longshore
