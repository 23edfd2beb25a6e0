#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "directory/folder.h"
#include "directory/parts_log.h"
#include "ports/object_store.h"

namespace longshore::directory {

class StagedPart;

/// One unfinished upload: the folder staging/{id} with upload.json, parts.log and the bytes. Thread-safe, but
/// every call may block on the disk: call from the blocking pool only. Outlived by the folder; shared with
/// the tries at its parts.
///
/// With a fixed chunk size all parts lie in the file "data", each at its final offset; else each try at a
/// part writes a file of its own. Of several tries at one number only the newest may write: the others end
/// with an error.
class StagedUpload : public std::enable_shared_from_this<StagedUpload> {
 public:
  /// Makes it, durable.
  static std::shared_ptr<StagedUpload> create(const Folder& root, StoreUploadId id, CreateUpload request,
                                              Random& random);

  /// What a folder found at start turned out to be.
  enum class Found { unfinished, half_created, completed, damaged };
  /// Reads it back; `upload` is set if it is unfinished or completed. Of an unfinished one the files of
  /// broken tries are removed.
  static Found load(const Folder& root, const StoreUploadId& id, Random& random,
                    std::shared_ptr<StagedUpload>& upload);

  /// Removes what was found half-created, completed or damaged.
  static void remove_leftover(const Folder& root, const StoreUploadId& id);

  /// A try at a part (staged_part.h); from now on older tries at that number are refused. Throws absent (it
  /// has ended), store_unavailable (it is being completed), store_refused (number or size).
  StagedPart begin(const PutPart& request);

  [[nodiscard]] std::vector<ListedPart> list() const;

  /// The sole right to end it: no part is written any more. If it is given back without `ended`, the upload
  /// is open again.
  class Ending {
   public:
    explicit Ending(std::shared_ptr<StagedUpload> upload);  // throws like begin()
    Ending(Ending&&) noexcept = default;
    Ending& operator=(Ending&&) = delete;
    ~Ending();
    void ended();

   private:
    std::shared_ptr<StagedUpload> upload_;
  };

  // For whoever holds the Ending.
  [[nodiscard]] const PartTable& parts() const { return parts_; }
  /// These bytes lie here now, durable: the old file may go.
  void move_part(PartNumber number, PartPlace place);
  /// Forgets all parts in `file` but those that are `kept`, then writes down that `file` is about to become
  /// the object.
  void announce_completion(const std::string& file, const std::vector<PartNumber>& kept);
  /// It did not become the object after all: from now on it may be removed.
  void withdraw_completion();
  /// Removes upload.json, durable: from now on the upload is gone, also after a crash.
  void remove_request();
  /// Removes what is left of an upload that has ended. What cannot be removed now goes at the next start.
  void remove_files() noexcept;

  [[nodiscard]] const CreateUpload& request() const { return request_; }
  [[nodiscard]] const StoreUploadId& id() const { return id_; }
  [[nodiscard]] std::string path_of(const std::string& file) const { return folder_ + "/" + file; }
  [[nodiscard]] const Folder& root() const { return root_; }
  Random& random() { return random_; }

 private:
  friend class StagedPart;
  static constexpr const char* kDataFile = "data";  // of the parts with fixed places
  enum class State { open, ending, ended };
  struct Slot {  // of one part number
    std::mutex writing;
    std::atomic<std::uint64_t> newest{0};
  };

  StagedUpload(const Folder& root, StoreUploadId id, CreateUpload request, Random& random);
  void check_open() const;
  void append(const std::string& line);  // these two with mutex_ held
  /// The file that no part needs any more, or "": for remove_unused() once the lock is given back, since a
  /// large file takes its time to go. No part ever comes to need it again.
  [[nodiscard]] std::string put(PartNumber number, PartRow row);
  void remove_unused(const std::string& file);
  void forget_lost_parts();
  void remove_broken_tries();

  const Folder& root_;
  const StoreUploadId id_;
  const CreateUpload request_;
  const std::string folder_;  // "staging/{id}"
  Random& random_;

  std::atomic<State> state_{State::open};
  mutable std::mutex mutex_;
  std::map<PartNumber, std::shared_ptr<Slot>> slots_;
  std::uint64_t tries_ = 0;
  PartTable parts_;             // as parts.log says
  std::int64_t log_bytes_ = 0;  // the good ones; behind them a record may stand whose append failed
  bool log_uncertain_ = false;
};

Error no_such_upload();
/// An ETag that no other try has, not even at the same bytes.
ETag fresh_etag(std::int64_t size, std::uint32_t crc32c, Random& random);

}  // namespace longshore::directory
