#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "directory/folder_fixture_test.h"
#include "directory/staged_part.h"
#include "directory/staged_upload.h"

namespace longshore::directory {

/// Uploads in a temporary folder.
class StagedFixture : public FolderFixture {
 protected:
  static constexpr std::int64_t kChunkSize = 100;

  std::shared_ptr<StagedUpload> create(bool fixed_places) {
    CreateUpload request{.key = ObjectKey("k")};
    if (fixed_places) request.chunk_size = kChunkSize;
    return StagedUpload::create(root(), StoreUploadId(kId), std::move(request), random_);
  }
  /// As a fresh process finds it.
  StagedUpload::Found load(std::shared_ptr<StagedUpload>& upload) {
    upload.reset();
    return StagedUpload::load(root(), StoreUploadId(kId), random_, upload);
  }
  std::shared_ptr<StagedUpload> reload() {
    std::shared_ptr<StagedUpload> upload;
    EXPECT_EQ(load(upload), StagedUpload::Found::unfinished);
    return upload;
  }

  static PutPart request(std::int32_t number, std::size_t size) {
    return PutPart{.key = ObjectKey("k"),
                   .upload = StoreUploadId(kId),
                   .number = PartNumber{number},
                   .size = static_cast<std::int64_t>(size)};
  }
  static CompletePart put(StagedUpload& upload, std::int32_t number, const std::string& bytes) {
    StagedPart attempt = upload.begin(request(number, bytes.size()));
    if (!bytes.empty()) attempt.write(as_bytes(bytes));
    return CompletePart{
        .number = PartNumber{number}, .etag = attempt.finish().etag, .size = std::ssize(bytes)};
  }
  /// "1:100 2:100 7:3": numbers and sizes.
  static std::string listed(const StagedUpload& upload) {
    std::string text;
    for (const ListedPart& part : upload.list()) {
      text += (text.empty() ? "" : " ") + std::to_string(part.number.value()) + ":" +
              std::to_string(part.size);
    }
    return text;
  }
  static std::string chunk(char c) { return std::string(kChunkSize, c); }

  static constexpr const char* kId = "0123456789abcdef0123456789abcdef";
  const std::string folder_ = std::string("staging/") + kId;
};

/// Each test twice: with and without fixed places.
class StagedBothWays : public StagedFixture, public testing::WithParamInterface<bool> {};

inline std::string way_name(const testing::TestParamInfo<bool>& info) {
  return info.param ? "fixed_places" : "own_files";
}

}  // namespace longshore::directory
