#include "s3/checksum.h"

#include <gtest/gtest.h>

namespace longshore::s3 {
namespace {

CompletePart part(std::string_view bytes) {
  Crc32c crc;
  crc.update(as_bytes(bytes));
  return {.size = std::ssize(bytes), .crc32c = crc.value()};
}

TEST(Checksum, RunsInBothAlgorithms) {
  RunningChecksum crc32c(ChecksumAlgorithm::crc32c);
  RunningChecksum crc64nvme(ChecksumAlgorithm::crc64nvme);
  for (const std::string_view piece : {"1234", "56789"}) {
    crc32c.update(as_bytes(piece));
    crc64nvme.update(as_bytes(piece));
  }
  EXPECT_EQ(crc32c.base64(), "4waSgw==");
  EXPECT_EQ(crc64nvme.base64(), "rosUhgp5mIg=");
}

TEST(Checksum, TheWholeOfItsParts) {
  EXPECT_EQ(whole_crc32c({part("1234"), part("56789")}), part("123456789").crc32c);
  EXPECT_EQ(whole_crc32c({}), 0U);
  CompletePart unknown = part("1234");
  unknown.crc32c.reset();
  EXPECT_EQ(whole_crc32c({unknown, part("56789")}), std::nullopt);
  EXPECT_EQ(composite_crc32c({unknown, part("56789")}), std::nullopt);
}

TEST(Checksum, ACompositeIsTheChecksumOfTheChecksums) {
  const CompletePart one = part("123456789");
  const std::uint32_t of_one = *part("\xE3\x06\x92\x83").crc32c;
  EXPECT_EQ(composite_crc32c({one}), (CompositeChecksum{.crc32c = of_one, .parts = 1}));
  EXPECT_EQ(composite_crc32c({one, one})->parts, 2);
  EXPECT_EQ(composite_of("4waSgw==-12"), (CompositeChecksum{.crc32c = 0xE3069283, .parts = 12}));
  for (const char* text : {"", "4waSgw==", "4waSgw==-", "4waSgw==-0", "4waSgw==-2x", "-2", "4waSgw=-2"})
    EXPECT_EQ(composite_of(text), std::nullopt) << text;
}

TEST(Checksum, OnlyThatOfTheBytesIsRead) {
  EXPECT_EQ(crc32c_of("4waSgw=="), 0xE3069283U);
  for (const char* text : {"", "4waSgw==-2", "4waSgw", "rosUhgp5mIg="})
    EXPECT_EQ(crc32c_of(text), std::nullopt);
}

TEST(Checksum, OfSixtyFourBitsIsReadAsItIsWritten) {
  EXPECT_EQ(crc64nvme_to_base64(0xAE8B14860A799888), "rosUhgp5mIg=");
  EXPECT_EQ(crc64nvme_of("rosUhgp5mIg="), 0xAE8B14860A799888U);
  for (const char* text : {"", "rosUhgp5mIg=-2", "rosUhgp5mIg", "4waSgw=="})
    EXPECT_EQ(crc64nvme_of(text), std::nullopt);
}

TEST(Checksum, PlansAreKeptAsText) {
  EXPECT_EQ(text_of(ChecksumPlan{}), "CRC32C none");
  EXPECT_EQ(text_of({.way = ChecksumWay::full, .algorithm = ChecksumAlgorithm::crc64nvme}), "CRC64NVME full");
  for (const ChecksumWay way :
       {ChecksumWay::none, ChecksumWay::header, ChecksumWay::composite, ChecksumWay::full}) {
    const ChecksumPlan plan{.way = way};
    EXPECT_EQ(plan_of(text_of(plan)), plan);
    const ChecksumPlan longer{.way = way, .algorithm = ChecksumAlgorithm::crc64nvme};
    EXPECT_EQ(plan_of(text_of(longer)).has_value(), way == ChecksumWay::full);
  }
  for (const char* text : {"", "CRC32C", "CRC32C ", "CRC32C full ", "full", "MD5 full", "CRC32C best"})
    EXPECT_EQ(plan_of(text), std::nullopt) << text;
}

TEST(Checksum, PlansForALog) {
  EXPECT_EQ(describe({}), "none");
  EXPECT_EQ(describe({.way = ChecksumWay::full}), "CRC32C, full");
  EXPECT_EQ(describe({.way = ChecksumWay::composite, .algorithm = ChecksumAlgorithm::crc64nvme}),
            "CRC64NVME, composite");
  EXPECT_EQ(describe({.way = ChecksumWay::header}), "CRC32C, where clients name it");
}

}  // namespace
}  // namespace longshore::s3
