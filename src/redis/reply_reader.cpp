#include "redis/reply_reader.h"

#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace longshore::redis {
namespace {

// hiredis calls these for each value; `task` says where in the reply it stands. It is C: no exception may
// pass through it, and a null pointer tells it that there is no memory.

template <class Make>
void* put(const redisReadTask* task, Make make) noexcept {
  try {
    Reply made = make();
    if (task->parent == nullptr)
      return std::make_unique<Reply>(std::move(made)).release();  // free_reply() or next() takes it
    auto& siblings = static_cast<Reply*>(task->parent->obj)->elements;
    return &(siblings[static_cast<std::size_t>(task->idx)] = std::move(made));
  } catch (const std::exception&) {
    return nullptr;
  }
}

void* create_string(const redisReadTask* task, char* text, std::size_t size) {
  const Reply::Kind kind = task->type == REDIS_REPLY_ERROR    ? Reply::Kind::error
                           : task->type == REDIS_REPLY_STATUS ? Reply::Kind::status
                                                              : Reply::Kind::text;
  return put(task, [&] { return Reply{.kind = kind, .text = std::string(text, size)}; });
}

void* create_array(const redisReadTask* task, int count) {
  if (count > ReplyReader::kElementsMax) return nullptr;
  return put(task, [&] {
    Reply array{.kind = Reply::Kind::array};
    array.elements.resize(static_cast<std::size_t>(count));
    return array;
  });
}

void* create_integer(const redisReadTask* task, long long value) {
  return put(task, [&] { return Reply{.kind = Reply::Kind::integer, .integer = value}; });
}

void* create_nil(const redisReadTask* task) {
  return put(task, [] { return Reply{}; });
}

void free_reply(void* root) { const std::unique_ptr<Reply> owned(static_cast<Reply*>(root)); }

redisReplyObjectFunctions& functions() {
  static redisReplyObjectFunctions all{create_string, create_array, create_integer, create_nil, free_reply};
  return all;
}

}  // namespace

ReplyReader::ReplyReader() : reader_(redisReaderCreateWithFunctions(&functions())) {
  if (!reader_) throw std::bad_alloc();
}

void ReplyReader::feed(std::string_view bytes) {
  unfinished_bytes_ += bytes.size();
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) throw std::bad_alloc();
}

std::optional<Reply> ReplyReader::next() {
  void* root = nullptr;
  if (redisReaderGetReply(reader_.get(), &root) != REDIS_OK)
    throw std::runtime_error("no RESP2, or too large: " + std::string(reader_->errstr));
  if (root == nullptr) {
    if (unfinished_bytes_ > kReplyBytesMax) throw std::runtime_error("a reply without an end");
    return std::nullopt;
  }
  const std::unique_ptr<Reply> reply(static_cast<Reply*>(root));
  unfinished_bytes_ = reader_->len - reader_->pos;
  return std::move(*reply);
}

}  // namespace longshore::redis
