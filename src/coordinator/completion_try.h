#pragma once

#include <optional>
#include <string>
#include <variant>

#include "coordinator/steps.h"
#include "domain/completion.h"

namespace longshore {

/// What the client expects of the whole, beyond what it said at initiate.
struct CompletionExpectation {
  std::optional<std::int32_t> total_chunks;
  std::string sha256_base64;
  std::optional<std::uint32_t> crc32c;
};

/// Brings an upload to its end: decides whether its parts make the object, wins the right to complete it,
/// sends the completion, finds out how it went whatever the store answered, and commits. Used by complete, by
/// the chunk that makes the set whole, by the sweep that takes an ended lease over, and by whole objects.
class CompletionTry {
 public:
  /// `patience`: how long to wait for an outcome that somebody else holds, or that the store does not tell.
  CompletionTry(Steps steps, UploadId upload, CompletionExpectation expected, Millis patience)
      : steps_(steps), upload_(std::move(upload)), expected_(std::move(expected)), patience_(patience) {}

  /// From whatever state the upload is in. completed, open with what is missing, or completing (not known
  /// yet). Throws upload_ended, chunk_conflict, size_mismatch, digest_mismatch, checksum_unknown,
  /// store_refused, integrity.
  Task<CompleteAnswer> run(std::string request_id);

  /// The bytes passed in order, so their SHA-256 is known: it need not be read back.
  void knows_sha256(std::string base64) { known_sha256_ = std::move(base64); }

  /// The completing transaction of whoever holds `attempt`. `chunks`: of so many the object was made, where
  /// that was not known when the completion began; none: not known now either, or it was put as a whole.
  Task<CompleteAnswer> commit(AttemptId attempt, StoredObject object,
                              std::optional<std::int32_t> chunks = std::nullopt);
  /// A single PUT whose answer was lost or not had: looks at the key; COMPLETED, or FAILED with `why`.
  Task<CompleteAnswer> settle_single_put(AttemptId attempt, const std::string& why);

 private:
  /// nullopt: start anew from the rows.
  using Step = std::optional<CompleteAnswer>;
  using Expectation = CompletionExpectation;
  struct Plan {  // what is known of the object that the completion makes
    std::optional<PartsWhole> whole;
    bool empty = false;
    /// Of how many chunks it is; none: some are missing.
    [[nodiscard]] std::optional<std::int32_t> chunks() const {
      if (empty) return 0;
      return whole ? std::optional(static_cast<std::int32_t>(whole->parts.size())) : std::nullopt;
    }
  };

  /// The hunt for how a completion went, under the lease of `attempt`.
  struct Search {
    LoadedOperation held;
    AttemptId attempt;
    Time leased_at;      // by our clock, from before the lease was asked for
    Expectation wanted;  // of the object that this completion makes
    Plan plan;
    bool in_doubt = false;   // a completion may be under way at the store
    bool told_gone = false;  // the store's last answer to a completion: there is no such upload
    int sends = 0;
    Millis pause{0};                                  // before the next one
    std::optional<StoredObject> object = {};          // it stands
    std::optional<CompositeChecksum> composite = {};  // of it, where that was looked up
    std::optional<Error> refusal = {};                // the store says no
  };

  // What the hunt found out. To act on it needs no lease any more: each act compares the attempt.
  struct Overtaken {};  // the lease is somebody else's: see what that one does
  struct Undecided {};  // the store does not tell yet
  struct Stands {
    StoredObject object;
  };
  struct Hopeless {
    Reason reason;
    std::string why;
  };
  struct GivenBack {               // nothing came of it, and nothing is under way: OPEN again
    std::optional<Error> refusal;  // none: parts are missing, and whoever starts anew names them
  };
  using Verdict = std::variant<Overtaken, Undecided, Stands, Hopeless, GivenBack>;

  Task<Step> from_open(LoadedOperation loaded);
  Task<Step> from_completing(LoadedOperation loaded);
  Task<Step> resume(LoadedOperation held, AttemptId attempt, Time leased_at);
  Task<Step> conclude(Search search);
  Task<void> find_outcome(Search search, Verdict& verdict);
  /// nullopt: go on.
  Task<std::optional<Verdict>> look(Search& search);
  Task<std::optional<Verdict>> send(Search& search);
  Task<Verdict> give_back(const Search& search);
  Task<Verdict> accept(Search& search);
  Task<Plan> closed_plan(const LoadedOperation& held, const AttemptId& attempt, const Expectation& wanted);

  void check_agrees(const Operation& op) const;
  [[nodiscard]] bool expects_anything() const;
  Task<void> check_repeat(Operation& op) const;
  [[nodiscard]] CompleteAnswer missing_answer(std::vector<ChunkRange> missing) const;
  Task<void> reopen(AttemptId attempt, const std::optional<Error>& refusal = std::nullopt);
  Task<bool> drop_contradicted(const LoadedOperation& held, const PartsWhole& whole);
  Task<CompleteAnswer> fail(AttemptId attempt, Reason reason, std::string why);

  Steps steps_;
  UploadId upload_;
  Expectation expected_;   // the caller's
  Expectation inherited_;  // that of a completion which this one has taken over
  Millis patience_;
  std::string request_id_;
  std::string known_sha256_;
  Time give_up_{};
};

}  // namespace longshore
