#include "apps/longshore/sources.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/encoding.h"

namespace longshore::cli {

namespace fs = std::filesystem;

namespace {

constexpr int kMaxDepth = 100;  // folders in folders; a loop by mounts ends here

std::string joined(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

/// The last folder of "photos/", "a/b", "."; "" where there is none.
std::string own_name(const fs::path& folder) {
  const fs::path normal = folder.lexically_normal();
  const std::string name = (normal.has_filename() ? normal : normal.parent_path()).filename().string();
  return name == "." || name == ".." || name == "/" ? "" : name;
}

/// "" for what may have bytes to upload.
std::string_view what_is_no_file(fs::file_type type) {
  switch (type) {
    case fs::file_type::directory:  // that was not walked into
      return "a link to a folder";
    case fs::file_type::fifo:
      return "a FIFO";
    case fs::file_type::socket:
      return "a socket";
    case fs::file_type::block:
    case fs::file_type::character:
      return "a device";
    default:
      return "";
  }
}

class Finder {
 public:
  std::vector<Source> take() { return std::move(found_); }

  void add_stream(const std::string& path, const std::string& name) {
    add(Source{.shown = "-", .origin = Source::StandardInput{}, .path = path, .name = name});
  }

  void add_file(const fs::path& file, const std::string& path, const std::string& name) {
    add(Source{.shown = file.string(), .origin = file, .path = path, .name = name});
  }

  void add_failure(const fs::path& file, const std::string& detail) {
    found_.push_back({.shown = file.string(), .origin = Failure(reasons::kFileError, detail)});
  }

  void add_folder(const fs::path& folder, const std::string& path, int depth) {
    if (depth > kMaxDepth)
      return add_failure(folder, "folders are nested deeper than " + std::to_string(kMaxDepth));
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
      entries.push_back(*it);
    if (error) return add_failure(folder, folder.string() + ": " + error.message());
    std::sort(entries.begin(), entries.end());
    for (const fs::directory_entry& entry : entries) add_entry(entry, path, depth);
  }

 private:
  void add_entry(const fs::directory_entry& entry, const std::string& path, int depth) {
    std::error_code error;
    const std::string name = entry.path().filename().string();
    const fs::file_type type = entry.status(error).type();
    if (type == fs::file_type::directory && !entry.is_symlink(error)) {
      add_folder(entry.path(), joined(path, name), depth + 1);
    } else if (type == fs::file_type::regular) {
      add_file(entry.path(), path, name);
    } else if (const std::string_view what = what_is_no_file(type); !what.empty()) {
      found_.push_back({.shown = entry.path().string(), .origin = Source::NoFile{std::string(what)}});
    } else {
      add_failure(entry.path(), entry.path().string() + ": " +
                                    (error ? error.message() : std::string("it is of no known kind")));
    }
  }

  void add(Source source) {
    if (!is_valid_utf8(source.name) || !is_valid_utf8(source.path)) {
      source.origin = Failure(reasons::kUsage, "its name is not UTF-8; give it another one by --name");
    } else if (const auto [place, fresh] = places_.emplace(std::pair(source.path, source.name), source.shown);
               !fresh) {
      source.origin = Failure(reasons::kUsage,
                              "it would replace " + place->second +
                                  " of this same call at the server; choose another --path or --name");
    }
    found_.push_back(std::move(source));
  }

  std::vector<Source> found_;
  std::map<std::pair<std::string, std::string>, std::string> places_;  // path and name -> who has them
};

}  // namespace

std::string trimmed_path(std::string path) {
  path.erase(0, path.find_first_not_of('/'));
  while (path.ends_with('/')) path.pop_back();
  return path;
}

std::vector<Source> find_sources(const PutOptions& options) {
  Finder finder;
  const std::string path = trimmed_path(options.path);
  for (const std::string& source : options.sources) {
    if (source == "-") {
      finder.add_stream(path, options.name.value_or(""));
      continue;
    }
    std::error_code error;
    if (fs::is_directory(source, error)) {
      const std::string own = options.name.value_or(own_name(source));
      finder.add_folder(source, own.empty() ? path : joined(path, own), 1);
    } else {  // whether it can be opened shows when it is its turn
      finder.add_file(source, path, options.name.value_or(fs::path(source).filename().string()));
    }
  }
  return finder.take();
}

}  // namespace longshore::cli
