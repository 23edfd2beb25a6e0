#include "s3/crc64nvme.h"

#include <string>

#include <gtest/gtest.h>

namespace longshore::s3 {
namespace {

std::uint64_t crc_of(std::string_view text) {
  Crc64Nvme crc;
  crc.update(as_bytes(text));
  return crc.value();
}

// The check value of the catalogue of CRCs, and the test cases of the NVMe specification.
TEST(Crc64Nvme, PublishedValues) {
  EXPECT_EQ(crc_of("123456789"), 0xAE8B14860A799888U);
  EXPECT_EQ(crc_of(""), 0U);
  EXPECT_EQ(crc_of(std::string(4096, '\0')), 0x6482D367EB22B64EU);
  EXPECT_EQ(crc_of(std::string(4096, '\xFF')), 0xC0DDBA7302ECA3ACU);
}

TEST(Crc64Nvme, PiecesGiveTheSame) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text.push_back(static_cast<char>(i * 7));
  for (const std::size_t piece : {1U, 3U, 8U, 13U, 999U}) {
    Crc64Nvme crc;
    for (std::size_t at = 0; at < text.size(); at += piece)
      crc.update(as_bytes(text).subspan(at, std::min(piece, text.size() - at)));
    EXPECT_EQ(crc.value(), crc_of(text)) << piece;
  }
}

}  // namespace
}  // namespace longshore::s3
