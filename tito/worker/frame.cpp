#include "tito/worker/frame.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace tito {
namespace {

constexpr std::uint32_t kMagic = 0x31465454;  // "TTF1"

// No padding: its bytes travel as they are.
struct Header {
  std::uint32_t magic;
  std::uint32_t check;
  std::uint64_t id[2];
  std::uint64_t kind;
  std::uint64_t size;
};
static_assert(sizeof(Header) == 40);

bool known(std::uint64_t kind) {
  return (kind >= static_cast<std::uint64_t>(FrameKind::kHello) &&
          kind <= static_cast<std::uint64_t>(FrameKind::kRun)) ||
         (kind >= static_cast<std::uint64_t>(FrameKind::kReady) &&
          kind <= static_cast<std::uint64_t>(FrameKind::kTooLong));
}

Header checked_header(const char* bytes, std::uint64_t limit) {
  Header header;
  std::memcpy(&header, bytes, sizeof header);
  if (header.magic != kMagic) throw ProtocolError("bytes that are not a frame");
  if (!known(header.kind)) throw ProtocolError("a frame of unknown kind");
  if (header.size > limit) throw ProtocolError("a frame above the size limit");
  return header;
}

Frame frame_of(const Header& header, std::string body) {
  return {{header.id[0], header.id[1]},
          static_cast<FrameKind>(header.kind),
          header.check,
          std::move(body)};
}

// Bytes read before the end of the stream; less than `size` only there.
std::size_t read_fully(int descriptor, char* to, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(descriptor, to + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

}  // namespace

std::string encode(const Frame& frame) {
  const Header header{kMagic,
                      frame.check,
                      {frame.id[0], frame.id[1]},
                      static_cast<std::uint64_t>(frame.kind),
                      frame.body.size()};
  std::string bytes(sizeof header, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes += frame.body;
}

std::optional<Frame> FrameReader::next() {
  // A wrong magic is refused as soon as its bytes are here, not when a whole header is.
  const std::size_t seen = std::min(pending_.size(), sizeof kMagic);
  if (std::memcmp(pending_.data(), &kMagic, seen) != 0) {
    throw ProtocolError("bytes that are not a frame");
  }
  if (pending_.size() < sizeof(Header)) return std::nullopt;
  const Header header = checked_header(pending_.data(), limit_);
  const std::size_t total = sizeof(Header) + static_cast<std::size_t>(header.size);
  if (pending_.size() < total) return std::nullopt;
  Frame frame = frame_of(header, pending_.substr(sizeof(Header), header.size));
  pending_.erase(0, total);
  return frame;
}

bool read_frame(int descriptor, Frame& frame) {
  char bytes[sizeof(Header)];
  const std::size_t got = read_fully(descriptor, bytes, sizeof bytes);
  if (got == 0) return false;
  if (got < sizeof bytes) throw ProtocolError("a frame that ends too early");
  const Header header = checked_header(bytes, kMaxBody);
  std::string body(header.size, '\0');
  if (read_fully(descriptor, body.data(), body.size()) < body.size()) {
    throw ProtocolError("a frame that ends too early");
  }
  frame = frame_of(header, std::move(body));
  return true;
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

}  // namespace tito
