#pragma once
// What the judge and a worker say to each other over one socket, and its bytes.
//
// The judge asks, the worker answers; one request is open at a time. A reply carries the id of its
// request, which is random and never used again, so an answer can be neither prepared nor replayed.
//   hello              → ready                          the program has started
//   list               → values (entries "0.task", "0.name", …)   asked of the reference only
//   generate seed      → values                         asked of the reference only
//   run   input values → values | not_implemented | threw | out_of_memory | died | time_limit | …
// Shared by tito and the workers; needs nothing but the standard library.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tito {

using FrameId = std::array<std::uint64_t, 2>;

enum class FrameKind : std::uint8_t {
  kHello = 1,
  kList,
  kGenerate,  // body: the seed, 8 bytes
  kRun,       // body: Values
  kReady = 64,
  kValues,          // body: Values
  kNotImplemented,  // body: the task's id
  kThrew,           // body: the exception's message
  kOutOfMemory,     // std::bad_alloc
  kDied,            // body: "signal 11" or "exit 0": it ended without an answer
  kTimeLimit,       // of the processor or the clock
  kUnstable,        // two calls with the same input gave different answers
  kMalformed,       // the check's process wrote something that is no answer
  kTooLong,         // an answer above kMaxBody
};

struct Frame {
  FrameId id{};
  FrameKind kind = FrameKind::kHello;
  std::uint32_t check = 0;
  std::string body;
};

class ProtocolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Longest body either side accepts.
inline constexpr std::uint64_t kMaxBody = 64u << 20;

std::string encode(const Frame& frame);

// Bytes in, frames out: for a side that reads without blocking. Throws ProtocolError at the first
// byte that cannot belong to a frame, and on a body above `limit`, before it has arrived.
class FrameReader {
 public:
  explicit FrameReader(std::uint64_t limit = kMaxBody) : limit_(limit) {}
  void feed(std::string_view bytes) { pending_.append(bytes); }
  std::optional<Frame> next();
  bool empty() const { return pending_.empty(); }

 private:
  std::uint64_t limit_;
  std::string pending_;
};

// Blocking, for the worker. False at the end of the stream; throws ProtocolError as above.
bool read_frame(int descriptor, Frame& frame);
// Writes all of it; false when the other side is gone.
bool write_all(int descriptor, std::string_view bytes);

}  // namespace tito
