#include "s3/answers.h"

#include <gtest/gtest.h>

namespace longshore::s3 {
namespace {

template <class Reader>
bool is_unreadable(Reader reader, std::string_view body) {
  try {
    reader(body);
    return false;
  } catch (const Error& error) {
    return error.reason() == Reason::store_unavailable && error.outcome() == Outcome::unknown;
  }
}

TEST(Answers, Errors) {
  const auto error = error_answer(
      "<?xml version=\"1.0\"?>\n<Error><Code>NoSuchKey</Code><Message>m</Message>"
      "<Region>r</Region><Endpoint>e</Endpoint><Resource>/k</Resource></Error>");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, "NoSuchKey");
  EXPECT_EQ(error->message, "m");
  EXPECT_EQ(error->region, "r");
  EXPECT_EQ(error->endpoint, "e");
  EXPECT_EQ(error_answer("<Error><Code>A</Code><Code>B</Code></Error>")->code, "");
  for (const char* other :
       {"", "<html/>", "<Errors><Code>A</Code></Errors>", "<Error><Code>NoSuchKey</Code>"})
    EXPECT_FALSE(error_answer(other)) << other;
}

TEST(Answers, ACreatedUploadHasAnId) {
  EXPECT_EQ(created_upload("<InitiateMultipartUploadResult><Bucket>b</Bucket><UploadId>u&amp;1</UploadId>"
                           "</InitiateMultipartUploadResult>"),
            StoreUploadId("u&1"));
  EXPECT_TRUE(is_unreadable(created_upload,
                            "<InitiateMultipartUploadResult><UploadId/></InitiateMultipartUploadResult>"));
  EXPECT_TRUE(is_unreadable(created_upload, "<InitiateMultipartUploadResult/>"));
  EXPECT_TRUE(is_unreadable(created_upload, "<Other><UploadId>u</UploadId></Other>"));
  EXPECT_TRUE(is_unreadable(created_upload, ""));
}

TEST(Answers, ACompletionIsBelievedByItsRoot) {
  const std::string whole =
      "\n  <CompleteMultipartUploadResult><ETag>&quot;abc-2&quot;</ETag>"
      "<ChecksumCRC32C>4waSgw==</ChecksumCRC32C></CompleteMultipartUploadResult>";
  EXPECT_EQ(completed_upload(whole).etag, ETag("abc-2"));
  EXPECT_EQ(completed_upload(whole).crc32c, "4waSgw==");
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_TRUE(is_unreadable(completed_upload, whole.substr(0, length))) << length;
  EXPECT_TRUE(is_unreadable(completed_upload, "<Error><Code>InternalError</Code></Error>"));
  EXPECT_TRUE(is_unreadable(completed_upload, "<CompleteMultipartUploadResult/>"));
}

TEST(Answers, ETagsLoseTheirQuotesAndNothingElse) {
  EXPECT_EQ(etag_of("\"a\""), ETag("a"));
  EXPECT_EQ(etag_of("AbC"), ETag("AbC"));
  EXPECT_EQ(etag_of("\""), ETag("\""));
  EXPECT_EQ(etag_of("W/\"a\""), ETag("W/\"a\""));
}

TEST(Answers, APageOfParts) {
  const PartsPage page = parts_page(
      "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>7</NextPartNumberMarker>"
      "<Part><PartNumber>2</PartNumber><ETag>\"a\"</ETag><Size>5368709120</Size><ChecksumCRC32C>4waSgw==</"
      "ChecksumCRC32C></Part>"
      "<Part><PartNumber>7</PartNumber><ETag>b</ETag><Size>0</Size><ChecksumCRC64NVME>rosUhgp5mIg=</"
      "ChecksumCRC64NVME></Part></ListPartsResult>");
  ASSERT_EQ(page.parts.size(), 2U);
  EXPECT_EQ(page.parts[0].part.number, PartNumber{2});
  EXPECT_EQ(page.parts[0].part.etag, ETag("a"));
  EXPECT_EQ(page.parts[0].part.size, 5'368'709'120);
  EXPECT_EQ(page.parts[0].part.crc32c, 0xE3069283U);
  EXPECT_EQ(page.parts[1].part.crc32c, std::nullopt);
  EXPECT_EQ(page.parts[0].crc64nvme, std::nullopt);
  EXPECT_EQ(page.parts[1].crc64nvme, 0xAE8B14860A799888U);
  EXPECT_EQ(page.next, "7");
  EXPECT_EQ(parts_page("<ListPartsResult/>").next, "");
}

TEST(Answers, APartThatMakesNoSenseIsNone) {
  const auto page = [](const std::string& part) {
    return "<ListPartsResult><Part>" + part + "</Part></ListPartsResult>";
  };
  for (const char* part :
       {"", "<PartNumber>1</PartNumber><ETag>a</ETag>",
        "<PartNumber>0</PartNumber><ETag>a</ETag><Size>1</Size>",
        "<PartNumber>1</PartNumber><ETag>a</ETag><Size>-1</Size>", "<PartNumber>1</PartNumber><Size>1</Size>",
        "<PartNumber>1x</PartNumber><ETag>a</ETag><Size>1</Size>",
        "<PartNumber>99999999999</PartNumber><ETag>a</ETag><Size>1</Size>"})
    EXPECT_TRUE(is_unreadable(parts_page, page(part))) << part;
  EXPECT_TRUE(
      is_unreadable(parts_page, "<ListPartsResult><IsTruncated>true</IsTruncated></ListPartsResult>"));
  EXPECT_TRUE(
      is_unreadable(parts_page, "<ListPartsResult><IsTruncated>perhaps</IsTruncated></ListPartsResult>"));
}

TEST(Answers, KeysAreDecodedWhereTheAnswerSaysSo) {
  const auto key_in = [](const std::string& encoding, const std::string& key) {
    return uploads_page("<ListMultipartUploadsResult>" + encoding + "<Upload><Key>" + key +
                        "</Key><UploadId>u</UploadId></Upload></ListMultipartUploadsResult>")
        .uploads.at(0)
        .key.str();
  };
  const std::string url = "<EncodingType>url</EncodingType>";
  EXPECT_EQ(key_in(url, "a+b%2Bc%2F%C3%BC/%01"), "a b+c/\xC3\xBC/\x01");
  EXPECT_EQ(key_in("", "a+b%2Bc"), "a+b%2Bc");
  EXPECT_EQ(key_in("", " "), " ");
  EXPECT_THROW(key_in(url, "%4"), Error);
}

TEST(Answers, APageOfUploads) {
  const UploadsPage page = uploads_page(
      "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>"
      "<NextUploadIdMarker>u2</NextUploadIdMarker><Upload><Key>k</Key><UploadId>u1</UploadId></Upload>"
      "<CommonPrefixes><Prefix>x/</Prefix></CommonPrefixes></ListMultipartUploadsResult>");
  ASSERT_EQ(page.uploads.size(), 1U);
  EXPECT_EQ(page.uploads[0].upload, StoreUploadId("u1"));
  EXPECT_EQ(page.next, (UploadsMarker{.key = "k", .upload = "u2"}));
  EXPECT_FALSE(
      uploads_page(
          "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>")
          .next);
}

TEST(Answers, APageOfVersionsHasMarkersToo) {
  const VersionsPage page = versions_page(
      "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>"
      "<NextVersionIdMarker>v</NextVersionIdMarker><DeleteMarker><Key>k</Key><VersionId>m</VersionId></"
      "DeleteMarker>"
      "<Version><Key>k</Key><VersionId>null</VersionId></Version></ListVersionsResult>");
  ASSERT_EQ(page.versions.size(), 2U);
  EXPECT_EQ(page.versions[0].version_id, "null");
  EXPECT_EQ(page.versions[1].version_id, "m");
  EXPECT_EQ(page.next, (VersionsMarker{.key = "k", .version = "v"}));
}

TEST(Answers, Objects) {
  const auto objects = listed_objects(
      "<ListBucketResult><Contents><Key>k</Key><ETag>\"e\"</ETag><Size>3</Size></Contents></"
      "ListBucketResult>");
  ASSERT_EQ(objects.size(), 1U);
  EXPECT_EQ(objects[0].key, ObjectKey("k"));
  EXPECT_EQ(objects[0].etag, ETag("e"));
  EXPECT_EQ(objects[0].size, 3);
  EXPECT_TRUE(listed_objects("<ListBucketResult/>").empty());
}

}  // namespace
}  // namespace longshore::s3
