#pragma once

#include <array>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "directory/folder.h"
#include "directory/names.h"
#include "directory/records.h"

namespace longshore::directory {

/// The finished objects of a folder store: a data file at the key's own path, and its record in the folder
/// "metadata". An object is there if and only if its data file is; the record is durable before that.
/// Thread-safe; every call blocks on the disk.
class Objects {
 public:
  explicit Objects(const Folder& root) : root_(root) {}

  struct Found {
    Fd data;
    std::int64_t size = 0;
    std::optional<ObjectRecord> record;  // nullopt: somebody put the file there, or has changed it
  };
  /// What is found is durable: an object that was placed and never settled is settled first. Throws where
  /// that fails, so that nobody relies on an object that a power cut could take away.
  [[nodiscard]] std::optional<Found> find(const ObjectKey& key) const;

  /// Throws store_refused, store_code KeyConflict, where no object can lie at this key: it is a folder of
  /// other keys' objects, or an object's key is a folder of this one. InvalidKey: names.h.
  void check(const ObjectKey& key) const;

  /// The file at `path` becomes the object, in place of an earlier one. `record` needs no modified_ns. Throws
  /// if it did not.
  void place(const std::string& path, const ObjectKey& key, ObjectRecord record);
  /// The second step: makes that durable. Throws with an unknown outcome.
  void settle(const ObjectKey& key);

  /// Durable; success if there is nothing.
  void remove(const ObjectKey& key);

 private:
  struct Records {
    std::optional<ObjectRecord> current;
    std::optional<ObjectRecord> next;
  };
  [[nodiscard]] Records read_records(const ObjectKey& key) const;
  std::int64_t stamp(const Fd& data, const std::optional<struct stat>& replaced) const;
  // Both with the key's lock held.
  [[nodiscard]] bool is_unsettled(const ObjectKey& key) const;
  void make_durable(const ObjectKey& key) const;
  void remove_empty_parents(const std::string& path) const;
  std::mutex& lock_of(const ObjectKey& key) const {
    return locks_[std::hash<ObjectKey>{}(key) % locks_.size()];
  }

  const Folder& root_;
  mutable std::array<std::mutex, 64> locks_;  // of a key's data file and records; by hash
  std::mutex tree_;  // folders come and go under it, so that none goes while an object is put into it; inside
                     // of a key's lock
};

}  // namespace longshore::directory
