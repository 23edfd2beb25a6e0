#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "catalog/page_token.h"
#include "domain/error.h"

/// A token is refused with invalid_request, or is exactly the one that its position gives.
template <class Read>
static void check(const std::string& token, Read read) {
  try {
    if (longshore::page_token(read(token)) != token) std::abort();
  } catch (const longshore::Error& error) {
    if (error.reason() != longshore::Reason::invalid_request) std::abort();
  }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string token(data, data + size);
  check(token, longshore::upload_position);
  check(token, longshore::node_position);
  return 0;
}
