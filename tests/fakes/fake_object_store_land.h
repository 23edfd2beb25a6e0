#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "tests/fakes/fake_object_store.h"

/// How an effect comes about in a FakeObjectStore: templates of it, for its own files.
namespace longshore::fakes {

/// An effect that is about to happen. Destroyed before it did, it goes to hooks.orphaned.
template <class Effect>
class FakeObjectStore::Landing {
 public:
  Landing(const StoreHooks& hooks, const char* point, Effect effect)
      : hooks_(hooks), point_(point), effect_(std::move(effect)) {}
  Landing(const Landing&) = delete;
  Landing& operator=(const Landing&) = delete;

  ~Landing() {
    if (!effect_.has_value() || !hooks_.orphaned) return;
    auto late = std::make_shared<Effect>(std::move(*effect_));
    hooks_.orphaned(point_, [late] {
      try {
        static_cast<void>((*late)());
      } catch (const Error&) {  // nobody is left to hear it
      }
    });
  }

  std::invoke_result_t<Effect&> happen() {
    Effect effect = std::move(*effect_);
    effect_.reset();
    return effect();
  }

 private:
  const StoreHooks& hooks_;
  const char* point_;
  std::optional<Effect> effect_;
};

template <class Effect>
Task<std::invoke_result_t<Effect&>> FakeObjectStore::land(const char* effect_point, const char* answer_point,
                                                          Effect effect) {
  Landing<Effect> landing(hooks_, effect_point, std::move(effect));
  co_await pause(effect_point);
  if constexpr (std::is_void_v<std::invoke_result_t<Effect&>>) {
    landing.happen();
    co_await pause(answer_point);
  } else {
    auto result = landing.happen();
    co_await pause(answer_point);
    co_return result;
  }
}

}  // namespace longshore::fakes
