#include "aws/sigv4.h"

#include <algorithm>
#include <chrono>
#include <map>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "base/ascii.h"
#include "base/encoding.h"
#include "base/hash.h"

namespace longshore::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kScopeEnd = "aws4_request";

std::string hex(const Sha256Digest& digest) { return hex_encode(std::as_bytes(std::span(digest))); }
std::string hex_hash(std::string_view text) { return hex(sha256(text)); }
std::string hex_hmac(const Secret& key, std::string_view text) {
  return hex(hmac_sha256(as_bytes(key.expose()), text));
}

/// "20130524T000000Z"; its first eight characters are the date.
std::string timestamp(Time now) {
  using namespace std::chrono;
  const auto day = floor<days>(now);
  const year_month_day date{day};
  const hh_mm_ss time{floor<seconds>(now - day)};
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", int{date.year()}, unsigned{date.month()},
                     unsigned{date.day()}, time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

/// Without blanks at the ends, and with one where there were several.
std::string collapsed(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == ' ' && (out.empty() || out.back() == ' ')) continue;
    out.push_back(c);
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

struct CanonicalFields {
  std::string lines;         // "name:value\n" each
  std::string signed_names;  // "host;x-amz-date"
};

CanonicalFields canonical_fields(const HttpFields& given, const HttpFields& added) {
  std::map<std::string, std::string> sorted;
  for (const HttpFields* fields : {&given, &added}) {
    for (const HttpField& field : *fields) {
      const auto [place, is_new] = sorted.try_emplace(ascii::lower(field.name));
      if (!is_new) place->second += ',';
      place->second += collapsed(field.value);
    }
  }
  CanonicalFields canonical;
  for (const auto& [name, value] : sorted) {
    canonical.lines += fmt::format("{}:{}\n", name, value);
    if (!canonical.signed_names.empty()) canonical.signed_names += ';';
    canonical.signed_names += name;
  }
  return canonical;
}

struct Target {
  std::string_view path;
  std::string_view query;
};

Target split_target(std::string_view target) {
  const std::size_t mark = std::min(target.find('?'), target.size());
  return {target.substr(0, mark), target.substr(std::min(mark + 1, target.size()))};
}

std::string canonical_request(std::string_view method, Target target, const CanonicalFields& fields,
                              std::string_view payload) {
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", method, target.path, target.query, fields.lines,
                     fields.signed_names, payload);
}

std::string string_to_sign(std::string_view kind, std::string_view date_and_scope, std::string_view hashes) {
  return fmt::format("{}\n{}\n{}", kind, date_and_scope, hashes);
}

using EncodedParameters = std::vector<std::pair<std::string, std::string>>;

std::string join_sorted(EncodedParameters parameters) {
  std::ranges::sort(parameters);
  std::string query;
  for (const auto& [name, value] : parameters) {
    if (!query.empty()) query += '&';
    query += name + "=" + value;
  }
  return query;
}

}  // namespace

std::string payload_hash(ByteView body) { return hex_hash(as_text(body)); }

std::string encode_path(std::string_view path) { return percent_encode(path, "/"); }

std::string encode_query(const QueryParameters& parameters) {
  EncodedParameters encoded;
  for (const auto& [name, value] : parameters)
    encoded.emplace_back(percent_encode(name), percent_encode(value));
  return join_sorted(std::move(encoded));
}

std::string ChunkSigner::sign_chunk(ByteView data) {
  static const std::string empty_hash = hex_hash("");
  return sign("AWS4-HMAC-SHA256-PAYLOAD", empty_hash + "\n" + payload_hash(data));
}

std::string ChunkSigner::sign_trailer(std::string_view lines) {
  return sign("AWS4-HMAC-SHA256-TRAILER", hex_hash(lines));
}

std::string ChunkSigner::sign(std::string_view kind, const std::string& hashes) {
  previous_ = hex_hmac(key_, string_to_sign(kind, date_and_scope_, previous_ + "\n" + hashes));
  return previous_;
}

Signer::Signer(std::string region, std::string service)
    : region_(std::move(region)), service_(std::move(service)) {}

Signer::Moment Signer::moment_of(const CredentialsPtr& credentials, Time now) {
  Moment moment;
  moment.time = timestamp(now);
  const std::string date = moment.time.substr(0, 8);
  moment.scope = fmt::format("{}/{}/{}/{}", date, region_, service_, kScopeEnd);
  moment.key = key_for(credentials, date);
  return moment;
}

Signed Signer::sign(const SignableRequest& request, const CredentialsPtr& credentials, Time now) {
  const Moment moment = moment_of(credentials, now);
  Signed out;
  out.fields.push_back({"x-amz-date", moment.time});
  if (service_ == "s3") out.fields.push_back({"x-amz-content-sha256", std::string(request.payload)});
  if (!credentials->session_token.empty()) {
    out.fields.push_back({"x-amz-security-token", std::string(credentials->session_token.expose())});
  }

  const CanonicalFields fields = canonical_fields(request.fields, out.fields);
  const std::string date_and_scope = moment.time + "\n" + moment.scope;
  const std::string canonical = canonical_request(request.method, split_target(request.target), fields,
                                                  request.payload);
  const std::string signature = hex_hmac(moment.key,
                                         string_to_sign(kAlgorithm, date_and_scope, hex_hash(canonical)));

  out.fields.push_back({"authorization", fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}",
                                                     kAlgorithm, credentials->access_key_id, moment.scope,
                                                     fields.signed_names, signature)});
  out.chunks.key_ = moment.key;
  out.chunks.date_and_scope_ = date_and_scope;
  out.chunks.previous_ = signature;
  return out;
}

Secret Signer::key_for(const CredentialsPtr& credentials, const std::string& date) {
  const std::lock_guard lock(mutex_);
  if (credentials == key_credentials_ && date == key_date_) return key_;

  std::string first = "AWS4";
  first += credentials->secret_access_key.expose();
  Sha256Digest key = hmac_sha256(as_bytes(first), date);
  OPENSSL_cleanse(first.data(), first.size());
  for (const std::string_view step : {std::string_view(region_), std::string_view(service_), kScopeEnd})
    key = hmac_sha256(std::as_bytes(std::span(key)), step);

  key_ = Secret(as_text(std::as_bytes(std::span(key))));
  OPENSSL_cleanse(key.data(), key.size());
  key_credentials_ = credentials;
  key_date_ = date;
  return key_;
}

}  // namespace longshore::aws
