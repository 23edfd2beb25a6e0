#include "apps/longshored/not_yet.h"

#include <sstream>

#include <gtest/gtest.h>

#include "apps/longshored/config_source.h"
#include "apps/longshored/options.h"

namespace longshore::server {
namespace {

TEST(NotYetTest, WhatIsThereHasNoLine) {
  for (const NotYet& later : settings_not_yet()) {
    const KeyMatch match = find_key(later.name);
    EXPECT_TRUE(match.server == nullptr && match.drive == nullptr) << later.name;
    for (const ServerKey& key : server_keys())
      EXPECT_FALSE(key.name.starts_with(std::string(later.name) + ".")) << key.name;
  }
}

TEST(NotYetTest, VerbsAreRefusedAsSuch) {
  for (const NotYet& later : verbs_not_yet()) {
    std::ostringstream out;
    std::ostringstream err;
    EXPECT_FALSE(parse_options({std::string(later.name)}, "1.2.3", out, err).options);
    EXPECT_TRUE(err.str().starts_with("longshored: " + std::string(later.name) + ": " + says(later)))
        << err.str();
  }
}

}  // namespace
}  // namespace longshore::server
