#include "apps/longshored/config_source.h"

#include "apps/longshored/config_fixture_test.h"

namespace longshore::server {
namespace {

using ConfigSourceTest = ConfigFixture;

struct Wrong {
  const char* toml;
  const char* says;
};
class WrongConfigTest : public ConfigFixture, public testing::WithParamInterface<Wrong> {};

TEST_P(WrongConfigTest, IsNamedWithFileAndLine) { EXPECT_EQ(problems(GetParam().toml), GetParam().says); }

INSTANTIATE_TEST_SUITE_P(
    Table, WrongConfigTest,
    testing::Values(
        Wrong{"[limits]\nidle_timout = \"5m\"\n",
              "l.toml:2: limits.idle_timout is no key: did you mean limits.idle_timeout?"},
        Wrong{"[sweep]\n\nwhatever = 1\n",
              "l.toml:3: sweep.whatever is no key: [sweep] has idle, lifetime, orphan_age, sha256, interval"},
        Wrong{"listen = \"127.0.0.1:7070\"\n",
              "l.toml:1: listen is no key: there are [catalog], [drives], [events], [grpc], [http], "
              "[limits], [log], "
              "[metrics], [state], [store], [store.directory], [store.s3], [sweep]"},
        Wrong{"[limit]\nidle_timeout = \"5m\"\n",
              "l.toml:1: [limit] is no section: there are [catalog], [drives], [events], [grpc], [http], "
              "[limits], "
              "[log], [metrics], [state], [store], [store.directory], [store.s3], [sweep]"},
        Wrong{"limits = 5\n", "l.toml:1: limits is a section: write [limits]"},
        Wrong{"[limits]\nidle_timeout = 60\n",
              "l.toml:2: limits.idle_timeout: write a text in quotes, such as \"60s\""},
        Wrong{"[limits]\nidle_timeout = \"60 sec\"\n",
              "l.toml:2: limits.idle_timeout: \"60 sec\" is not possible: write a number and ms, s, m, h or "
              "d, such as \"60s\""},
        Wrong{"[limits]\nmemory_budget = \"256\"\n",
              "l.toml:2: limits.memory_budget: \"256\" is not possible: write a number and B, kB, MB, GB, "
              "TB, KiB, MiB, GiB or TiB, such as \"256MiB\""},
        Wrong{
            "[limits]\nmemory_budget = \"1MiB\"\n",
            "l.toml:2: limits.memory_budget: \"1MiB\" is not possible: it must lie between 8 MiB and 1 TiB"},
        Wrong{"[limits]\nconnections_max = \"10\"\n",
              "l.toml:2: limits.connections_max: write a whole number without quotes, such as 10000"},
        Wrong{"[limits]\nconnections_max = 0\n",
              "l.toml:2: limits.connections_max: \"0\" is not possible: it must lie between 1 and 1000000"},
        Wrong{"[log]\nlevel = \"loud\"\n",
              "l.toml:2: log.level: \"loud\" is not possible: write \"debug\" or \"info\" or \"warn\" or "
              "\"error\""},
        Wrong{"[http]\nlisten = \"localhost\"\n",
              "l.toml:2: http.listen: \"localhost\" is not possible: write HOST:PORT with a numeric address "
              "or localhost, such as \"127.0.0.1:7070\" or \"[::1]:7070\""},
        Wrong{
            "[http]\ntrusted_proxies = \"192.0.2.1\"\n",
            "l.toml:2: http.trusted_proxies: write a list of texts, such as [\"192.0.2.1\", \"192.0.2.2\"]"},
        Wrong{"[store]\nkey_template = \"x/{node}\"\n",
              "l.toml:2: store.key_template: \"x/{node}\" is not possible: key_template must hold {upload}: "
              "every upload writes to a key of its own"},
        Wrong{"[store]\npart_bytes_min = \"6GiB\"\n",
              "l.toml:2: store.part_bytes_min: \"6GiB\" is not possible: it must lie between 1 B and 5 GiB"},
        Wrong{"[drives.Cold]\nparts_max = 5\n",
              "l.toml:1: [drives.Cold]: a drive's name is 1 to 32 of a-z and 0-9; the one called default is "
              "[store]"},
        Wrong{"[drives.default]\nparts_max = 5\n",
              "l.toml:1: [drives.default]: a drive's name is 1 to 32 of a-z and 0-9; the one called default "
              "is [store]"},
        Wrong{"[grpc]\ntls_cert = \"c.pem\"\n",
              "l.toml:2: grpc.tls_cert: not in this release, which has no TLS: put a proxy in front that "
              "ends it"},
        Wrong{"[http]\ntls_cert = \"c.pem\"\n",
              "l.toml:2: http.tls_cert: not in this release, which has no TLS: put a proxy in front that "
              "ends it"},
        Wrong{
            "[drives.a.s3]\nencryption = \"SSE_S3\"\n",
            "l.toml:2: drives.a.s3.encryption: not in this release, which asks for no encryption: a bucket's "
            "own default does without being asked"},
        Wrong{"[drives.a.s3]\naccelerate = \"yes\"\n",
              "l.toml:2: drives.a.s3.accelerate: write true or false, without quotes"},
        Wrong{"[catalog]\nkind = \"postgres\"\n",
              "l.toml:2: catalog.kind: catalog.url says where PostgreSQL is, such as "
              "\"postgresql://me@127.0.0.1/uploads\""},
        Wrong{
            "[catalog]\nurl = \"postgresql://me:secret@host/db\"\n",
            "l.toml:2: catalog.url: \"postgresql://[redacted]@host/db\" is not possible: no password belongs "
            "into a URL: there is a key for it"},
        Wrong{"[catalog]\nurl = \"host=db password=secret\"\n",
              "l.toml:2: catalog.url: \"host=db password=[redacted]\" is not possible: no password belongs "
              "into "
              "a URL: there is a key for it"},
        Wrong{
            "[catalog]\nschema = \"a-b\"\n",
            "l.toml:2: catalog.schema: \"a-b\" is not possible: lower case letters, digits and _, beginning "
            "with a letter"},
        Wrong{"[state]\nurl = \"redis://me:secret@host\"\n",
              "l.toml:2: state.url: \"redis://[redacted]@host\" is not possible: a URL is printed: user and "
              "password have keys of their own"},
        Wrong{"[state]\nkind = \"redis\"\n",
              "l.toml:2: state.kind: state.url says where Redis is, such as \"redis://127.0.0.1:6379/0\""},
        Wrong{"[state]\ntls_cert = \"/dev/null\"\nkind = \"redis\"\nurl = \"rediss://host\"\n",
              "l.toml:2: state.tls_cert: tls_cert and tls_key go together"},
        Wrong{"[events]\nkind = \"kafka\"\n",
              "l.toml:2: events.kind: events.brokers says where Kafka is, such as \"127.0.0.1:9092\""},
        Wrong{"[events.options]\nsasl.password = \"hush\"\n",
              "l.toml:1: events.options: \"(not shown)\" is not possible: sasl.password belongs into "
              "events.secret_options"},
        Wrong{"[events.options]\nacks = \"1\"\n",
              "l.toml:1: events.options: \"(not shown)\" is not possible: acks is not for you to choose"},
        Wrong{"[events.secret_options]\nsasl.pass = \"hush\"\n",
              "l.toml:1: events.secret_options: \"(not shown)\" is not possible: librdkafka has no setting "
              "sasl.pass"},
        Wrong{"[events.options]\n\"linger.ms\" = 5\n",
              "l.toml:1: events.options: write a table of texts of one line each, such as { \"linger.ms\" = "
              "\"5\" }"},
        Wrong{"[limits\n", "l.toml:1: not TOML: Error while parsing table header: expected ']', saw '\\n'"},
        Wrong{"[log]\nlevel = \"info\"\nlevel = \"info\"\n",
              "l.toml:3: not TOML: Error while parsing key-value pair: cannot redefine existing string "
              "'level'"}),
    [](const auto& row) { return "row" + std::to_string(row.index); });

TEST_F(ConfigSourceTest, WrongVariables) {
  EXPECT_EQ(
      problems("", {{"LONGSHORE_EVENTS_SECRET_OPTIONS", "hush"}}),
      "environment: LONGSHORE_EVENTS_SECRET_OPTIONS: \"(not shown)\" is not possible: write NAME=VALUE, "
      "each on a line of its own");
  EXPECT_EQ(problems("", {{"LONGSHORE_LIMITS_IDLE", "5m"}}),
            "environment: LONGSHORE_LIMITS_IDLE: there is no such key; docs/configuration.md names them all");
  EXPECT_EQ(problems("", {{"LONGSHORE_KEYS_CUSTODY", "vault"}}),
            "environment: LONGSHORE_KEYS_CUSTODY: not in this release, which has no encryption with "
            "customers' keys");
  EXPECT_EQ(problems("", {{"LONGSHORE_DRIVES_DEFAULT_PARTS_MAX", "5"}}),
            "environment: LONGSHORE_DRIVES_DEFAULT_PARTS_MAX: there is no such key; docs/configuration.md "
            "names them all");
}

}  // namespace
}  // namespace longshore::server
