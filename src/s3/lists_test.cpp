#include "s3/lists.h"

#include "s3/fixture_test.h"

namespace longshore::s3 {
namespace {

class S3Lists : public S3Fixture {
 protected:
  void answer_parts(std::initializer_list<int> numbers, const std::string& next = "") {
    std::string body = "<ListPartsResult>";
    if (!next.empty())
      body += "<IsTruncated>true</IsTruncated><NextPartNumberMarker>" + next + "</NextPartNumberMarker>";
    for (const int n : numbers) {
      body += "<Part><PartNumber>" + std::to_string(n) + "</PartNumber><ETag>e</ETag><Size>1</Size></Part>";
    }
    answer(200, "", body + "</ListPartsResult>");
  }
  /// "k/u1 k/u2" on one page.
  void answer_uploads(std::initializer_list<std::pair<const char*, const char*>> uploads,
                      const std::string& next_key = "", const std::string& next_upload = "") {
    std::string body = "<ListMultipartUploadsResult>";
    if (!next_key.empty())
      body += "<IsTruncated>true</IsTruncated><NextKeyMarker>" + next_key +
              "</NextKeyMarker><NextUploadIdMarker>" + next_upload + "</NextUploadIdMarker>";
    for (const auto& [key, upload] : uploads)
      body += std::string("<Upload><Key>") + key + "</Key><UploadId>" + upload + "</UploadId></Upload>";
    answer(200, "", body + "</ListMultipartUploadsResult>");
  }
  Task<std::vector<PartEntry>> parts() { return list_parts(client_, ObjectKey("k"), StoreUploadId("u")); }

  Client client_{place(), options(), tools()};
};

TEST_F(S3Lists, PartsOfAllPages) {
  answer_parts({1, 5}, "5");
  answer_parts({7}, "10");
  answer_parts({20});
  std::vector<int> numbers;
  for (const PartEntry& entry : await(parts())) numbers.push_back(entry.part.number.value());
  EXPECT_EQ(numbers, (std::vector<int>{1, 5, 7, 20}));
  EXPECT_EQ(lines(),
            (std::vector<std::string>{"GET /bucket/k?max-parts=1000&uploadId=u",
                                      "GET /bucket/k?max-parts=1000&part-number-marker=5&uploadId=u",
                                      "GET /bucket/k?max-parts=1000&part-number-marker=10&uploadId=u"}));
}

TEST_F(S3Lists, AMarkerThatDoesNotMoveOnIsAnError) {
  for (const char* next : {"5", "4", "-1", "x", "10001"}) {
    answer_parts({1, 5}, "5");
    answer_parts({7}, next);
    const auto error = error_of(parts());
    ASSERT_TRUE(error) << next;
    EXPECT_EQ(error->outcome(), Outcome::unknown);
  }
}

TEST_F(S3Lists, PartsThatComeTwiceAreAnError) {
  answer_parts({1, 5}, "5");
  answer_parts({5});
  EXPECT_TRUE(error_of(parts()));
}

TEST_F(S3Lists, WhatIsAbsentIsSaidByTheExactCodeAlone) {
  answer_error(404, "NoSuchUpload");
  EXPECT_EQ(error_of(parts())->outcome(), Outcome::absent);
  answer_error(404, "NoSuchKey");
  EXPECT_EQ(error_of(parts())->outcome(), Outcome::absent);
  answer(404);
  EXPECT_EQ(error_of(parts())->outcome(), Outcome::unknown);
  answer_parts({});
  EXPECT_TRUE(await(parts()).empty());
}

TEST_F(S3Lists, UploadsOfExactlyOneKey) {
  answer_uploads({{"k", "u1"}, {"k", "u2"}}, "k", "u2");
  answer_uploads({{"k", "u3"}, {"k2", "u4"}, {"k/x", "u5"}}, "k/x", "u5");
  EXPECT_EQ(await(list_uploads(client_, ObjectKey("k"))),
            (std::vector<StoreUploadId>{StoreUploadId("u1"), StoreUploadId("u2"), StoreUploadId("u3")}));
  EXPECT_EQ(seen().size(), 2U);
}

TEST_F(S3Lists, UploadsWithoutEndAreAnError) {
  answer_uploads({{"k", "u1"}}, "k", "u1");
  answer_uploads({{"k", "u1"}}, "k", "u1");
  EXPECT_TRUE(error_of(list_uploads(client_, ObjectKey("k"))));
  EXPECT_EQ(seen().size(), 2U);
}

TEST_F(S3Lists, VersionsAndMarkersOfExactlyOneKey) {
  answer(200, "",
         "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>"
         "<NextVersionIdMarker>v1</NextVersionIdMarker><Version><Key>k</Key><VersionId>v1</VersionId></"
         "Version></ListVersionsResult>");
  answer(200, "",
         "<ListVersionsResult><DeleteMarker><Key>k</Key><VersionId>m</VersionId></DeleteMarker>"
         "<Version><Key>k2</Key><VersionId>v2</VersionId></Version></ListVersionsResult>");
  EXPECT_EQ(await(list_versions(client_, ObjectKey("k"))), (std::vector<std::string>{"v1", "m"}));
}

TEST_F(S3Lists, AnObjectThatAListShows) {
  answer(200, "",
         "<ListBucketResult><Contents><Key>k</Key><ETag>\"e\"</ETag><Size>7</Size></Contents></"
         "ListBucketResult>");
  EXPECT_EQ(await(list_object(client_, ObjectKey("k")))->size, 7);
  answer(200, "", "<ListBucketResult><Contents><Key>k2</Key><Size>7</Size></Contents></ListBucketResult>");
  EXPECT_FALSE(await(list_object(client_, ObjectKey("k"))));
}

}  // namespace
}  // namespace longshore::s3
