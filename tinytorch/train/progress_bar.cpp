#include "tinytorch/train/progress_bar.h"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace tinytorch::train {
namespace {

constexpr std::int64_t kBarWidth = 30;
constexpr std::chrono::milliseconds kRedraw{50};

template <typename... Values>
std::string format(const char* pattern, Values... values) {
  std::array<char, 128> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), pattern, values...);
  return {buffer.data(), static_cast<std::size_t>(std::clamp(length, 0, 127))};
}

}  // namespace

std::string epoch_line(const EpochReport& report) {
  const auto width = static_cast<int>(std::to_string(report.epochs).size());
  std::string line =
      format("epoch %*lld/%lld  loss %.4f", width, static_cast<long long>(report.epoch),
             static_cast<long long>(report.epochs), report.train_loss);
  if (report.validation) {
    line += format("  validation %.4f", report.validation->loss);
    if (report.validation->accuracy > 0.0) {
      line += format("  accuracy %.1f %%", 100.0 * report.validation->accuracy);
    }
  }
  return line + format("  %.2f s", report.seconds);
}

ProgressBar::ProgressBar(std::int64_t batches, std::FILE* out)
    : batches_(batches), out_(out), terminal_(isatty(fileno(out)) != 0) {}

void ProgressBar::on_epoch_begin(Trainer&, std::int64_t epoch) { epoch_ = epoch; }

void ProgressBar::on_step_end(Trainer&, std::int64_t batch, float loss) {
  const auto now = std::chrono::steady_clock::now();
  if (!terminal_ || batches_ < 1 || now - last_draw_ < kRedraw) return;
  last_draw_ = now;
  drawn_ = true;
  const std::int64_t full = std::min(kBarWidth, kBarWidth * (batch + 1) / batches_);
  const std::string bar = std::string(static_cast<std::size_t>(full), '#') +
                          std::string(static_cast<std::size_t>(kBarWidth - full), '.');
  std::fprintf(out_, "\repoch %lld [%s] loss %.4f\033[K", static_cast<long long>(epoch_),
               bar.c_str(), static_cast<double>(loss));
  std::fflush(out_);
}

void ProgressBar::clear() {
  if (drawn_) std::fputs("\r\033[K", out_);
  drawn_ = false;
}

void ProgressBar::on_epoch_end(Trainer&, const EpochReport& report) {
  clear();
  std::fprintf(out_, "%s\n", epoch_line(report).c_str());
  std::fflush(out_);
}

void ProgressBar::on_fit_end(Trainer&) {
  clear();
  std::fflush(out_);
}

}  // namespace tinytorch::train
