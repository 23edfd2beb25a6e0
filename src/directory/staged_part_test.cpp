#include "directory/staged_part.h"

#include <chrono>
#include <future>

#include "directory/disk_spy_test.h"
#include "directory/staged_fixture_test.h"

namespace longshore::directory {
namespace {

using StagedPartTest = StagedBothWays;
INSTANTIATE_TEST_SUITE_P(Ways, StagedPartTest, testing::Bool(), way_name);

TEST_P(StagedPartTest, BytesAreWhereTheLogSays) {
  const auto upload = create(GetParam());
  put(*upload, 3, "ccc");
  put(*upload, 1, chunk('a'));
  for (const auto& [number, bytes] : {std::pair{1, chunk('a')}, std::pair{3, std::string("ccc")}}) {
    const PartRow& row = upload->parts().at(PartNumber{number});
    EXPECT_EQ(row.place.offset, GetParam() ? (number - 1) * kChunkSize : 0);
    EXPECT_EQ(row.place.file == "data", GetParam());
    const std::string file = read_file(upload->path_of(row.place.file));
    EXPECT_EQ(file.substr(static_cast<std::size_t>(row.place.offset), bytes.size()), bytes);
  }
}

TEST_P(StagedPartTest, OnlyTheNewestTryWrites) {
  const auto upload = create(GetParam());
  StagedPart older = upload->begin(request(1, 100));
  older.write(as_bytes(std::string(60, 'o')));
  StagedPart newer = upload->begin(request(1, 100));
  const auto refused = error_of([&] { older.write(as_bytes(std::string(40, 'o'))); });
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->reason(), Reason::store_unavailable);
  EXPECT_EQ(refused->outcome(), Outcome::retry);
  newer.write(as_bytes(chunk('n')));
  EXPECT_TRUE(error_of([&] { older.write(as_bytes(std::string(40, 'o'))); }));
  EXPECT_EQ(listed(*upload), "");
  newer.finish();

