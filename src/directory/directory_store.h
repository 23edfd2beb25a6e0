#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "directory/folder.h"
#include "directory/objects.h"
#include "directory/staged_upload.h"
#include "net/blocking_pool.h"
#include "net/buffer_pool.h"
#include "ports/object_store.h"

namespace longshore::directory {

class Completion;

/// What a folder store works with; all of it outlives the store.
struct Tools {
  BlockingPool& pool;   // for everything that touches the disk
  BufferPool& buffers;  // for reading
  Random& random;       // for ids
};

/// What open() found; for the log.
struct OpenReport {
  /// A folder beneath staging that is left as it is, until somebody aborts the upload or the next open() can
  /// read it.
  struct SetAside {
    std::string folder;
    std::string why;
  };
  int unfinished_uploads = 0;
  int leftovers_removed = 0;  // of calls that a crash cut off
  std::vector<SetAside> set_aside;
};

/// An object store over a folder: the embedded default. An answer is given when its effect is on the disk,
/// and a crash at any moment leaves each object whole or absent and each part listed or absent
/// (docs/formats/folder-store.md). Completing an upload twice answers absent the second time. There are no
/// versions. Thread-safe; a folder belongs to one process (flock).
class DirectoryStore final : public ObjectStore {
 public:
  /// Blocks; at start, before any request. `root` must be there and writable. Throws Error, whose message
  /// does not name the path. Not for the sake of one upload: that is set aside.
  static std::unique_ptr<DirectoryStore> open(const std::string& root, Tools tools);

  Task<StoreUploadId> create_upload(CreateUpload request) override;
  Task<StoredPart> put_part(PutPart request, BodySource& body) override;
  Task<StoredObject> complete_upload(CompleteUpload request) override;
  Task<void> abort_upload(ObjectKey key, StoreUploadId upload) override;
  Task<std::vector<ListedPart>> list_parts(ObjectKey key, StoreUploadId upload) override;
  Task<std::vector<StoreUploadId>> list_uploads(ObjectKey key) override;
  Task<StoredObject> put_object(PutObject request, BodySource& body) override;
  Task<std::optional<ObjectInfo>> head(ObjectKey key) override;
  Task<std::unique_ptr<BodySource>> get(ObjectKey key, std::string version_id,
                                        std::optional<ByteRange> range) override;
  Task<void> delete_object(ObjectKey key) override;
  [[nodiscard]] Capabilities capabilities() const override;

  [[nodiscard]] const OpenReport& open_report() const { return report_; }

 private:
  using UploadKey = std::pair<ObjectKey, StoreUploadId>;

  DirectoryStore(const std::string& root, Tools tools);
  void prepare_folders();
  void check_writable() const;
  void sweep_staging();
  void load_upload(const StoreUploadId& id);
  void set_aside(const StoreUploadId& id, std::string why);
  [[nodiscard]] std::shared_ptr<StagedUpload> find(const ObjectKey& key,
                                                   const StoreUploadId& upload) const;  // or throws
  Task<StoredObject> join_and_place(Completion& completion, StagedUpload& upload);
  void forget(const StagedUpload& upload);
  [[nodiscard]] bool is_set_aside(const StoreUploadId& upload) const;
  void remove_set_aside(const StoreUploadId& upload);

  Folder root_;
  Tools tools_;
  Objects objects_;
  OpenReport report_;
  mutable std::mutex mutex_;  // of what follows; never held while the disk works
  std::map<UploadKey, std::shared_ptr<StagedUpload>> uploads_;  // the unfinished ones
  std::set<StoreUploadId> set_aside_;  // at start, not aborted yet; their keys may be unreadable
};

}  // namespace longshore::directory
