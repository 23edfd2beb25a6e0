#include "aws/sigv4.h"

#include <chrono>
#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace longshore::aws {
namespace {

using namespace std::chrono;

CredentialsPtr credentials(std::string id, std::string_view secret, std::string_view token = "") {
  return std::make_shared<const Credentials>(Credentials{
      .access_key_id = std::move(id), .secret_access_key = Secret(secret), .session_token = Secret(token)});
}

std::string find(const HttpFields& fields, std::string_view name) {
  const std::string* value = find_field(fields, name);
  return value == nullptr ? "(none)" : *value;
}

/// What stands behind `name=` in an Authorization field.
std::string parameter(const Signed& signed_request, const std::string& name) {
  const std::string value = find(signed_request.fields, "authorization");
  const std::size_t begin = value.find(name + "=") + name.size() + 1;
  return value.substr(begin, value.find(',', begin) - begin);
}

// ---- the examples of the S3 API reference: one bucket, one moment

class S3Examples : public testing::Test {
 protected:
  Signed sign(std::string_view method, const std::string& target, const HttpFields& fields,
              std::string_view payload) {
    return signer_.sign({.method = method, .target = target, .fields = fields, .payload = payload}, key_,
                        kMoment);
  }

  static constexpr Time kMoment = sys_days{2013y / May / 24};
  const std::string kEmpty = payload_hash({});
  const CredentialsPtr key_ = credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
  const HttpFields host_{{"Host", "examplebucket.s3.amazonaws.com"}};
  Signer signer_{"us-east-1", "s3"};
};

TEST_F(S3Examples, GetObject) {
  HttpFields fields = host_;
  fields.push_back({"Range", "bytes=0-9"});
  const Signed out = sign("GET", "/test.txt", fields, kEmpty);
  EXPECT_EQ(find(out.fields, "x-amz-date"), "20130524T000000Z");
  EXPECT_EQ(find(out.fields, "x-amz-content-sha256"),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(find(out.fields, "x-amz-security-token"), "(none)");
  EXPECT_EQ(find(out.fields, "authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_F(S3Examples, PutObject) {
  HttpFields fields = host_;
  fields.push_back({"Date", "Fri, 24 May 2013 00:00:00 GMT"});
  fields.push_back({"x-amz-storage-class", "REDUCED_REDUNDANCY"});
  const Signed out = sign("PUT", encode_path("/test$file.text"), fields,
                          payload_hash(as_bytes("Welcome to Amazon S3.")));
  EXPECT_EQ(parameter(out, "Signature"), "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST_F(S3Examples, GetBucketLifecycle) {
  const Signed out = sign("GET", "/?" + encode_query({{"lifecycle", ""}}), host_, kEmpty);
  EXPECT_EQ(parameter(out, "Signature"), "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST_F(S3Examples, ListObjects) {
  const Signed out = sign("GET", "/?" + encode_query({{"prefix", "J"}, {"max-keys", "2"}}), host_, kEmpty);
  EXPECT_EQ(parameter(out, "Signature"), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST_F(S3Examples, SignedChunks) {
  const HttpFields fields{{"Host", "s3.amazonaws.com"},
                          {"Content-Encoding", "aws-chunked"},
                          {"Content-Length", "66824"},
                          {"x-amz-decoded-content-length", "66560"},
                          {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  Signed out = sign("PUT", "/examplebucket/chunkObject.txt", fields, kSignedChunks);
  EXPECT_EQ(parameter(out, "Signature"), "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
  EXPECT_EQ(out.chunks.sign_chunk(as_bytes(std::string(65536, 'a'))),
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648");
  EXPECT_EQ(out.chunks.sign_chunk(as_bytes(std::string(1024, 'a'))),
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497");
  EXPECT_EQ(out.chunks.sign_chunk({}), "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9");
}

TEST_F(S3Examples, SignedChunksWithATrailer) {
  const HttpFields fields{{"Host", "s3.amazonaws.com"},
                          {"Content-Encoding", "aws-chunked"},
                          {"x-amz-decoded-content-length", "66560"},
                          {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
                          {"x-amz-trailer", "x-amz-checksum-crc32c"}};
  Signed out = sign("PUT", "/examplebucket/chunkObject.txt", fields, kSignedChunksTrailer);
  EXPECT_EQ(parameter(out, "Signature"), "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
  EXPECT_EQ(out.chunks.sign_chunk(as_bytes(std::string(65536, 'a'))),
            "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2");
  EXPECT_EQ(out.chunks.sign_chunk(as_bytes(std::string(1024, 'a'))),
            "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7");
  EXPECT_EQ(out.chunks.sign_chunk({}), "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992");
  EXPECT_EQ(out.chunks.sign_trailer("x-amz-checksum-crc32c:sOO8/Q==\n"),
            "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435");
}

TEST_F(S3Examples, TheTokenIsSentAndSigned) {
  const auto session = credentials("AKIAIOSFODNN7EXAMPLE", "secret", "the token");
  const SignableRequest request{.method = "GET", .target = "/", .fields = host_, .payload = kUnsignedPayload};
  const Signed out = signer_.sign(request, session, kMoment);
  EXPECT_EQ(find(out.fields, "x-amz-security-token"), "the token");
  EXPECT_EQ(parameter(out, "SignedHeaders"), "host;x-amz-content-sha256;x-amz-date;x-amz-security-token");
}

TEST_F(S3Examples, TheKeyFollowsTheDayAndTheCredentials) {
  const auto signature_by = [this](const CredentialsPtr& key, Time moment, Signer& signer) {
    const SignableRequest request{.method = "GET", .target = "/", .fields = host_, .payload = kEmpty};
    return parameter(signer.sign(request, key, moment), "Signature");
  };
  const auto other = credentials("AKIAIOSFODNN7EXAMPLE", "another");
  for (const auto& [key, moment] : {std::pair{key_, kMoment}, std::pair{key_, kMoment + 24h},
                                    std::pair{other, kMoment + 24h}, std::pair{key_, kMoment}}) {
    Signer fresh("us-east-1", "s3");
    EXPECT_EQ(signature_by(key, moment, signer_), signature_by(key, moment, fresh));
  }
}

// ---- AWS's suite for all services

class SuiteOfAllServices : public testing::Test {
 protected:
  std::string signature(std::string_view method, const std::string& target, HttpFields fields = {},
                        std::string_view body = "") {
    fields.insert(fields.begin(), {"Host", "example.amazonaws.com"});
    const std::string hash = payload_hash(as_bytes(body));
    return parameter(
        signer_.sign({.method = method, .target = target, .fields = fields, .payload = hash}, key_, kMoment),
        "Signature");
  }

  static constexpr Time kMoment = sys_days{2015y / August / 30} + 12h + 36min;
  const CredentialsPtr key_ = credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
  Signer signer_{"us-east-1", "service"};
};

TEST_F(SuiteOfAllServices, Vanilla) {
  EXPECT_EQ(signature("GET", "/"), "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  EXPECT_EQ(signature("POST", "/"), "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
}

TEST_F(SuiteOfAllServices, OtherServicesGetNoHashOfTheBody) {
  const Signed out = signer_.sign(
      {.method = "GET", .target = "/", .fields = {{"Host", "h"}}, .payload = kUnsignedPayload}, key_,
      kMoment);
  EXPECT_EQ(find(out.fields, "x-amz-content-sha256"), "(none)");
}

TEST_F(SuiteOfAllServices, Paths) {
  EXPECT_EQ(signature("GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
            "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f");
}

TEST_F(SuiteOfAllServices, Queries) {
  EXPECT_EQ(signature("GET", "/?" + encode_query({{"Param2", "value2"}, {"Param1", "value1"}})),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
  EXPECT_EQ(signature("GET", "/?" + encode_query({{"\u1234", "bar"}})),
            "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04");
}

TEST_F(SuiteOfAllServices, Fields) {
  EXPECT_EQ(signature("GET", "/", {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}}),
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
  EXPECT_EQ(
      signature("GET", "/", {{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}}),
      "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea");
}

TEST_F(SuiteOfAllServices, FormInTheBody) {
  EXPECT_EQ(signature("POST", "/", {{"Content-Type", "application/x-www-form-urlencoded"}}, "Param1=value1"),
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
}

}  // namespace
}  // namespace longshore::aws
