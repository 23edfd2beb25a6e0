#include "directory/object_try.h"

#include <fcntl.h>
#include <utility>

#include "base/uuid.h"
#include "directory/staged_upload.h"

namespace longshore::directory {

namespace {

Error incomplete_body(const char* message) {
  return Error(Reason::integrity, message, ErrorDetails{.store_code = "IncompleteBody"});
}

}  // namespace

ObjectTry::ObjectTry(const Folder& root, Objects& objects, PutObject request, Random& random)
    : root_(root),
      objects_(objects),
      request_(std::move(request)),
      random_(random),
      path_(std::string(kStagingFolder) + "/" + kObjectTryPrefix + random_hex(random, 16)) {}

void ObjectTry::open_file() {
  if (fd_) return;
  objects_.check(request_.key);
  fd_ = root_.open(path_, O_WRONLY | O_CREAT | O_EXCL);
}

void ObjectTry::write(ByteView piece) {
  const auto n = static_cast<std::int64_t>(piece.size());
  if (n > request_.size - written_) throw incomplete_body("the body is longer than announced");
  open_file();
  write_all(fd_.get(), written_, piece);
  crc_.update(piece);
  written_ += n;
}

StoredObject ObjectTry::finish() {
  if (written_ != request_.size) throw incomplete_body("the body is shorter than announced");
  open_file();
  StoredObject object{.size = written_, .crc32c = crc_.value()};
  object.etag = fresh_etag(written_, crc_.value(), random_);
  objects_.place(path_, request_.key,
                 ObjectRecord{.key = request_.key,
                              .size = written_,
                              .etag = object.etag,
                              .crc32c = object.crc32c,
                              .headers = request_.headers});
  fd_ = Fd();
  objects_.settle(request_.key);
  return object;
}

void ObjectTry::discard() {
  if (!fd_) return;
  fd_ = Fd();
  root_.discard(path_);
}

}  // namespace longshore::directory
