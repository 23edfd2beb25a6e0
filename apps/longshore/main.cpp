// The command line client: only the public HTTP API, no back door into a store.
#include <cstdlib>
#include <iostream>

#include "apps/longshore/exit_code.h"
#include "apps/longshore/program.h"

int main(int argc, char** argv) {
  namespace cli = longshore::cli;
  const char* token = std::getenv("LONGSHORE_TOKEN");
  const auto parsed = cli::parse_options(std::vector<std::string>(argv + 1, argv + argc),
                                         token == nullptr ? "" : token, LONGSHORE_VERSION);
  if (const auto* early = std::get_if<cli::EarlyExit>(&parsed)) {
    std::cout << early->out << std::flush;
    std::cerr << early->err << std::flush;
    return std::cout.fail() ? cli::kFailed : early->code;
  }
  return cli::run(std::get<cli::Options>(parsed), cli::standard_streams());
}
