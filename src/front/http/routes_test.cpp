#include "front/http/routes.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "longshore/v1/longshore.pb.h"
#include <gtest/gtest.h>

namespace longshore::http {
namespace {

using Names = std::set<std::string>;

std::string matched(std::string_view method, const std::vector<std::string>& segments,
                    Surface surface = Surface::both) {
  const Match match = find_route(method, segments, surface);
  if (std::holds_alternative<NoSuchPath>(match)) return "404";
  if (const auto* others = std::get_if<OtherMethods>(&match)) return others->allow;
  return std::string(std::get<Matched>(match).route->pattern);
}

TEST(Routes, AreFoundBySegments) {
  EXPECT_EQ(matched("GET", {"v1", "uploads"}), "/v1/uploads");
  EXPECT_EQ(matched("PUT", {"v1", "uploads", "u", "parts", "0"}),
            "/v1/uploads/{upload_id}/parts/{chunk_number}");
  EXPECT_EQ(matched("GET", {"v1", "objects", "c", "a/b"}), "/v1/objects/{connector_id}/{name}");
  for (const std::vector<std::string>& unknown :
       std::vector<std::vector<std::string>>{{},
                                             {""},
                                             {"v1"},
                                             {"v1", "uploads", ""},
                                             {"v1", "uploads", "u", "parts"},
                                             {"v1", "Uploads"},
                                             {"V1", "uploads"},
                                             {"v1", "objects", "c", ""},
                                             {"v1", "objects", "c", "a", "b"},
                                             {"v1", "uploads", "u", "complete", "x"}}) {
    EXPECT_EQ(matched("GET", unknown), "404");
  }
  EXPECT_EQ(matched("PATCH", {"v1", "uploads"}), "POST, GET");
  EXPECT_EQ(matched("get", {"v1", "uploads"}), "POST, GET") << "methods are case-sensitive";
}

TEST(Routes, GiveWhatStoodInTheirPlaces) {
  const Match match = find_route("GET", {"v1", "objects", "c", "a b"}, Surface::clients);
  EXPECT_EQ(std::get<Matched>(match).parameters, (PathParameters{{"connector_id", "c"}, {"name", "a b"}}));
}

TEST(Routes, OfTheNextReleasesAreKnownAsSuch) {
  for (const char* verb : {"versions", "rollback", "rotate"}) {
    const std::vector<std::string> path{"v1", "nodes", "node-0001", verb};
    EXPECT_TRUE(std::holds_alternative<InALaterRelease>(find_route("POST", path, Surface::clients))) << verb;
    EXPECT_TRUE(std::holds_alternative<NoSuchPath>(find_route("POST", path, Surface::operators))) << verb;
  }
}

TEST(Routes, SurfacesShowWhatIsTheirs) {
  EXPECT_EQ(matched("GET", {"metrics"}, Surface::clients), "404");
  EXPECT_EQ(matched("GET", {"metrics"}, Surface::operators), "/metrics");
  EXPECT_EQ(matched("GET", {"v1", "uploads"}, Surface::operators), "404");
  for (const Surface surface : {Surface::clients, Surface::operators, Surface::both}) {
    EXPECT_EQ(matched("GET", {"healthz"}, surface), "/healthz");
  }
}

// api/openapi.yaml, read line by line: paths stand at two spaces, methods at four.

std::vector<std::string> openapi_lines() {
  std::ifstream file("api/openapi.yaml");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

/// "GET /v1/uploads" -> the names of its query parameters.
std::map<std::string, Names> documented_routes() {
  std::map<std::string, Names> routes;
  std::string path;
  std::string route;
  for (const std::string& line : openapi_lines()) {
    if (line == "components:") break;
    if (line.starts_with("  /")) path = line.substr(2, line.size() - 3);
    for (const char* method : {"GET", "HEAD", "PUT", "POST", "DELETE"}) {
      std::string key = method;
      std::ranges::transform(key, key.begin(), [](char c) { return static_cast<char>(c + 32); });
      if (line == "    " + key + ":") {
        route = method + (" " + path);
        routes[route];
      }
    }
    const auto name = line.find("{name: ");
    if (name != std::string::npos && line.find("in: query") != std::string::npos) {
      routes[route].insert(line.substr(name + 7, line.find(',', name) - name - 7));
    }
  }
  return routes;
}

TEST(Routes, AreThoseOfOpenApi) {
  std::map<std::string, Names> served;
  for (const Route& route : routes()) {
    served[std::string(route.method) + " " + std::string(route.pattern)] = Names(route.query.begin(),
                                                                                 route.query.end());
  }
  EXPECT_EQ(documented_routes(), served);
}

std::map<std::string, Names> documented_schemas() {
  std::map<std::string, Names> schemas;
  std::string schema;
  bool in_schemas = false;
  for (const std::string& line : openapi_lines()) {
    if (line == "  schemas:") in_schemas = true;
    if (!in_schemas) continue;
    if (line.starts_with("    ") && line[4] != ' ') schema = line.substr(4, line.size() - 5);
    if (line.starts_with("        ") && line[8] != ' ')
      schemas[schema].insert(line.substr(8, line.find(':') - 8));
  }
  return schemas;
}

TEST(Routes, OpenApiSchemasHaveTheFieldsOfTheMessages) {
  // Not offered by this server: refused, so not documented.
  const std::map<std::string, Names> refused{{"InitiateUploadRequest", {"encryption", "wantUploadToken"}},
                                             {"CompleteUploadRequest", {"customerKeyB64"}}};
  int messages = 0;
  for (const auto& [schema, properties] : documented_schemas()) {
    const auto* message = v1::Node::descriptor()->file()->FindMessageTypeByName(schema);
    if (message == nullptr) continue;
    ++messages;
    Names expected;
    for (int i = 0; i < message->field_count(); ++i) {
      const std::string name = message->field(i)->json_name();
      const auto left_out = refused.find(schema);
      if (left_out == refused.end() || !left_out->second.contains(name)) expected.insert(name);
    }
    EXPECT_EQ(properties, expected) << schema;
  }
  EXPECT_EQ(messages, 12);
}

}  // namespace
}  // namespace longshore::http
