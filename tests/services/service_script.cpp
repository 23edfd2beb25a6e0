#include "tests/services/service_script.h"

#include <array>
#include <fcntl.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>

namespace longshore::services {
namespace {

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  return ends;
}

}  // namespace

ServiceScript::ServiceScript(const std::string& script, const std::string& option) {
  start(script, option);
  const std::string line = read_line();
  if (line.empty()) {
    end();
    throw std::runtime_error(script + " brings up nothing; what it says stands above");
  }
  said_ = boost::json::parse(line);
}

ServiceScript::~ServiceScript() { end(); }

std::string ServiceScript::text(const char* name) const {
  return boost::json::value_to<std::string>(said_.at(name));
}

void ServiceScript::start(std::string script, std::string option) {
  const auto input = make_pipe();
  const auto output = make_pipe();
  posix_spawn_file_actions_t actions{};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  std::array<char*, 3> arguments{script.data(), option.empty() ? nullptr : option.data(), nullptr};
  const int error = ::posix_spawn(&process_, script.c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(input[0]);
  ::close(output[1]);
  to_script_ = input[1];
  from_script_ = output[0];
  if (error != 0) throw std::runtime_error(script + " cannot be started: run tests at the root");
}

std::string ServiceScript::read_line() const {
  std::string line;
  for (char c = 0; ::read(from_script_, &c, 1) == 1 && c != '\n';) line.push_back(c);
  return line;
}

void ServiceScript::end() {
  ::close(to_script_);  // the script's signal to stop
  ::close(from_script_);
  if (process_ > 0) ::waitpid(process_, nullptr, 0);
}

}  // namespace longshore::services
