#pragma once

#include <string>

#include "base/hash.h"
#include "base/random.h"
#include "directory/objects.h"
#include "ports/object_store.h"

namespace longshore::directory {

inline constexpr const char* kObjectTryPrefix = "put-";  // of files in staging; removed at start

/// One call of put_object: a file in staging that becomes the object once it is whole. Used by one thread at
/// a time, from the blocking pool.
class ObjectTry {
 public:
  ObjectTry(const Folder& root, Objects& objects, PutObject request, Random& random);
  ObjectTry(const ObjectTry&) = delete;
  ObjectTry& operator=(const ObjectTry&) = delete;
  ~ObjectTry() { discard(); }

  void write(ByteView piece);  // throws also where the body turns out longer than announced
  StoredObject finish();
  /// Removes what was written; harmless after finish().
  void discard();

 private:
  void open_file();

  const Folder& root_;
  Objects& objects_;
  const PutObject request_;
  Random& random_;
  const std::string path_;
  Fd fd_;
  std::int64_t written_ = 0;
  Crc32c crc_;
};

}  // namespace longshore::directory
