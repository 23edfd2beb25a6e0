// The command line client: only the public HTTP API, no back door into a store.
#include <cstdlib>
#include <iostream>

#include "apps/longshore/program.h"

int main(int argc, char** argv) {
  using namespace longshore::cli;
  const char* token = std::getenv("LONGSHORE_TOKEN");
  const auto parsed = parse_options(std::vector<std::string>(argv + 1, argv + argc),
                                    token == nullptr ? "" : token, LONGSHORE_VERSION);
  if (const auto* early = std::get_if<EarlyExit>(&parsed)) {
    std::cout << early->out << std::flush;
    std::cerr << early->err << std::flush;
    return early->code;
  }
  return run(std::get<Options>(parsed), standard_streams());
}
