// Pictures keep their promises on figures and names nobody would choose.

#include "milestones/report/chart.h"

#include <gtest/gtest.h>

#include <limits>

#include "milestones/report/text.h"
#include "tests/support/expect_error.h"

namespace tinytorch::milestones {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string described(const Canvas::Text& text) {
  const Box& box = text.box;
  return concat("\"", text.text, "\" at [", box.left, ", ", box.top, ", ", box.right, ", ",
                box.bottom, "]");
}

// Every text on the page, none on another, a dot or a bar.
void expect_readable(const Chart& chart) {
  const Canvas canvas = draw(chart);
  const Box& page = canvas.page();
  const auto& texts = canvas.texts();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Box& box = texts[i].box;
    EXPECT_TRUE(box.left >= 0.0 && box.top >= 0.0 && box.right <= page.right &&
                box.bottom <= page.bottom)
        << described(texts[i]) << " leaves the page of " << page.right << " x " << page.bottom;
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_FALSE(box.overlaps(texts[j].box))
          << described(texts[i]) << " covers " << described(texts[j]);
    }
    for (const Box& mark : canvas.marks()) {
      EXPECT_FALSE(box.overlaps(mark))
          << described(texts[i]) << " covers the mark at [" << mark.left << ", " << mark.top << "]";
    }
  }
}

bool shows(const Canvas& canvas, const std::string& text) {
  for (const Canvas::Text& one : canvas.texts()) {
    if (one.text == text) return true;
  }
  return false;
}

Chart dots(std::size_t count, const std::string& name, bool equal) {
  Series series{.name = "all of them"};
  for (std::size_t i = 0; i < count; ++i) {
    const double at = equal ? 1.0 : 1.0 + static_cast<double>(i * i % 7);
    series.marks.push_back({.x = at, .y = at, .label = concat(name, " ", i)});
  }
  return {.title = "Dots",
          .panels = {{.x = {.name = "x"}, .y = {.name = "y"}, .series = {series}}}};
}

Chart bars(std::size_t count, const std::string& name) {
  Chart chart{.title = "Bars"};
  chart.rows.push_back({"a heading", true});
  for (std::size_t i = 0; i < count; ++i) chart.rows.push_back({concat(name, " ", i)});
  for (int p = 0; p < 3; ++p) {
    Panel panel{.title = concat("panel ", p), .width = 200.0};
    for (int s = 0; s <= p; ++s) {
      Series series{.name = concat("series ", s), .drawn = Drawn::kBars};
      for (std::size_t i = 0; i < count; ++i) {
        series.marks.push_back({.x = static_cast<double>(i + 1),
                                .y = static_cast<double>(i + 1),
                                .label = concat(name, " ", i, " µs")});
      }
      panel.series.push_back(series);
    }
    chart.panels.push_back(panel);
  }
  return chart;
}

const std::string kLong(120, 'W');
const std::string kWords = "depthwise per channel with a name that goes on and on, as names do";

TEST(Chart, TextsOfDotsNeverMeet) {
  for (const std::size_t count : {1u, 2u, 9u, 40u}) {
    for (const std::string& name : {std::string("a"), kWords, kLong}) {
      for (const bool equal : {false, true}) expect_readable(dots(count, name, equal));
    }
  }
}

TEST(Chart, TextsOfBarsNeverMeet) {
  for (const std::size_t count : {1u, 3u, 40u}) {
    for (const std::string& name : {std::string("a"), kWords, kLong}) {
      expect_readable(bars(count, name));
    }
  }
}

TEST(Chart, LongTitlesAreBrokenAndTicksThatMeetAreLeftOut) {
  Chart chart = dots(3, "a", false);
  chart.title = kWords + ", " + kWords + ", " + kWords + kLong;
  chart.note = chart.title + kLong;
  Panel& panel = chart.panels[0];
  panel.title = panel.x.name = panel.y.name = kWords + kLong;
  for (int i = 0; i < 200; ++i) {
    panel.x.ticks.push_back({0.035 * i, concat("tick ", i)});
    panel.y.ticks.push_back({0.035 * i, concat("tick ", i)});
  }
  for (int i = 0; i < 30; ++i) panel.series.push_back({.name = concat(kWords, " ", i)});
  expect_readable(chart);
}

