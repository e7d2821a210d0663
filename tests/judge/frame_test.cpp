#include "tito/worker/frame.h"

#include <unistd.h>

#include "tinytorch/core/rng.h"

namespace tito {
namespace {

const Frame kFrame{{1, 2}, FrameKind::kValues, 5, "the body"};

TEST(Frame, ArrivesByteByByte) {
  FrameReader reader;
  const std::string bytes = encode(kFrame);
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    reader.feed(bytes.substr(i, 1));
    ASSERT_FALSE(reader.next().has_value()) << "after " << i + 1 << " bytes";
  }
  reader.feed(bytes.substr(bytes.size() - 1));
  const auto frame = reader.next();
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->id, kFrame.id);
  EXPECT_EQ(frame->check, 5u);
  EXPECT_EQ(frame->body, "the body");
  EXPECT_TRUE(reader.empty());
}

TEST(Frame, TwoInOnePieceAreTwo) {
  FrameReader reader;
  reader.feed(encode(kFrame) + encode(kFrame));
  EXPECT_TRUE(reader.next().has_value());
  EXPECT_FALSE(reader.empty());
  EXPECT_TRUE(reader.next().has_value());
  EXPECT_TRUE(reader.empty());
}

TEST(Frame, IsRefusedAtItsFirstWrongByte) {
  FrameReader reader;
  reader.feed("[");
  EXPECT_THROW(reader.next(), ProtocolError);
}

TEST(Frame, AboveTheLimitIsRefusedBeforeItsBodyArrives) {
  FrameReader reader(4);
  reader.feed(encode(kFrame).substr(0, 40));
  EXPECT_THROW(reader.next(), ProtocolError);
}

TEST(Frame, OfUnknownKindIsRefused) {
  Frame frame = kFrame;
  frame.kind = static_cast<FrameKind>(200);
  FrameReader reader;
  reader.feed(encode(frame));
  EXPECT_THROW(reader.next(), ProtocolError);
}

TEST(Frame, BlockingReadTellsTheEndFromATruncation) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const std::string bytes = encode(kFrame);
  ASSERT_TRUE(write_all(ends[1], bytes + bytes.substr(0, 43)));
  close(ends[1]);
  Frame frame;
  EXPECT_TRUE(read_frame(ends[0], frame));
  EXPECT_EQ(frame.body, "the body");
  EXPECT_THROW(read_frame(ends[0], frame), ProtocolError);
  EXPECT_FALSE(read_frame(ends[0], frame));
  close(ends[0]);
}

TEST(Frame, NeverCrashesOnDamagedBytes) {
  tinytorch::Rng rng(3);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = encode(kFrame);
    bytes[rng.below(bytes.size())] = static_cast<char>(rng.below(256));
    bytes.resize(rng.below(bytes.size() + 1));
    FrameReader reader(1 << 20);
    reader.feed(bytes);
    try {
      while (reader.next()) {
      }
    } catch (const ProtocolError&) {
    }
  }
}

}  // namespace
}  // namespace tito
