#include "directory/names.h"

#include <string_view>

#include "base/encoding.h"
#include "base/hash.h"
#include "domain/error.h"

namespace longshore::directory {

namespace {

constexpr std::size_t kKeyBytesMax = 1024;   // S3's
constexpr std::size_t kPieceBytesMax = 240;  // with its "+" below the 255 bytes that file systems allow

[[noreturn]] void refuse(const char* why) {
  throw Error(Reason::store_refused, std::string("the folder store cannot hold this key: ") + why,
              ErrorDetails{.store_code = "InvalidKey"});
}

void append_segment(std::string& path, std::string_view segment) {
  if (segment.empty()) refuse("it has an empty segment");
  if (segment == "." || segment == "..") refuse("a segment of it is \".\" or \"..\"");
  for (; segment.size() > kPieceBytesMax; segment.remove_prefix(kPieceBytesMax)) {
    path.append("/").append(segment.substr(0, kPieceBytesMax)).append("+");
  }
  path.append("/").append(segment);
}

}  // namespace

std::string object_path(const ObjectKey& key) {
  std::string_view rest = key.str();
  if (rest.empty() || rest.size() > kKeyBytesMax) refuse("it has no byte, or more than 1,024");
  if (!is_valid_utf8(rest)) refuse("it is not UTF-8");
  if (rest.find('\0') != std::string_view::npos) refuse("it holds a NUL");

  std::string path = kObjectsFolder;
  for (auto slash = rest.find('/'); slash != std::string_view::npos; slash = rest.find('/')) {
    append_segment(path, rest.substr(0, slash));
    rest.remove_prefix(slash + 1);
  }
  append_segment(path, rest);
  return path;
}

RecordPaths record_paths(const ObjectKey& key) {
  const Sha256Digest digest = sha256(key.str());
  const std::string hex = hex_encode(std::as_bytes(std::span(digest)));
  const std::string stem = std::string(kMetadataFolder) + "/" + hex.substr(0, 2) + "/" + hex;
  return RecordPaths{.current = stem + ".json", .next = stem + ".next"};
}

}  // namespace longshore::directory