TEST(Chart, PanelsGrowUntilTheTicksAskedForStandApart) {
  Chart chart = dots(2, "", false);
  chart.panels[0].x = {.low = 0.0, .high = 4.0};
  for (int i = 0; i < 5; ++i) {
    chart.panels[0].x.ticks.push_back({static_cast<double>(i), concat("a category, number ", i)});
  }
  const Canvas canvas = draw(chart);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(shows(canvas, concat("a category, number ", i))) << i;
  expect_readable(chart);
}

TEST(Chart, EveryNameIsThereInFull) {
  const Canvas canvas = draw(bars(40, "depthwise per channel"));
  for (int i = 0; i < 40; ++i) {
    EXPECT_TRUE(shows(canvas, concat("depthwise per channel ", i))) << i;
    EXPECT_TRUE(shows(canvas, concat("depthwise per channel ", i, " µs"))) << i;
  }
  const Canvas crowded = draw(dots(40, "one place for all", true));
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(shows(crowded, concat("one place for all ", i))) << i;
}

TEST(Chart, LabelsKeepClearOfLinesAndTheFrame) {
  Chart chart{.title = "Lines",
              .panels = {{.series = {{.drawn = Drawn::kLine,
                                      .marks = {{.x = 0.0, .y = 0.0, .label = "first"},
                                                {.x = 1.0, .y = 1.0, .label = "middle"},
                                                {.x = 2.0, .y = 2.0, .label = "last"}}}},
                          .references = {{{0.0, 1.5}, {2.0, 1.5}, "a limit"}}}}};
  const Canvas canvas = draw(chart);
  for (const Canvas::Text& text : canvas.texts()) {
    if (text.text != "middle") continue;
    // The diagonal passes its dot: the label stands above it on the left or below on the right.
    const Box dot = canvas.marks()[1];
    EXPECT_TRUE(text.box.right <= dot.left || text.box.left >= dot.right ||
                text.box.bottom <= dot.top || text.box.top >= dot.bottom);
  }
  expect_readable(chart);
}

TEST(Chart, EqualFiguresStillHaveAnAxis) {
  for (const double value : {0.0, 5.0, -3.0, 1e-300, 1e300, 1e16}) {
    Chart chart{.title = "Equal",
                .panels = {{.series = {{.marks = {{.x = value, .y = value, .label = "a"},
                                                  {.x = value, .y = value, .label = "b"}}}}}}};
    expect_readable(chart);
    EXPECT_FALSE(draw(chart).texts().empty());
  }
}

TEST(Chart, ABarOfAPowerOfTenHasALength) {
  Chart chart{.title = "Rates",
              .rows = {{"slow"}, {"fast"}},
              .panels = {{.x = {.logarithmic = true},
                          .series = {{.drawn = Drawn::kBars,
                                      .marks = {{.x = 10.0, .y = 0.0}, {.x = 100.0, .y = 1.0}}}}}}};
  const Canvas canvas = draw(chart);
  EXPECT_GT(canvas.marks()[0].width(), 50.0);
  EXPECT_NEAR(canvas.marks()[1].width(), 2.0 * canvas.marks()[0].width(), 1e-6);
}

