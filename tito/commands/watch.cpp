// tito watch: the verdict a second after each save.

#include <fmt/format.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

#include "tito/base/error.h"
#include "tito/base/interrupt.h"
#include "tito/base/terminal.h"
#include "tito/commands/commands.h"
#include "tito/commands/session.h"
#include "tito/commands/targets.h"
#include "tito/commands/testing.h"
#include "tito/learner/file_watch.h"
#include "tito/learner/report.h"

namespace tito {
namespace {

struct Options {
  std::string target;
  bool all = false;
  void declare(Arguments& arguments) {
    arguments.positional("target", target,
                         "Module (15) or task (15.2); default: the current module");
    arguments.flag("--all", all, "List every task, not only those of the core");
  }
};

// Keys arrive one by one and unechoed while this lives; what the terminal was like comes back.
class KeyInput {
 public:
  KeyInput() {
    on_ = ::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!on_) return;
    termios keys = before_;
    keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &keys);
  }
  ~KeyInput() {
    if (on_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  KeyInput(const KeyInput&) = delete;
  KeyInput& operator=(const KeyInput&) = delete;
  int descriptor() const { return on_ ? STDIN_FILENO : -1; }

 private:
  termios before_{};
  bool on_ = false;
};

// One test run in a thread of its own, which a newer save calls off.
class BackgroundRun {
 public:
  BackgroundRun(Session& session, const Target& target, bool all)
      : session_(session), target_(target), all_(all) {}
  ~BackgroundRun() { stop(); }
  void start() {
    stop();
    cancelled_ = false;
    finished_ = false;
    thread_ = std::thread([this] { work(); });
  }
  void stop() {
    cancelled_ = true;
    if (thread_.joinable()) thread_.join();
  }
  // True once for each run that came to its end.
  bool take_finished() { return finished_.exchange(false); }
  // What to print: a report, or what went wrong on our side.
  const std::string& text() const { return text_; }

 private:
  void work() {
    try {
      TestRequest request;
      request.module = target_.module;
      request.task = target_.task;
      request.cancelled = [this] { return cancelled_.load(); };
      const ModuleVerdict verdict = run_test_request(session_, request);
      if (verdict.cancelled) return;
      text_ = session_.json ? report_json(verdict).one_line() + '\n'
                            : report(session_.course(), verdict,
                                     {false, target_.task != nullptr, false, all_});
    } catch (const Interrupted&) {
      return;
    } catch (const Cancelled&) {
      return;
    } catch (const std::exception& error) {
      text_ = fmt::format("\n  {}\n", printable(error.what()));
    }
    finished_ = true;
  }
  Session& session_;
  Target target_;
  bool all_;
  std::thread thread_;
  std::atomic<bool> cancelled_{false};
  std::atomic<bool> finished_{false};
  std::string text_;
};

class Watch {
 public:
  Watch(Session& session, const Target& target, bool all)
      : session_(session),
        target_(target),
        run_(session, target, all),
        files_({session.root() / "modules" / target.module->name,
                session.root() / "tests" / target.module->name}) {}

  void loop() {
    begin_run();
    while (!leave_ && interrupt_signal() == 0) step();
    run_.stop();
    if (!session_.json) fmt::print("\n  Left watch. Next: tito test {}\n", target_.module->name);
  }

 private:
  void begin_run() {
    if (!session_.json && stdout_is_terminal()) {
      fmt::print("\r\x1b[K  {}", paint(Colour::kGrey, "testing …"));
      std::fflush(stdout);
    }
    run_.start();
  }

  void show() {
    // A fresh screen for a person; plain lines, one run after the other, for a file or a pipe.
    if (!session_.json && stdout_is_terminal()) fmt::print("\x1b[2J\x1b[3J\x1b[H");
    fmt::print("{}", run_.text());
    if (!session_.json) {
      fmt::print(
          "\n  {}\n",
          paint(Colour::kGrey, fmt::format("watching modules/{} · save to test again · q leaves",
                                           target_.module->name)));
    }
    std::fflush(stdout);
  }

  void step() {
    std::array<pollfd, 2> ready{
        {{files_.descriptor(), POLLIN, 0}, {keys_.descriptor(), POLLIN, 0}}};
    ::poll(ready.data(), ready.size(), 20);
    if ((ready[0].revents & POLLIN) != 0 && files_.take()) settle();
    if ((ready[1].revents & (POLLIN | POLLHUP)) != 0) read_key();
    if (run_.take_finished()) show();
  }

  // Editors save in several steps within a few milliseconds.
  void settle() {
    pollfd more{files_.descriptor(), POLLIN, 0};
    while (::poll(&more, 1, 30) > 0) files_.take();
    begin_run();
  }

  void read_key() {
    char key = 0;
    const ssize_t count = ::read(keys_.descriptor(), &key, 1);
    leave_ = count <= 0 || key == 'q' || key == 'Q' || key == 4;
    if (key == '\n' || key == '\r' || key == ' ') begin_run();
  }

  Session& session_;
  Target target_;
  BackgroundRun run_;
  FileWatch files_;
  KeyInput keys_;
  bool leave_ = false;
};

int run(Session& session, const Options& options) {
  const Target target = find_target(session, options.target);
  require_tests(*target.module);
  Watch(session, target, options.all).loop();
  return kSuccess;
}

}  // namespace

Command watch_command() {
  return make_command<Options>("watch", "Learning", "Test again each time you save",
                               "A save during a run starts it again. Enter runs again, q leaves.\n"
                               "With --json: one document a line, one line a run.\n\n"
                               "Examples:\n"
                               "  tito watch\n"
                               "  tito watch 15\n"
                               "  tito watch 15.2",
                               run);
}

}  // namespace tito
