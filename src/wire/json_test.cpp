#include "wire/json.h"

#include <string>

#include "longshore/v1/longshore.pb.h"
#include <gtest/gtest.h>

namespace longshore {
namespace {

using v1::InitiateUploadRequest;

std::string nested(std::size_t depth, const std::string& open, const std::string& close) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += open;
  for (std::size_t i = 0; i < depth; ++i) text += close;
  return text;
}

TEST(ReadJson, TakesBothSpellingsNumbersAsTextAndPlain) {
  for (const char* text :
       {R"({"connectorId":"cli","expectedSize":"5368709120","metadata":{"a":"b"}})",
        R"({"connector_id":"cli","expected_size":5368709120,"metadata":{"a":"b"}})",
        " {\"connectorId\" : \"cli\",\r\n\t\"expectedSize\":5368709120,\"metadata\":{\"a\":\"b\"}} \n"}) {
    InitiateUploadRequest request;
    const auto problem = read_json(text, request);
    ASSERT_FALSE(problem) << text << ": " << problem->what;
    EXPECT_EQ(request.connector_id(), "cli");
    EXPECT_EQ(request.expected_size(), 5368709120);
    EXPECT_EQ(request.metadata().at("a"), "b");
  }
}

TEST(ReadJson, TellsAbsentFromZero) {
  InitiateUploadRequest request;
  ASSERT_FALSE(read_json("{}", request));
  EXPECT_FALSE(request.has_expected_size());
  ASSERT_FALSE(read_json(R"({"expectedSize":0})", request));
  EXPECT_TRUE(request.has_expected_size());
}

TEST(ReadJson, MapKeysAreTheClientsOwnWords) {
  InitiateUploadRequest request;
  const auto problem = read_json(R"({"metadata":{"a_b":"1","aB":"2"}})", request);
  ASSERT_FALSE(problem) << problem->what;
  EXPECT_EQ(request.metadata().size(), 2U);
}

struct BadJson {
  std::string name;
  std::string text;
  std::string field;
};

class ReadBadJson : public ::testing::TestWithParam<BadJson> {};

TEST_P(ReadBadJson, IsRefused) {
  InitiateUploadRequest request;
  const auto problem = read_json(GetParam().text, request);
  ASSERT_TRUE(problem) << GetParam().text.substr(0, 100);
  EXPECT_EQ(problem->field, GetParam().field) << problem->what;
  EXPECT_FALSE(problem->what.empty());
}

const BadJson kBad[] = {
    {"Empty", "", ""},
    {"Null", "null", ""},
    {"List", "[]", ""},
    {"Text", R"("name")", ""},
    {"Cut", R"({"name":"a)", "name"},
    {"TwoValues", "{} {}", ""},
    {"Trailing", "{}x", ""},
    {"SingleQuotes", "{'name':'a'}", ""},
    {"BareKey", "{name:1}", ""},
    {"TrailingComma", R"({"name":"a",})", "name"},
    {"Comment", R"({/*x*/"name":"a"})", ""},
    {"KeyTwice", R"({"name":"a","name":"b"})", "name"},
    {"KeyInBothSpellings", R"({"connectorId":"a","connector_id":"b"})", "connector_id"},
    {"NestedKeyInBothSpellings", R"({"encryption":{"kmsKeyId":"a","kms_key_id":"b"}})",
     "encryption.kms_key_id"},
    {"MapKeyTwice", R"({"metadata":{"k":"1","k":"2"}})", "metadata.k"},
    {"EscapedKeyTwice", R"({"name":"a","n\u0061me":"b"})", "name"},
    {"NulEscaped", R"({"name":"a\u0000b"})", "name"},
    {"NulInKey", R"({"na\u0000me":"b"})", ""},
    {"NulRaw", std::string("{\"name\":\"a\0b\"}", 14), "name"},
    {"LoneSurrogate", R"({"name":"\ud800"})", "name"},
    {"BadUtf8", "{\"name\":\"\xc3\x28\"}", "name"},
    {"OverlongUtf8", "{\"name\":\"\xc0\xaf\"}", "name"},
    {"NaN", R"({"expectedSize":NaN})", "expectedSize"},
    {"Infinity", R"({"expectedSize":-Infinity})", "expectedSize"},
    {"Exponent", R"({"expectedSize":1e3})", "expectedSize"},
    {"Fraction", R"({"expectedSize":1.5})", "expectedSize"},
    {"TooBig", R"({"expectedSize":18446744073709551616})", "expectedSize"},
    {"TooBigForSigned", R"({"expectedSize":9223372036854775808})", "expectedSize"},
    {"TextForNumber", R"({"expectedSize":"many"})", "expectedSize"},
    {"ListForText", R"({"name":["a"]})", "name"},
    {"ListInList", R"({"name":[["a"]]})", "name"},
    {"UnknownKey", R"({"nmae":"a"})", "nmae"},
    {"UnknownEnumName", R"({"encryption":{"type":"ROT13"}})", "encryption.type"},
    {"UnknownEnumNumber", R"({"encryption":{"type":77}})", "encryption.type"},
    {"DeepObjects", nested(10000, R"({"encryption":)", "}"), "encryption.encryption"},
    {"DeepLists", nested(30000, "[", "]"), ""},
    {"DeepListsInside", R"({"name":)" + nested(30000, "[", "]") + "}", "name"},
};
TEST(ReadJson, SaysWhatIsRightAndNotWhatCame) {
  struct Case {
    std::string text;
    std::string field;
    std::string what;
  };
  const std::string number = "must be a whole number, as a number or as a text of digits";
  for (const Case& c : {
           Case{R"({"expectedSize":"0x10"})", "expectedSize", number},
           Case{R"({"expectedSize":"010"})", "expectedSize", number},
           Case{R"({"expectedSize":" 1"})", "expectedSize", number},
           Case{R"({"expected_size":true})", "expected_size", number},
           Case{R"({"expectedSize":")" + std::string(1000, '1') + R"("})", "expectedSize", number},
           Case{R"({"byName":"true"})", "byName", "must be true or false"},
           Case{R"({"byName":1})", "byName", "must be true or false"},
           Case{R"({"name":1})", "name", "must be a text"},
           Case{R"({"name":{}})", "name", "must be a text"},
           Case{R"({"metadata":[]})", "metadata", "must be an object whose values are texts"},
           Case{R"({"metadata":{"a":1}})", "metadata.a", "must be a text"},
           Case{R"({"metadata":{"a":{}}})", "metadata.a", "must be a text"},
           Case{R"({"tags":{"a":null}})", "tags.a", "must be a text"},
           Case{R"({"encryption":"none"})", "encryption", "must be an object"},
           Case{R"({"nmae":"a"})", "nmae", "there is no such field"},
           Case{R"({"payload":")" + std::string(1'000'000, '@') + R"("})", "payload",
                "must be a text in base64"},
       }) {
    InitiateUploadRequest request;
    const auto problem = read_json(c.text, request);
    ASSERT_TRUE(problem) << c.text.substr(0, 100);
    EXPECT_EQ(problem->field, c.field) << problem->what;
    EXPECT_EQ(problem->what, c.what) << c.text.substr(0, 100);
  }
}

TEST(ReadJson, TakesBytesInEachFormOfBase64) {
  const std::string bytes{'\xFB', '\xEF', '\xFF', '\0'};
  for (const char* base64 :
       {"++//AA==", "++//AA", "--__AA==", "--__AA", R"(++\/\/AA==)", R"(\u002b+//AA==)"}) {
    InitiateUploadRequest request;
    const auto problem = read_json(
        R"({"name":"a","payload":")" + std::string(base64) + R"(","metadata":{"payload":"b"}})", request);
    ASSERT_FALSE(problem) << base64 << ": " << problem->what;
    EXPECT_EQ(request.payload(), bytes) << base64;
    EXPECT_EQ(request.name(), "a");
    EXPECT_EQ(request.metadata().at("payload"), "b");
  }
}

TEST(ReadJson, BytesMayBeNone) {
  InitiateUploadRequest request;
  ASSERT_FALSE(read_json(R"({"payload":"","name":"a"})", request));
  EXPECT_EQ(request.payload(), "");
  EXPECT_EQ(request.name(), "a");
}

TEST(ReadJson, WhatIsWrongBesideBytesIsRefused) {
  for (const char* payload : {"A", "AA=A", "AA==AA==", "=AAA", "A A=", "AAAA\xC3\xA9", R"(AAAA\"AAAA)"}) {
    InitiateUploadRequest request;
    const auto problem = read_json(R"({"payload":")" + std::string(payload) + R"("})", request);
    ASSERT_TRUE(problem) << payload;
    EXPECT_EQ(problem->field, "payload") << payload;
  }
  InitiateUploadRequest request;
  EXPECT_TRUE(read_json(R"({"payload":"AAAA","payload":"AAAA"})", request));
  EXPECT_TRUE(read_json(R"({"payload":["AAAA"]})", request));
}

TEST(ReadJson, NullIsAbsent) {
  InitiateUploadRequest request;
  ASSERT_FALSE(read_json(R"({"expectedSize":null,"metadata":null,"encryption":null,"name":null})", request));
  EXPECT_FALSE(request.has_expected_size());
}

INSTANTIATE_TEST_SUITE_P(Table, ReadBadJson, ::testing::ValuesIn(kBad),
                         [](const auto& row) { return row.param.name; });

TEST(WriteJson, PrintsZerosAndLongNumbersAsText) {
  v1::CompleteUploadResponse response;
  response.set_size(5);
  response.set_state(v1::COMPLETED);
  EXPECT_EQ(write_json(response),
            R"({"nodeId":"","state":"COMPLETED","size":"5","etag":"","versionId":"","crc32c":"","sha256":"",)"
            R"("missingChunks":[]})");
}

}  // namespace
}  // namespace longshore
