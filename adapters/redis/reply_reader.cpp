#include "reply_reader.hpp"

#include "actor_cache/errc.hpp"

#include <hiredis/hiredis.h>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace actor_cache::redis_wire {

namespace {

/// Elements for which room is made before they are there.
constexpr size_t max_reserved = 1024;

/// How deep lists may lie within lists. Replies go as they came, by recursion.
constexpr int max_depth = 128;

bool too_deep(const redisReadTask* task) {
  auto depth = 0;
  for (; task != nullptr && depth <= max_depth; ++depth)
    task = task->parent;
  return depth > max_depth;
}

/// Builds replies in place: an element is made in the array of its parent.
void* place(const redisReadTask* task, redis_reply what) {
  if (task->parent == nullptr) {
    auto& root = *static_cast<redis_reply*>(task->privdata);
    root = std::move(what);
    return &root;
  }
  auto& siblings = *static_cast<redis_reply*>(task->parent->obj)->items();
  siblings.push_back(std::move(what));
  return &siblings.back();
}

void* make_string(const redisReadTask* task, char* text, size_t size) {
  std::string content{text, size};
  if (task->type == REDIS_REPLY_ERROR)
    return place(task, redis_error{std::move(content)});
  return place(task, std::move(content));
}

void* make_array(const redisReadTask* task, size_t size) {
  if (too_deep(task))
    return nullptr; // to hiredis, we are out of memory
  redis_reply::array content;
  content.reserve(std::min(size, max_reserved));
  return place(task, redis_reply{std::move(content)});
}

void* make_integer(const redisReadTask* task, long long value) {
  return place(task, int64_t{value});
}

void* make_double(const redisReadTask* task, double, char* text, size_t size) {
  return place(task, std::string{text, size});
}

void* make_nil(const redisReadTask* task) {
  return place(task, {});
}

void* make_bool(const redisReadTask* task, int value) {
  return place(task, int64_t{value});
}

/// Drops a reply that comes to no end.
void drop_root(void* what) {
  *static_cast<redis_reply*>(what) = redis_reply{};
}

// hiredis wants a pointer that is not const, but writes nothing.
redisReplyObjectFunctions functions{make_string, make_array, make_integer,
                                    make_double, make_nil,   make_bool,
                                    drop_root};

caf::error protocol_error(const redisReader& reader) {
  return make_error(errc::unavailable,
                    fmt::format("the server sent what is no reply: {}",
                                reader.errstr));
}

} // namespace

void reply_reader::destroy::operator()(redisReader* x) const noexcept {
  redisReaderFree(x);
}

reply_reader::reply_reader()
  : root_(std::make_unique<redis_reply>()),
    impl_(redisReaderCreateWithFunctions(&functions)) {
  if (impl_ == nullptr)
    throw std::bad_alloc{};
  impl_->privdata = root_.get();
}

caf::error reply_reader::feed(const char* bytes, size_t size) {
  if (redisReaderFeed(impl_.get(), bytes, size) == REDIS_OK)
    return {};
  return protocol_error(*impl_);
}

caf::error reply_reader::take(std::vector<redis_reply>& replies) {
  for (;;) {
    void* found = nullptr;
    if (redisReaderGetReply(impl_.get(), &found) != REDIS_OK)
      return protocol_error(*impl_);
    if (found == nullptr)
      return {};
    replies.push_back(std::exchange(*root_, redis_reply{}));
  }
}

} // namespace actor_cache::redis_wire
