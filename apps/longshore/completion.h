#pragma once

#include <string>
#include <string_view>

namespace longshore::cli {

/// The script that teaches `shell` (bash, zsh, fish) to complete the client's commands and options; "" for
/// another shell.
std::string completion_script(std::string_view shell);

}  // namespace longshore::cli
