#include "directory/staged_upload.h"

#include "directory/staged_fixture_test.h"

namespace longshore::directory {
namespace {

using StagedUploadTest = StagedBothWays;
INSTANTIATE_TEST_SUITE_P(Ways, StagedUploadTest, testing::Bool(), way_name);

TEST_P(StagedUploadTest, IsFoundAgainWithItsParts) {
  {
    const auto upload = create(GetParam());
    put(*upload, 2, chunk('b'));
    put(*upload, 1, chunk('a'));
    put(*upload, 3, "short");
  }
  const auto upload = reload();
  EXPECT_EQ(listed(*upload), "1:100 2:100 3:5");
  EXPECT_EQ(upload->request().key, ObjectKey("k"));
  EXPECT_EQ(upload->request().chunk_size.has_value(), GetParam());
}

TEST_P(StagedUploadTest, HalfCreatedIsNone) {
  create(GetParam());
  std::filesystem::remove(path(folder_ + "/upload.json"));
  std::shared_ptr<StagedUpload> upload;
  EXPECT_EQ(load(upload), StagedUpload::Found::half_created);
  std::filesystem::remove_all(path(folder_));
  std::filesystem::create_directory(path(folder_));
  EXPECT_EQ(load(upload), StagedUpload::Found::half_created);
}

TEST_P(StagedUploadTest, DamageIsSeenAndLeftAlone) {
  put(*create(GetParam()), 1, chunk('a'));
  const std::string json = read_file(folder_ + "/upload.json");
  const std::string log = read_file(folder_ + "/parts.log");
  const auto before = files_in(folder_);
  std::shared_ptr<StagedUpload> upload;

  write_file(folder_ + "/upload.json", json.substr(0, 10));
  EXPECT_EQ(load(upload), StagedUpload::Found::damaged);
  write_file(folder_ + "/upload.json", json);
  write_file(folder_ + "/parts.log", "x" + log + log);
  EXPECT_EQ(load(upload), StagedUpload::Found::damaged);
  std::filesystem::remove(path(folder_ + "/parts.log"));
  EXPECT_EQ(load(upload), StagedUpload::Found::damaged);
  write_file(folder_ + "/parts.log", log);
  EXPECT_EQ(files_in(folder_).size(), before.size());
  EXPECT_EQ(listed(*reload()), "1:100");
}

TEST_P(StagedUploadTest, ATornRecordIsOverwritten) {
  put(*create(GetParam()), 1, chunk('a'));
  const std::string log = read_file(folder_ + "/parts.log");
  write_file(folder_ + "/parts.log", log + drop_line(PartNumber{1}).substr(0, 12));
  {
    const auto upload = reload();
    EXPECT_EQ(listed(*upload), "1:100");
    put(*upload, 2, chunk('b'));
  }
  EXPECT_EQ(listed(*reload()), "1:100 2:100");
}

TEST_P(StagedUploadTest, APartWhoseBytesAreGoneIsNotListed) {
  std::string file;
  {
    const auto upload = create(GetParam());
    put(*upload, 1, chunk('a'));
    put(*upload, 2, chunk('b'));
    file = upload->parts().at(PartNumber{2}).place.file;
  }
  std::filesystem::resize_file(path(folder_ + "/" + file), GetParam() ? 150 : 50);
  EXPECT_EQ(listed(*reload()), "1:100");
  // Nor does it come back when the file has its length again.
  if (GetParam()) std::filesystem::resize_file(path(folder_ + "/" + file), 200);
  EXPECT_EQ(listed(*reload()), "1:100");
}

TEST_P(StagedUploadTest, FilesOfBrokenTriesGo) {
  put(*create(GetParam()), 1, chunk('a'));
  const auto before = files_in(folder_).size();
  write_file(folder_ + "/part-2-00ff", "half");
  write_file(folder_ + "/join-00ff", "half");
  write_file(folder_ + "/upload.json.new", "half");
  reload();
  EXPECT_EQ(files_in(folder_).size(), before);
}

TEST_P(StagedUploadTest, ACompletionCountsOnceItsFileIsGone) {
  std::string file;
  {
    const auto upload = create(GetParam());
    put(*upload, 1, chunk('a'));
    put(*upload, 2, chunk('b'));
    file = upload->parts().at(PartNumber{1}).place.file;
    StagedUpload::Ending ending(upload);
    upload->announce_completion(file, {PartNumber{1}, PartNumber{2}});
  }
  EXPECT_EQ(listed(*reload()), "1:100 2:100");  // it was announced, and did not happen
  {
    const auto upload = reload();
    StagedUpload::Ending ending(upload);
    upload->announce_completion(file, {PartNumber{1}, PartNumber{2}});
  }
  std::filesystem::remove(path(folder_ + "/" + file));
  std::shared_ptr<StagedUpload> upload;
  EXPECT_EQ(load(upload), StagedUpload::Found::completed);
  EXPECT_EQ(upload->request().key, ObjectKey("k"));
}

TEST_P(StagedUploadTest, AnAnnouncedFileThatGoesAsALeftoverIsNoCompletion) {
  {
    const auto upload = create(GetParam());
    put(*upload, 1, chunk('a'));
    write_file(folder_ + "/join-00ff", chunk('a'));
    StagedUpload::Ending ending(upload);
    upload->announce_completion("join-00ff", {PartNumber{1}});
  }
  EXPECT_EQ(listed(*reload()), "1:100");
  EXPECT_FALSE(std::filesystem::exists(path(folder_ + "/join-00ff")));
  EXPECT_EQ(listed(*reload()), "1:100");
}

TEST_P(StagedUploadTest, PartsThatTheCompletedFileWouldTakeAlongAreForgottenFirst) {
  const auto upload = create(GetParam());
  for (const std::int32_t number : {1, 2, 3}) put(*upload, number, chunk('x'));
  StagedUpload::Ending ending(upload);
  upload->announce_completion(upload->parts().at(PartNumber{1}).place.file, {PartNumber{1}, PartNumber{2}});
  EXPECT_EQ(listed(*upload), GetParam() ? "1:100 2:100" : "1:100 2:100 3:100");
  EXPECT_EQ(listed(*reload()), GetParam() ? "1:100 2:100" : "1:100 2:100 3:100");
}

TEST_P(StagedUploadTest, OneEndingAtATime) {
  const auto upload = create(GetParam());
  {
    StagedUpload::Ending ending(upload);
    const auto error = error_of([&] { StagedUpload::Ending second(upload); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->reason(), Reason::store_unavailable);
    EXPECT_EQ(listed(*upload), "");
  }
  StagedUpload::Ending ending(upload);
  ending.ended();
  EXPECT_EQ(error_of([&] { StagedUpload::Ending second(upload); })->outcome(), Outcome::absent);
  EXPECT_EQ(error_of([&] { listed(*upload); })->outcome(), Outcome::absent);
}

TEST_P(StagedUploadTest, WithoutItsRequestAnUploadIsGone) {
  const auto upload = create(GetParam());
  put(*upload, 1, chunk('a'));
  upload->remove_request();
  std::shared_ptr<StagedUpload> found;
  EXPECT_EQ(load(found), StagedUpload::Found::half_created);
  upload->remove_files();
  EXPECT_FALSE(std::filesystem::exists(path(folder_)));
  upload->remove_files();
}

TEST_P(StagedUploadTest, ETagsAreOfATry) {
  const auto upload = create(GetParam());
  const auto one = put(*upload, 1, chunk('a')).etag;
  EXPECT_NE(put(*upload, 1, chunk('a')).etag, one);
  EXPECT_NE(put(*upload, 2, chunk('a')).etag, one);
}

}  // namespace
}  // namespace longshore::directory
