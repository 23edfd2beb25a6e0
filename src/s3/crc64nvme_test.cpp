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

TEST(Crc64Nvme, OfTheWholeFromItsPieces) {
  EXPECT_EQ(crc64nvme_combine(crc_of("1234"), crc_of("56789"), 5), crc_of("123456789"));
  EXPECT_EQ(crc64nvme_combine(crc_of("1234"), crc_of(""), 0), crc_of("1234"));
  EXPECT_EQ(crc64nvme_combine(crc_of(""), crc_of("1234"), 4), crc_of("1234"));
  std::string text(100'000, 'a');
  const std::string more(65'537, 'b');
  const std::uint64_t first = crc_of(text);
  EXPECT_EQ(crc64nvme_combine(first, crc_of(more), more.size()), crc_of(text + more));
}

}  // namespace
}  // namespace longshore::s3