  const PartPlace place = upload->parts().at(PartNumber{1}).place;
  EXPECT_EQ(read_file(upload->path_of(place.file)), chunk('n'));
  EXPECT_EQ(listed(*upload), "1:100");
}

TEST_P(StagedPartTest, ATryThatBeganBeforeTheNewestAndComesToItsBytesLaterIsRefused) {
  const auto upload = create(GetParam());
  StagedPart older = upload->begin(request(1, 100));
  put(*upload, 1, chunk('n'));
  EXPECT_TRUE(error_of([&] { older.write(as_bytes(chunk('o'))); }));
  EXPECT_TRUE(error_of([&] { older.finish(); }));
  EXPECT_EQ(listed(*reload()), "1:100");
}

TEST_P(StagedPartTest, OtherNumbersAreNotHeldUp) {
  const auto upload = create(GetParam());
  StagedPart one = upload->begin(request(1, 100));
  StagedPart two = upload->begin(request(2, 100));
  one.write(as_bytes(std::string(50, 'a')));
  two.write(as_bytes(chunk('b')));
  one.write(as_bytes(std::string(50, 'a')));
  two.finish();
  one.finish();
  EXPECT_EQ(listed(*upload), "1:100 2:100");
}

TEST_P(StagedPartTest, AReSendThatDiesInTheMiddleNeverListsMixedBytes) {
  {
    const auto upload = create(GetParam());
    put(*upload, 1, chunk('a'));
    put(*upload, 2, chunk('b'));
    StagedPart again = upload->begin(request(1, 100));
    EXPECT_EQ(listed(*upload), "1:100 2:100");  // nothing has been written
    again.write(as_bytes("x"));
    EXPECT_EQ(listed(*upload), GetParam() ? "2:100" : "1:100 2:100");
    EXPECT_EQ(listed(*reload()), GetParam() ? "2:100" : "1:100 2:100");
  }
  EXPECT_EQ(listed(*reload()), GetParam() ? "2:100" : "1:100 2:100");
}

TEST_P(StagedPartTest, FilesOfEarlierAndBrokenTriesGoAtOnce) {
  const auto upload = create(GetParam());
  const auto files = files_in(folder_).size() + (GetParam() ? 0 : 1);
  put(*upload, 1, chunk('a'));
  put(*upload, 1, chunk('b'));
  EXPECT_EQ(files_in(folder_).size(), files);
  {
    StagedPart broken = upload->begin(request(1, 100));
    broken.write(as_bytes("x"));
  }
  EXPECT_EQ(files_in(folder_).size(), files);
  StagedPart broken = upload->begin(request(1, 100));
  broken.write(as_bytes("x"));
  broken.discard();
  EXPECT_EQ(files_in(folder_).size(), files);
}

using OwnFilesTest = StagedFixture;

TEST_F(OwnFilesTest, NobodyWaitsWhileAnEarlierFileGoes) {
  constexpr std::chrono::seconds kDeadline{5};
  const auto upload = create(false);
  put(*upload, 1, chunk('a'));
  std::future<std::string> seen;
  std::future_status status{};
  DiskSpy spy;
  spy.before_removal([&] {
    seen = std::async(std::launch::async, [&] { return listed(*upload); });
    status = seen.wait_for(kDeadline);
  });
  put(*upload, 1, "bb");
  ASSERT_EQ(spy.removed_here().size(), 1U);
  EXPECT_EQ(status, std::future_status::ready);
  EXPECT_EQ(seen.get(), "1:2");
}

TEST_P(StagedPartTest, SizesAndChecksumsAreChecked) {
  const auto upload = create(GetParam());
  PutPart with_crc = request(1, 3);
  with_crc.crc32c = 1;
  StagedPart wrong = upload->begin(with_crc);
  wrong.write(as_bytes("abc"));
  EXPECT_EQ(code_of([&] { wrong.finish(); }), "BadDigest");

  StagedPart shorter = upload->begin(request(1, 3));
  shorter.write(as_bytes("ab"));
  EXPECT_EQ(code_of([&] { shorter.finish(); }), "IncompleteBody");
  EXPECT_EQ(code_of([&] { shorter.write(as_bytes("cd")); }), "IncompleteBody");
  EXPECT_EQ(listed(*upload), "");
}

TEST_P(StagedPartTest, NumbersAndSizesHaveLimits) {
  const auto upload = create(GetParam());
  for (const std::int32_t number : {0, -1, 10'001}) {
    EXPECT_EQ(code_of([&] { upload->begin(request(number, 1)); }), "InvalidArgument") << number;
  }
  PutPart negative = request(1, 0);
  negative.size = -1;
  EXPECT_EQ(code_of([&] { upload->begin(negative); }), "InvalidArgument");
  EXPECT_EQ(code_of([&] { upload->begin(request(1, 101)); }), GetParam() ? "EntityTooLarge" : "");
  put(*upload, 10'000, "x");
}

TEST_P(StagedPartTest, AnEndingStopsIt) {
  const auto upload = create(GetParam());
  StagedPart part = upload->begin(request(1, 100));
  part.write(as_bytes("x"));
  {
    StagedUpload::Ending ending(upload);
    EXPECT_EQ(error_of([&] { part.write(as_bytes("y")); })->outcome(), Outcome::retry);
    EXPECT_EQ(error_of([&] { upload->begin(request(2, 1)); })->outcome(), Outcome::retry);
  }
  put(*upload, 2, "x");
  StagedUpload::Ending ending(upload);
  ending.ended();
  EXPECT_EQ(error_of([&] { part.write(as_bytes("y")); })->outcome(), Outcome::absent);
  EXPECT_EQ(error_of([&] { upload->begin(request(2, 1)); })->outcome(), Outcome::absent);
}

TEST_P(StagedPartTest, OffsetsBeyondFourGigabytes) {
  constexpr std::int64_t kGiB = std::int64_t{1} << 30;
  CreateUpload request_of_it{.key = ObjectKey("k")};
  if (GetParam()) request_of_it.chunk_size = kGiB;
  const auto upload = StagedUpload::create(root(), StoreUploadId(kId), request_of_it, random_);
  put(*upload, 3, "at 2^31");
  put(*upload, 5, "at 2^32");
  if (GetParam()) {
    EXPECT_EQ(std::filesystem::file_size(path(folder_ + "/data")), (std::uintmax_t{1} << 32) + 7);
  }
  EXPECT_EQ(listed(*reload()), "3:7 5:7");
}

}  // namespace
}  // namespace longshore::directory
