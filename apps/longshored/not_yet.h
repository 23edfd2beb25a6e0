#pragma once

#include <span>
#include <string>
#include <string_view>

namespace longshore::server {

/// A public name of the product that this release does not have, and what to say to somebody who wrote it.
/// The release that brings it takes its line away.
struct NotYet {
  std::string_view name;
  std::string_view because;  // "keeps no replaced objects": goes on from "not in this release, which"
};

/// Of the configuration: sections ("auth"), keys ("http.tls_cert"; "store.versions" stands for any drive's)
/// and values ("section.key=value"). A section's name with -- before it is an option of the command line.
std::span<const NotYet> settings_not_yet();
/// Verbs of the command line.
std::span<const NotYet> verbs_not_yet();

std::string says(const NotYet& later);

}  // namespace longshore::server
