#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "apps/longshore/failure.h"
#include "apps/longshore/options.h"

namespace longshore::cli {

/// One thing to upload, found among the sources of `put`.
struct Source {
  struct StandardInput {};
  /// Found in a folder, and no file: nothing of it can be uploaded.
  struct NoFile {
    std::string what;  // "a FIFO"
  };
  /// Where its bytes come from, or why there are none.
  using Origin = std::variant<std::filesystem::path, StandardInput, NoFile, Failure>;

  std::string shown;  // as the user would call it
  Origin origin;
  std::string path;  // at the server
  std::string name;
};

/// All files that `options` means, in order, folders walked to their end (their entries by name). A file in a
/// folder DIR gets the path [--path/]DIR/its folder below DIR; "." and ".." have no name of their own to put
/// there. Links to files are followed, links to folders are not: they may lead in a circle. What cannot be
/// uploaded is in the list too, as NoFile or with its failure. Blocks.
std::vector<Source> find_sources(const PutOptions& options);

/// --path as the server has it: no slash in front or behind.
std::string trimmed_path(std::string path);

}  // namespace longshore::cli