TEST(Chart, RefusesWhatCannotBeDrawn) {
  const auto with = [](double x, double y, bool logarithmic = false) {
    return Chart{.title = "",
                 .panels = {{.x = {.name = "size", .logarithmic = logarithmic},
                             .series = {{.name = "QAT", .marks = {{.x = x, .y = y}}}}}}};
  };
  for (const double bad : {kNan, kInfinity, -kInfinity}) {
    EXPECT_ERROR(draw(with(bad, 1.0)), "series QAT, mark 0: every figure must be finite");
    EXPECT_ERROR(draw(with(1.0, bad)), "series QAT, mark 0: every figure must be finite");
  }
  EXPECT_ERROR(draw(with(0.0, 1.0, true)), "axis size is logarithmic and must hold 0");
  EXPECT_ERROR(draw(with(-1.0, 1.0, true)), "must be above 0");
  EXPECT_ERROR(draw({.title = "", .panels = {}}), "no panels");
  EXPECT_ERROR(draw({.title = "", .panels = {{.title = "empty"}}}), "empty has nothing to draw");
  Chart spread = with(1.0, 1.0);
  spread.panels[0].series[0].marks[0].spread = -1.0;
  EXPECT_ERROR(draw(spread), "spread is -1");
  Chart reference = with(1.0, 1.0);
  reference.panels[0].references = {{{kNan, 0.0}, {1.0, 1.0}, "limit"}};
  EXPECT_ERROR(draw(reference), "reference limit");
  Chart wide = with(-1e308, 1.0);
  wide.panels[0].series[0].marks.push_back({.x = 1e308, .y = 1.0});
  EXPECT_ERROR(draw(wide), "axis size cannot reach from -1e+308 to 1e+308");
}

TEST(Chart, ABarStandsInARowOfItsOwn) {
  for (const double row : {-1.0, 0.0, 0.5, 3.0, 1e30}) {  // row 0 is a heading
    Chart chart = bars(2, "a");
    chart.panels[1].series[1].marks[0].y = row;
    EXPECT_ERROR(draw(chart), "series series 1, mark 0: row");
  }
  Chart twice = bars(2, "a");
  twice.panels[0].series[0].marks[0].y = 2.0;
  EXPECT_ERROR(draw(twice), "row 2 of 3");
  Chart mixed = bars(2, "a");
  mixed.panels[0].series.push_back({.name = "dots"});
  EXPECT_ERROR(draw(mixed), "series dots mixes bars with dots");
}

TEST(Chart, TheDocumentIsXmlWhateverTheNames) {
  Chart chart = dots(1, "<b>&\"\x01\xff\xc3\x28", false);
  chart.title = "a < b & \"c\"\n\x02";
  const std::string document = svg(chart);
  EXPECT_NE(document.find("aria-label=\"a &#60; b &#38; &#34;c&#34;  \""), std::string::npos);
  EXPECT_NE(document.find("&#60;b&#62;&#38;&#34; \uFFFD\uFFFD( 0"), std::string::npos);
  EXPECT_EQ(document.find('\x01'), std::string::npos);
  EXPECT_EQ(document.find('\xff'), std::string::npos);
}

TEST(Text, WidthsCountWhatIsSeen) {
  EXPECT_EQ(display_width("µ ± → é"), 7.0);
  EXPECT_EQ(display_width("深度"), 4.0);
  EXPECT_EQ(display_width("e\u0301"), 1.0);
  EXPECT_GT(pixel_width("W"), 0.98);
  EXPECT_GT(pixel_width("wide", true), pixel_width("wide"));
}

TEST(Text, BreaksAtSpacesElseInsideWordsAndLosesNothing) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(wrap("one two three", 7, display_width), (Lines{"one two", "three"}));
  EXPECT_EQ(wrap("abcdefgh ij", 3, display_width), (Lines{"abc", "def", "gh", "ij"}));
  EXPECT_EQ(wrap("a\n\nb", 9, display_width), (Lines{"a", "", "b"}));
  EXPECT_EQ(wrap("深度学习", 5, display_width), (Lines{"深度", "学习"}));
  EXPECT_EQ(wrap("深", 1, display_width), (Lines{"深"}));
  EXPECT_EQ(wrap("", 5, display_width), (Lines{""}));
}

}  // namespace
}  // namespace tinytorch::milestones
