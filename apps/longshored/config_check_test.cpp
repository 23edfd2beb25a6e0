#include "apps/longshored/config_check.h"

#include "apps/longshored/config_fixture_test.h"

namespace longshore::server {
namespace {

using ConfigCheckTest = ConfigFixture;

TEST_F(ConfigCheckTest, WhatNoSingleKeyShows) {
  EXPECT_EQ(problems("[http]\nlisten = \"0.0.0.0:7070\"\n"),
            "l.toml:2: http.listen: 0.0.0.0:7070 can be reached from other machines, and this release has "
            "neither TLS nor authentication: listen on 127.0.0.1 behind a proxy, or say --insecure");
  EXPECT_EQ(problems("[http]\npublic_url = \"files.example.org\"\n"),
            "l.toml:2: http.public_url: write scheme and host, and no slash at the end, such as "
            "\"https://files.example.org\"");
  EXPECT_EQ(problems("[http]\ntrusted_proxies = [\"192.0.2.1\", \"proxy\"]\n"),
            "l.toml:2: http.trusted_proxies: \"proxy\" is no numeric address, such as \"192.0.2.1\"");
  EXPECT_EQ(problems("[store]\npart_bytes_min = \"32MiB\"\n"),
            "l.toml:2: store.part_bytes_min: part_bytes_unknown_length must lie between part_bytes_min and "
            "part_bytes_max");
  EXPECT_EQ(problems("[limits]\nmemory_budget = \"16MiB\"\n"),
            "l.toml:2: limits.memory_budget: a part of part_bytes_unknown_length is held in memory: half of "
            "limits.memory_budget is the most");
  EXPECT_EQ(problems("[metrics]\nlisten = \"127.0.0.1:7070\"\n"),
            "l.toml:2: metrics.listen: metrics.listen and http.listen must be different ports");
  EXPECT_EQ(problems("[http]\nlisten = \"127.0.0.1:7071\"\n"),
            "l.toml:2: http.listen: grpc.listen and http.listen must be different ports");
  EXPECT_EQ(problems("[grpc]\nlisten = \"0.0.0.0:7071\"\n").substr(0, 35),
            "l.toml:2: grpc.listen: 0.0.0.0:7071");
}

TEST_F(ConfigCheckTest, FoldersThatCannotBeWritten) {
  std::ofstream(folder_ / "file") << "x";
  const std::string in_file = (folder_ / "file/objects").string();
  EXPECT_EQ(problems("[store.directory]\npath = \"" + in_file + "\"\n"),
            "l.toml:2: store.directory.path: file/objects: file is not a folder; name a folder that this "
            "user may write to");
  CommandLine command_line;
  command_line.data_dir = folder_ / "file/data";
  EXPECT_EQ(problems("[store.directory]\npath = \"" + (folder_ / "o").string() + "\"\n", {}, command_line),
            "data folder file/data: file is not a folder; name another one with --data-dir");
}

TEST_F(ConfigCheckTest, FoldersOfDrivesThatAreInEachOthersWay) {
  std::filesystem::create_directories(folder_ / "real");
  std::filesystem::create_directory_symlink(folder_ / "real", folder_ / "link");
  const std::string shared = "the drives default and a must not share a folder, nor lie in one another's";
  const std::string around = "it must not be the data folder, nor one around it; a folder in it will do";
  struct Row {
    const char* drive_default;  // "": the default, data/store
    const char* drive_a;
    std::string says;
  };
  for (const Row& row :
       {Row{"", "data/store", shared}, Row{"", "data/store/in", shared}, Row{"o/in/", "o/", shared},
        Row{"o/", "o/in", shared}, Row{"o", "o/../o", shared}, Row{"link/in", "real", shared},
        Row{"real/in", "link/in/deeper", shared}, Row{"o", "data", around}, Row{"o", "data/", around},
        Row{"real", ".", around + "\nl.toml:4: drives.a.directory.path: " + shared},
        Row{"o", "data/lock", "lock in the data folder is a file of the server's own"},
        Row{"o", "data/catalog.db-wal/in", "catalog.db-wal in the data folder is a file of the server's own"},
        Row{"", "data/store-a", ""}, Row{"o", "o2", ""}, Row{"data2", "data/locker", ""}}) {
    const auto path = [&](std::string_view name) { return (folder_ / name).string(); };
    const std::string first = *row.drive_default == 0 ? path("data/store") : path(row.drive_default);
    EXPECT_EQ(problems("[store.directory]\npath = \"" + first + "\"\n[drives.a.directory]\npath = \"" +
                       path(row.drive_a) + "\"\n"),
              row.says.empty() ? "none" : "l.toml:4: drives.a.directory.path: " + row.says)
        << row.drive_default << " and " << row.drive_a;
  }
}

TEST_F(ConfigCheckTest, InsecureMayListenAnywhere) {
  EXPECT_EQ(load("[http]\nlisten = \"0.0.0.0:7070\"\n", {}, {.insecure = true}).config.http.listen.address,
            "0.0.0.0");
}

TEST_F(ConfigCheckTest, ABucketThatMakesNoSense) {
  const std::string kind = "[store]\nkind = \"s3\"\n[store.s3]\n";
  EXPECT_EQ(problems(kind + "bucket = \"docs\"\n"), "none");
  EXPECT_EQ(problems(kind), "l.toml:2: store.kind: s3 needs store.s3.bucket, the bucket's name");
  EXPECT_EQ(problems(kind + "bucket = \"d\"\n"),
            "l.toml:4: store.s3.bucket: a bucket's name has 3 to 63 lower-case letters, digits, '-' and '.'");
  EXPECT_EQ(problems(kind + "bucket = \"docs\"\nendpoint = \"minio:9000\"\n"),
            "l.toml:5: store.s3.endpoint: no URL such as https://s3.example.org:9000");
  EXPECT_EQ(problems(kind + "bucket = \"docs\"\naccess_key = \"k\"\n"),
            "l.toml:5: store.s3.access_key: access_key and secret_key go together");
  EXPECT_EQ(problems(kind + "bucket = \"docs\"\nsecret_key = \"s\"\n"),
            "l.toml:5: store.s3.secret_key: access_key and secret_key go together");
  EXPECT_EQ(problems(kind + "bucket = \"docs\"\ncredentials = \"static\"\n"),
            "l.toml:5: store.s3.credentials: access_key and secret_key go together");
  EXPECT_EQ(problems(kind + "bucket = \"docs\"\nca_file = \"/nowhere/ca.pem\"\n"),
            "l.toml:5: store.s3.ca_file: /nowhere/ca.pem cannot be read: No such file or directory");
}

TEST_F(ConfigCheckTest, WhatAStartWouldMakeConnectionsWith) {
  std::ofstream(folder_ / "no.pem") << "nothing of the kind\n";
  const std::string pem = "\"" + (folder_ / "no.pem").string() + "\"\n";
  const std::string bucket = "[store]\nkind = \"s3\"\n[store.s3]\nbucket = \"docs\"\n";
  EXPECT_EQ(problems(bucket + "ca_file = " + pem),
            "l.toml:5: store.s3.ca_file: TLS: no certificates of authorities can be read from no.pem");
  EXPECT_EQ(problems(bucket + "credentials = \"env\"\n"),
            "l.toml:5: store.s3.credentials: no credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY "
            "must both be set");
  EXPECT_EQ(problems(bucket, {{"AWS_ACCESS_KEY_ID", "half"}}).substr(0, 41),
            "l.toml:2: store.kind: no credentials: AWS");
  EXPECT_EQ(problems(bucket + "credentials = \"env\"\n",
                     {{"AWS_ACCESS_KEY_ID", "id"}, {"AWS_SECRET_ACCESS_KEY", "secret"}}),
            "none");

  const std::string redis = "[state]\nkind = \"redis\"\nurl = \"rediss://127.0.0.1\"\n";
  EXPECT_EQ(problems(redis + "ca_file = " + pem),
            "l.toml:4: state.ca_file: TLS: no certificates of authorities can be read from no.pem");
  EXPECT_EQ(problems(redis + "tls_cert = " + pem + "tls_key = " + pem),
            "l.toml:4: state.tls_cert: TLS: no certificate can be read from no.pem");
}

TEST_F(ConfigCheckTest, ADataFolderThatOthersMayWrite) {
  std::filesystem::create_directories(folder_ / "data");
  std::filesystem::permissions(folder_ / "data", std::filesystem::perms(0770));
  EXPECT_EQ(problems(""),
            "data: the data folder is open to others for writing; take that away (chmod go-w), or name "
            "another one");
}

TEST_F(ConfigCheckTest, OfABucketNoFolderIsAskedFor) {
  const std::string in_file = (folder_ / "l.toml/objects").string();
  EXPECT_EQ(problems("[store]\nkind = \"s3\"\n[store.directory]\npath = \"" + in_file +
                     "\"\n[store.s3]\nbucket = \"docs\"\n"),
            "none");
}

}  // namespace
}  // namespace longshore::server
