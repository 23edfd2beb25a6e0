#pragma once

#include <map>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "apps/longshore/fake_server.h"
#include "apps/longshore/options.h"
#include "apps/longshore/program.h"
#include "apps/longshore/scratch_folder.h"

namespace longshore::cli::testing {

/// A descriptor of this process that points elsewhere for a while.
class Redirected {
 public:
  Redirected(int descriptor, int to) : descriptor_(descriptor), saved_(::dup(descriptor)) {
    ::dup2(to, descriptor_);
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;
  ~Redirected() {
    ::dup2(saved_, descriptor_);
    ::close(saved_);
  }

 private:
  int descriptor_;
  int saved_;
};

/// The client as a whole, as main() runs it, against a server that can be made to misbehave, and a folder for
/// its files.
class Client : public ::testing::Test {
 protected:
  ~Client() override { server_.release_stalled(); }

  int run(std::vector<std::string> arguments) {
    out_.str("");
    return run_with(out_, std::move(arguments));
  }

  /// With the results going to `out`.
  int run_with(std::ostream& out, std::vector<std::string> arguments) {
    err_.str("");
    arguments.insert(arguments.end(), {"--server", server_.url()});
    const auto parsed = parse_options(arguments, token_, "1.2.3");
    if (const auto* early = std::get_if<EarlyExit>(&parsed)) {
      out << early->out;
      err_ << early->err;
      return early->code;
    }
    return cli::run(std::get<Options>(parsed), {.out = out, .err = err_});
  }

  std::string make_file(const std::string& name, std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + (i * 7 + i / 1000) % 26);
    contents_[name] = bytes;
    return folder_.write(name, bytes).string();
  }

  /// The bytes that the server holds under that name.
  std::string stored(const std::string& path, const std::string& name) {
    return server_.look([&](FakeServer::State& state) -> std::string {
      for (const auto& [id, object] : state.objects) {
        if (object.path == path && object.name == name) return object.bytes;
      }
      return "(nothing)";
    });
  }

  std::string node_id(const std::string& name) {
    return server_.look([&](FakeServer::State& state) -> std::string {
      for (const auto& [id, object] : state.objects) {
        if (object.name == name) return id;
      }
      return "(none)";
    });
  }

  boost::json::object json_out() { return boost::json::parse(out_.str()).as_object(); }

  FakeServer server_;
  ScratchFolder folder_;
  std::map<std::string, std::string> contents_;
  std::ostringstream out_;
  std::ostringstream err_;
  std::string token_;
};

}  // namespace longshore::cli::testing
