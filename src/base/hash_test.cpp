#include "base/hash.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace longshore {
namespace {

std::uint32_t crc32c(ByteView bytes) {
  Crc32c crc;
  crc.update(bytes);
  return crc.value();
}
std::uint32_t crc32c(std::string_view text) { return crc32c(as_bytes(text)); }

std::string random_bytes(std::mt19937_64& rng, std::size_t length) {
  std::string bytes(length, '\0');
  for (char& c : bytes) c = static_cast<char>(rng());
  return bytes;
}

/// The definition, bit by bit, to compare the fast ones with.
std::uint32_t crc32c_by_definition(std::string_view text) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : text) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
  }
  return ~crc;
}

TEST(Crc32cTest, VectorsOfRfc3720) {
  std::string ascending(32, '\0');
  for (std::size_t i = 0; i < ascending.size(); ++i) ascending[i] = static_cast<char>(i);
  const std::string descending(ascending.rbegin(), ascending.rend());
  const std::string scsi_read{
      "\x01\xc0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x14\x00\x00\x00\x00\x00\x04\x00"
      "\x00\x00\x00\x14\x00\x00\x00\x18\x28\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00",
      48};
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
  EXPECT_EQ(crc32c(ascending), 0x46DD794EU);
  EXPECT_EQ(crc32c(descending), 0x113FDB5CU);
  EXPECT_EQ(crc32c(scsi_read), 0xD9963A56U);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(Crc32cTest, AgreesWithTheDefinitionForEveryShortLengthAndAlignment) {
  std::mt19937_64 rng(1);
  const std::string bytes = random_bytes(rng, 700);
  for (std::size_t offset = 0; offset < 9; ++offset) {
    for (std::size_t length = 0; length + offset <= bytes.size(); length += 7) {
      const auto piece = std::string_view(bytes).substr(offset, length);
      ASSERT_EQ(crc32c(piece), crc32c_by_definition(piece)) << offset << '+' << length;
    }
  }
}

TEST(Crc32cTest, UpdatesAddUpAndCopiesBranchOff) {
  Crc32c whole;
  whole.update(as_bytes("1234"));
  Crc32c branch = whole;
  whole.update(as_bytes("56789"));
  branch.update(as_bytes("4321"));
  EXPECT_EQ(whole.value(), 0xE3069283U);
  EXPECT_EQ(branch.value(), crc32c("12344321"));
}

TEST(Crc32cCombineTest, EqualsTheDirectCrcForRandomSplits) {
  std::mt19937_64 rng(2);
  for (int round = 0; round < 500; ++round) {
    const std::string bytes = random_bytes(rng, rng() % 5'000);
    const std::size_t split = rng() % (bytes.size() + 1);
    const std::string_view a = std::string_view(bytes).substr(0, split);
    const std::string_view b = std::string_view(bytes).substr(split);
    ASSERT_EQ(crc32c_combine(crc32c(a), crc32c(b), b.size()), crc32c(bytes))
        << bytes.size() << " at " << split;
  }
}

TEST(Crc32cCombineTest, IsAssociativeForLengthsNobodyCanHash) {
  constexpr std::uint64_t kLongs[] = {1ULL << 31, (1ULL << 32) + 1, 5ULL << 40, ~0ULL >> 1};
  std::mt19937_64 rng(3);
  for (const std::uint64_t b_length : kLongs) {
    for (const std::uint64_t c_length : kLongs) {
      const auto a = static_cast<std::uint32_t>(rng());
      const auto b = static_cast<std::uint32_t>(rng());
      const auto c = static_cast<std::uint32_t>(rng());
      const auto left = crc32c_combine(crc32c_combine(a, b, b_length), c, c_length);
      const auto right = crc32c_combine(a, crc32c_combine(b, c, c_length), b_length + c_length);
      EXPECT_EQ(left, right) << b_length << ' ' << c_length;
    }
  }
}

TEST(Crc32cCombineTest, ManyEqualPartsAsOneUpload) {
  const std::string part(1'000, 'x');
  std::uint32_t combined = 0;
  std::string whole;
  for (int i = 0; i < 50; ++i) {
    combined = crc32c_combine(combined, crc32c(part), part.size());
    whole += part;
  }
  EXPECT_EQ(combined, crc32c(whole));
  EXPECT_EQ(crc32c_combine(combined, 0, 0), combined);
}

TEST(Crc32cTextTest, IsBigEndianBase64BothWays) {
  EXPECT_EQ(crc32c_to_base64(0xE3069283U), "4waSgw==");
  EXPECT_EQ(crc32c_to_base64(0), "AAAAAA==");
  std::uint32_t crc = 0;
  ASSERT_TRUE(crc32c_from_base64("4waSgw==", crc));
  EXPECT_EQ(crc, 0xE3069283U);
}

TEST(Crc32cTextTest, RefusesWhatIsNotFourBytes) {
  std::uint32_t crc = 7;
  for (const char* text :
       {"", "4waS", "4waSgwA=", "4waSgw", "4waSgw=", "4waSgw== ", "4waSgx==", "e3069283"}) {
    EXPECT_FALSE(crc32c_from_base64(text, crc)) << text;
  }
  EXPECT_EQ(crc, 7U);
}

std::string hex(const Sha256Digest& digest) { return hex_encode(std::as_bytes(std::span(digest))); }

TEST(Sha256Test, VectorsOfFips180) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex(sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256Test, PiecesGiveTheSameAndFinishStartsAnew) {
  Sha256 hash;
  hash.update(as_bytes("a"));
  hash.update({});
  hash.update(as_bytes("bc"));
  EXPECT_EQ(hash.finish(), sha256("abc"));
  EXPECT_EQ(hash.finish(), sha256(""));
  hash.update(as_bytes("abc"));
  Sha256 moved = std::move(hash);
  EXPECT_EQ(moved.finish(), sha256("abc"));
}

TEST(HmacTest, VectorsOfRfc4231) {
  EXPECT_EQ(hex(hmac_sha256(as_bytes(std::string(20, '\x0b')), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac_sha256(as_bytes("Jefe"), "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac_sha256(as_bytes(std::string(131, '\xaa')),
                            "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Sha256, GoesThroughBase64AndBackStrictly) {
  const Sha256Digest digest = sha256("abc");
  const std::string text = sha256_to_base64(digest);
  EXPECT_EQ(text, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
  EXPECT_EQ(sha256_from_base64(text), digest);
  for (const std::string_view bad : {"", "abcd", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFQ=="})
    EXPECT_FALSE(sha256_from_base64(bad)) << bad;
}

}  // namespace
}  // namespace longshore
