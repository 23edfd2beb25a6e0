#include "s3/request.h"

#include <gtest/gtest.h>

namespace longshore::s3 {
namespace {

const ObjectKey kKey("connectors/c/u.pb");
const StoreUploadId kUpload("u+1/=");
constexpr ChecksumPlan kNone{};
constexpr ChecksumPlan kHeader{.way = ChecksumWay::header};
constexpr ChecksumPlan kComposite{.way = ChecksumWay::composite};
constexpr ChecksumPlan kFull{.way = ChecksumWay::full};
constexpr ChecksumPlan kNvme{.way = ChecksumWay::full, .algorithm = ChecksumAlgorithm::crc64nvme};

std::string text(const HttpFields& fields) {
  std::string all;
  for (const HttpField& field : fields) all += field.name + ": " + field.value + "\n";
  return all;
}
std::string text(const aws::QueryParameters& query) { return aws::encode_query(query); }

TEST(Request, CreateSaysWhatTheObjectIsToCarry) {
  const CreateUpload request{
      .key = kKey,
      .headers = {.content_type = "text/plain",
                  .content_disposition = "attachment",
                  .cache_control = "no-store",
                  .storage_class = "STANDARD_IA",
                  .tags = {{"a b", "c&d"}, {"team", "x"}},
                  .user_metadata = {{"node-id", "n"}, {"original-name", " two  words "}}}};
  const Call call = create_upload_call(request, kNone);
  EXPECT_STREQ(call.method, "POST");
  EXPECT_EQ(call.key, kKey);
  EXPECT_EQ(text(call.query), "uploads=");
  EXPECT_EQ(text(call.fields),
            "content-type: text/plain\ncontent-disposition: attachment\ncache-control: no-store\n"
            "x-amz-storage-class: STANDARD_IA\nx-amz-tagging: a%20b=c%26d&team=x\nx-amz-meta-node-id: n\n"
            "x-amz-meta-original-name: two words\n");
  EXPECT_EQ(call.repeat, Repeat::not_done);
}

TEST(Request, NothingEmptyIsSaid) { EXPECT_EQ(text(create_upload_call({.key = kKey}, kNone).fields), ""); }

TEST(Request, ChecksumsAreDeclaredWhereEveryPartCarriesOne) {
  const CreateUpload request{.key = kKey};
  EXPECT_EQ(text(create_upload_call(request, kHeader).fields), "");
  EXPECT_EQ(text(create_upload_call(request, kComposite).fields),
            "x-amz-checksum-algorithm: CRC32C\nx-amz-checksum-type: COMPOSITE\n");
  EXPECT_EQ(text(create_upload_call(request, kFull).fields),
            "x-amz-checksum-algorithm: CRC32C\nx-amz-checksum-type: FULL_OBJECT\n");
  EXPECT_EQ(text(create_upload_call(request, kNvme).fields),
            "x-amz-checksum-algorithm: CRC64NVME\nx-amz-checksum-type: FULL_OBJECT\n");
}

TEST(Request, APartsChecksumIsInFrontOrBehind) {
  PutPart part{.key = kKey, .upload = kUpload, .number = PartNumber{7}, .size = 9};
  EXPECT_EQ(text(put_part_call(part, kNone).query), "partNumber=7&uploadId=u%2B1%2F%3D");
  const std::string in_front = "x-amz-checksum-crc32c: 4waSgw==\n";
  const std::string behind =
      "content-encoding: aws-chunked\nx-amz-decoded-content-length: 9\nx-amz-trailer: x-amz-checksum-";
  for (const ChecksumPlan& plan : {kNone, kHeader}) {
    const Call call = put_part_call(part, plan);
    EXPECT_EQ(text(call.fields), "");
    EXPECT_EQ(call.payload, Payload::streamed);
  }
  for (const ChecksumPlan& plan : {kComposite, kFull}) {
    const Call call = put_part_call(part, plan);
    EXPECT_EQ(text(call.fields), behind + "crc32c\n");
    EXPECT_EQ(call.payload, Payload::streamed_trailer);
  }
  part.crc32c = 0xE3069283;
  EXPECT_EQ(text(put_part_call(part, kNone).fields), "");
  for (const ChecksumPlan& plan : {kHeader, kComposite, kFull}) {
    const Call call = put_part_call(part, plan);
    EXPECT_EQ(text(call.fields), in_front);
    EXPECT_EQ(call.payload, Payload::streamed);
  }
  EXPECT_EQ(text(put_part_call(part, kNvme).fields), behind + "crc64nvme\n");
}

TEST(Request, CompletionListsTheParts) {
  const CompleteUpload request{
      .key = kKey,
      .upload = kUpload,
      .parts = {{.number = PartNumber{1}, .etag = ETag("a\"<b>"), .crc32c = 0xE3069283},
                {.number = PartNumber{3}, .etag = ETag("c-1")}},
      .crc32c = 0xE3069283};
  const std::string head =
      "<CompleteMultipartUpload "
      "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part><PartNumber>1</PartNumber>";
  const std::string etag = "<ETag>\"a\"&lt;b&gt;\"</ETag>";
  const std::string tail =
      "</Part><Part><PartNumber>3</PartNumber><ETag>\"c-1\"</ETag></Part></CompleteMultipartUpload>";
  const std::string type = "content-type: application/xml\n";

  for (const ChecksumPlan& plan : {kNone, kHeader}) {
    const Call call = complete_upload_call(request, plan, "");
    EXPECT_EQ(call.body, head + etag + tail);
    EXPECT_EQ(text(call.fields), type);
    EXPECT_EQ(call.repeat, Repeat::by_caller);
  }
  const std::string with_checksum = head + etag + "<ChecksumCRC32C>4waSgw==</ChecksumCRC32C>" + tail;
  EXPECT_EQ(complete_upload_call(request, kComposite, "").body, with_checksum);
  EXPECT_EQ(text(complete_upload_call(request, kComposite, "").fields), type);
  EXPECT_EQ(complete_upload_call(request, kFull, "4waSgw==").body, with_checksum);
  EXPECT_EQ(text(complete_upload_call(request, kFull, "4waSgw==").fields),
            type + "x-amz-checksum-type: FULL_OBJECT\nx-amz-checksum-crc32c: 4waSgw==\n");
  EXPECT_EQ(complete_upload_call(request, kNvme, "").body, head + etag + tail);
  EXPECT_EQ(text(complete_upload_call(request, kNvme, "").fields),
            type + "x-amz-checksum-type: FULL_OBJECT\n");
  EXPECT_EQ(text(complete_upload_call(request, kNvme, "rosUhgp5mIg=").fields),
            type + "x-amz-checksum-type: FULL_OBJECT\nx-amz-checksum-crc64nvme: rosUhgp5mIg=\n");
}

TEST(Request, AnUploadsTermsStayHere) {
  const StoreUploadId upload("u", "CRC32C full");
  for (const Call& call : {put_part_call({.key = kKey, .upload = upload, .number = PartNumber{1}}, kNone),
                           complete_upload_call({.key = kKey, .upload = upload}, kNone, ""),
                           abort_upload_call(kKey, upload), list_parts_call(kKey, upload, "")})
    EXPECT_NE(("&" + text(call.query) + "&").find("&uploadId=u&"), std::string::npos) << call.name;
}

TEST(Request, TenThousandPartsFit) {
  CompleteUpload request{.key = kKey, .upload = kUpload};
  for (std::int32_t n = 1; n <= 10'000; ++n) {
    request.parts.push_back({.number = PartNumber{n}, .etag = ETag(std::string(32, 'f')), .crc32c = 1});
  }
  EXPECT_LT(complete_upload_call(request, kFull, "4waSgw==").body.size(), 2U * 1024 * 1024);  // what stores
                                                                                              // take
}

TEST(Request, ListsBeginWhereTheLastPageEnded) {
  EXPECT_EQ(text(list_parts_call(kKey, kUpload, "").query), "max-parts=1000&uploadId=u%2B1%2F%3D");
  EXPECT_EQ(text(list_parts_call(kKey, kUpload, "17").query),
            "max-parts=1000&part-number-marker=17&uploadId=u%2B1%2F%3D");
  const std::string of_key = "encoding-type=url&max-uploads=100&prefix=connectors%2Fc%2Fu.pb&uploads=";
  EXPECT_EQ(text(list_uploads_call(kKey, {}).query), of_key);
  EXPECT_EQ(text(list_uploads_call(kKey, {.key = "k", .upload = "u"}).query),
            "encoding-type=url&key-marker=k&max-uploads=100&prefix=connectors%2Fc%2Fu.pb&upload-id-marker=u&"
            "uploads=");
  EXPECT_TRUE(list_uploads_call(kKey, {}).key.empty());
  EXPECT_EQ(text(list_versions_call(kKey, {.key = "k", .version = "v"}).query),
            "encoding-type=url&key-marker=k&max-keys=100&prefix=connectors%2Fc%2Fu.pb&version-id-marker=v&"
            "versions=");
}

TEST(Request, TheRestIsShort) {
  EXPECT_EQ(text(get_call(kKey, "", ByteRange{5, 9}).fields), "range: bytes=5-9\n");
  EXPECT_EQ(text(get_call(kKey, "v 1", std::nullopt).query), "versionId=v%201");
  EXPECT_EQ(text(delete_call(kKey, "null").query), "versionId=null");
  EXPECT_EQ(text(head_call(kKey, kNone).fields), "");
  EXPECT_EQ(text(head_call(kKey, kFull).fields), "x-amz-checksum-mode: ENABLED\n");
  EXPECT_EQ(text(abort_upload_call(kKey, kUpload).query), "uploadId=u%2B1%2F%3D");
  EXPECT_EQ(text(list_objects_call(kKey).query),
            "encoding-type=url&list-type=2&max-keys=1&prefix=connectors%2Fc%2Fu.pb");
  const Call put = put_object_call({.key = kKey, .headers = {.content_type = "a/b"}, .size = 3}, kFull);
  EXPECT_EQ(text(put.fields),
            "content-type: a/b\ncontent-encoding: aws-chunked\nx-amz-decoded-content-length: 3\n"
            "x-amz-trailer: x-amz-checksum-crc32c\n");
}

TEST(Request, HeadersComeBack) {
  const ObjectHeaders headers = headers_of({{"Content-Type", "a/b"},
                                            {"content-disposition", "inline"},
                                            {"Cache-Control", "no-store"},
                                            {"X-Amz-Storage-Class", "GLACIER"},
                                            {"X-Amz-Meta-Upload-Token", "t"},
                                            {"x-amz-meta-node-id", "n"},
                                            {"x-amz-meta-", "nameless"}});
  EXPECT_EQ(headers.content_type, "a/b");
  EXPECT_EQ(headers.content_disposition, "inline");
  EXPECT_EQ(headers.cache_control, "no-store");
  EXPECT_EQ(headers.storage_class, "GLACIER");
  EXPECT_EQ(headers.user_metadata, (TextMap{{"upload-token", "t"}, {"node-id", "n"}}));
}

}  // namespace
}  // namespace longshore::s3
