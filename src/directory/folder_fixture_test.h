#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "directory/folder.h"
#include "directory/names.h"

namespace longshore::directory {

/// A temporary folder, removed with the test, and looks into it past the code under test.
class FolderFixture : public testing::Test {
 protected:
  FolderFixture() {
    for (const char* folder : {kObjectsFolder, kMetadataFolder, kStagingFolder}) {
      std::filesystem::create_directory(path(folder));
    }
    root_.emplace(path_);
  }
  ~FolderFixture() override {
    root_.reset();
    std::filesystem::remove_all(path_);
  }

  [[nodiscard]] const Folder& root() const { return *root_; }
  [[nodiscard]] std::filesystem::path path(const std::string& relative) const {
    return std::filesystem::path(path_) / relative;
  }
  [[nodiscard]] std::string read_file(const std::string& relative) const {
    std::ifstream file(path(relative), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  void write_file(const std::string& relative, const std::string& text) const {
    std::ofstream(path(relative), std::ios::binary) << text;
  }
  /// Every file beneath a folder, relative to it.
  [[nodiscard]] std::vector<std::string> files_in(const std::string& relative) const {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path(relative))) {
      if (!entry.is_directory())
        files.push_back(std::filesystem::relative(entry.path(), path(relative)).string());
    }
    return files;
  }

  template <class Work>
  static std::optional<Error> error_of(Work work) {
    try {
      work();
    } catch (const Error& error) {
      return error;
    }
    return std::nullopt;
  }
  template <class Work>
  static std::string code_of(Work work) {
    const auto error = error_of(work);
    return error ? error->details().store_code : "";
  }

  std::string path_ = fresh_folder();
  SystemRandom random_;

 private:
  /// In memory where that is possible: a killed process loses nothing there, and syncs cost nothing. (The
  /// contract suite runs on a disk.)
  static std::string fresh_folder() {
    const std::string memory = "/dev/shm/";
    std::string name = (::access(memory.c_str(), W_OK) == 0 ? memory : testing::TempDir()) +
                       "longshore-folder-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    return name;
  }

  std::optional<Folder> root_;
};

}  // namespace longshore::directory
