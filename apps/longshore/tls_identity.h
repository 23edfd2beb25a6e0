#pragma once

#include <filesystem>

namespace longshore::cli::testing {

/// A key and its self-signed certificate for 127.0.0.1, good for an hour, as PEM files.
struct TlsIdentity {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

/// Makes both in `folder`.
TlsIdentity make_tls_identity(const std::filesystem::path& folder);

}  // namespace longshore::cli::testing
