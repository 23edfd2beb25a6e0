#include "sqlite/data_folder.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <unistd.h>

#include <gtest/gtest.h>

#include "domain/error.h"
#include "tests/fakes/temporary_folder.h"

namespace longshore::sqlite {
namespace {

namespace fs = std::filesystem;

std::string refusal(const std::string& path) {
  try {
    const DataFolder folder(path);
  } catch (const Error& error) {
    EXPECT_EQ(error.message().find(path), std::string::npos) << "no path in it";
    return error.message();
  }
  return "";
}

TEST(SqliteDataFolder, IsMadeForItsOwnerAlone) {
  const TemporaryFolder above;
  const std::string path = above.file("a/b/data");
  const DataFolder folder(path + "/");
  EXPECT_EQ(folder.path(), path);
  EXPECT_EQ(folder.file("state.db"), path + "/state.db");
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
}

TEST(SqliteDataFolder, AnExistingOneIsTakenAsItIs) {
  const TemporaryFolder above;
  fs::create_directory(above.file("data"));
  fs::permissions(above.file("data"), fs::perms(0755));
  std::ofstream(above.file("data/kept")) << "kept";
  const DataFolder folder(above.file("data"));
  EXPECT_EQ(fs::status(folder.path()).permissions(), fs::perms(0755)) << "it may be others' too";
  EXPECT_TRUE(fs::exists(folder.file("kept")));
  EXPECT_EQ(fs::status(folder.file("lock")).permissions(), fs::perms(0600));
}

TEST(SqliteDataFolder, OneThatOthersMayWriteIsRefused) {
  const TemporaryFolder above;
  fs::create_directory(above.file("data"));
  for (const auto mode : {0775, 0757, 01777}) {
    fs::permissions(above.file("data"), fs::perms(mode));
    EXPECT_EQ(
        refusal(above.file("data")),
        "the data folder is open to others for writing; take that away (chmod go-w), or name another one");
    EXPECT_EQ(fs::status(above.file("data")).permissions(), fs::perms(mode));
    EXPECT_FALSE(fs::exists(above.file("data/lock")));
  }
}

TEST(SqliteDataFolder, BelongsToOneHolder) {
  const TemporaryFolder above;
  std::optional<DataFolder> first(std::in_place, above.file("data"));
  EXPECT_EQ(refusal(above.file("data")), "the data folder is in use by process " +
                                             std::to_string(::getpid()) +
                                             "; end it, or name another data folder");
  try {
    const DataFolder second(above.file("data"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.outcome(), Outcome::retry) << "the other one may be ending";
  }
  first.reset();
  EXPECT_EQ(refusal(above.file("data")), "");
}

TEST(SqliteDataFolder, ALockThatADeadProcessLeftIsTaken) {
  const TemporaryFolder above;
  fs::create_directory(above.file("data"));
  std::ofstream(above.file("data/lock")) << "4194304\n";
  const DataFolder folder(above.file("data"));
  std::string holder;
  std::ifstream(folder.file("lock")) >> holder;
  EXPECT_EQ(holder, std::to_string(::getpid()));
}

TEST(SqliteDataFolder, WhatIsNoFolderIsRefused) {
  const TemporaryFolder above;
  std::ofstream(above.file("file")) << "x";
  EXPECT_EQ(refusal(above.file("file")), "the data folder cannot be opened: Not a directory");
  EXPECT_NE(refusal(above.file("file/data")), "");
}

}  // namespace
}  // namespace longshore::sqlite
