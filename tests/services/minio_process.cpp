#include "tests/services/minio_process.h"

#include <array>
#include <fcntl.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>

namespace longshore::services {
namespace {

constexpr const char* kScript = "tests/services/minio";

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  return ends;
}

}  // namespace

MinioProcess::MinioProcess(Tls tls) {
  start(tls);
  const std::string line = read_line();
  if (line.empty()) {
    end();
    throw std::runtime_error(std::string(kScript) + " does not bring up a MinIO; what it says stands above");
  }
  const boost::json::value said = boost::json::parse(line);
  const auto text = [&](const char* name) { return boost::json::value_to<std::string>(said.at(name)); };
  endpoint = text("endpoint");
  access_key = text("access_key");
  secret_key = text("secret_key");
  ca_file = text("ca_file");
  server_process = boost::json::value_to<pid_t>(said.at("pid"));
}

MinioProcess::~MinioProcess() { end(); }

void MinioProcess::start(Tls tls) {
  const auto input = make_pipe();
  const auto output = make_pipe();
  posix_spawn_file_actions_t actions{};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  std::string script = kScript;
  std::string option = "--tls";
  std::array<char*, 3> arguments{script.data(), tls == Tls::yes ? option.data() : nullptr, nullptr};
  const int error = ::posix_spawn(&script_, kScript, &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(input[0]);
  ::close(output[1]);
  to_script_ = input[1];
  from_script_ = output[0];
  if (error != 0)
    throw std::runtime_error(std::string(kScript) + " cannot be started: run tests at the root");
}

std::string MinioProcess::read_line() const {
  std::string line;
  for (char c = 0; ::read(from_script_, &c, 1) == 1 && c != '\n';) line.push_back(c);
  return line;
}

void MinioProcess::end() {
  ::close(to_script_);  // the script's signal to stop
  ::close(from_script_);
  if (script_ > 0) ::waitpid(script_, nullptr, 0);
}

}  // namespace longshore::services
