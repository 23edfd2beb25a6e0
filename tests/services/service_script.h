#pragma once

#include <string>
#include <sys/types.h>

#include <boost/json/value.hpp>

namespace longshore::services {

/// A script of tests/services that serves for as long as this object is there. Tests run at the root of the
/// repository, where it is found.
class ServiceScript {
 public:
  /// `option`: "": none. Blocks until it serves. Throws std::runtime_error if it cannot be had: a test
  /// without it has failed.
  ServiceScript(const std::string& script, const std::string& option);
  ServiceScript(const ServiceScript&) = delete;
  ServiceScript& operator=(const ServiceScript&) = delete;
  ~ServiceScript();

  /// What its one line of JSON says.
  [[nodiscard]] const boost::json::value& said() const { return said_; }
  [[nodiscard]] std::string text(const char* name) const;

 private:
  void start(std::string script, std::string option);
  [[nodiscard]] std::string read_line() const;
  void end();

  pid_t process_ = -1;
  int to_script_ = -1;
  int from_script_ = -1;
  boost::json::value said_;
};

}  // namespace longshore::services
