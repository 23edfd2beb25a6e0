#include "base/secret.h"

#include <openssl/crypto.h>

namespace longshore {

Secret::~Secret() { OPENSSL_cleanse(text_.data(), text_.size()); }

}  // namespace longshore
