#pragma once

#include <optional>
#include <string>
#include <variant>

#include "redis/address.h"
#include "redis/reply.h"
#include "redis/slots.h"

namespace longshore::redis {

/// What a reply asks of the one who sent the command. But for Answered and BrokenOff the server has done
/// nothing.
struct Answered {};   // it is the answer
struct NotLoaded {};  // the server does not know the script: send its text
struct Moved {        // another node has the slot, from now on
  Slot slot;
  Address to;
};
struct Ask {  // another node has this key already; ask it, this once
  Address to;
};
struct Later {};      // the same command may succeed in a moment
struct NotMaster {};  // this server takes no writes any more: find the one that does
struct BrokenOff {};  // a script has failed on its way: what it did before that is done
struct Refused {};    // it will not, however often
using Verdict = std::variant<Answered, NotLoaded, Moved, Ask, Later, NotMaster, BrokenOff, Refused>;

/// `from`: who replied; a redirect may leave its host out.
Verdict judge(const Reply& reply, const Address& from);

}  // namespace longshore::redis
