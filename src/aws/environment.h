#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace longshore::aws {

/// Environment variables as a value: apps/ takes those that begin with AWS_, and HOME. None is a secret to us
/// but AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_CONTAINER_AUTHORIZATION_TOKEN: never print it.
class Environment {
 public:
  Environment() = default;
  explicit Environment(std::map<std::string, std::string, std::less<>> variables)
      : variables_(std::move(variables)) {}

  /// nullopt: not set, or empty, which AWS's tools take for the same.
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const {
    const auto variable = variables_.find(name);
    if (variable == variables_.end() || variable->second.empty()) return std::nullopt;
    return variable->second;
  }

 private:
  std::map<std::string, std::string, std::less<>> variables_;
};

}  // namespace longshore::aws
