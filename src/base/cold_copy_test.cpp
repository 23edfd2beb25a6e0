#include "base/cold_copy.h"

#include <span>
#include <string>

#include <gtest/gtest.h>

namespace longshore {
namespace {

TEST(ColdCopy, CopiesWhateverTheLengthAndTheAlignment) {
  std::string from(300, '\0');
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<char>(i * 7);
  for (const std::size_t shift : {0U, 1U, 8U, 15U}) {
    for (const std::size_t length : {0U, 1U, 15U, 16U, 17U, 64U, 255U}) {
      const std::string source = from.substr(shift, length);
      std::string memory(400, '.');
      const MutableBytes to = std::as_writable_bytes(std::span(memory)).subspan(shift, length);
      cold_copy(to, as_bytes(source));
      EXPECT_EQ(memory, std::string(shift, '.') + source + std::string(400 - shift - length, '.'))
          << shift << " " << length;
    }
  }
}

}  // namespace
}  // namespace longshore
