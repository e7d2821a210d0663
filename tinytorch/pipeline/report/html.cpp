#include "tinytorch/pipeline/report/html.h"

#include "milestones/report/text.h"
#include "tinytorch/core/error.h"

namespace tinytorch::pipeline::html {
namespace {

// Pictures are drawn in the colours of a light page; the rules at the end give each its dark one.
// Chosen so that text has a contrast of at least 4.5 on its ground in either.
constexpr const char* kStyle = R"css(
:root { color-scheme: light dark; --ground: #ffffff; --text: #1f2328; --muted: #57606a;
  --line: #d0d7de; --soft: #f6f8fa; --good: #116329; --good-ground: #dafbe1; --bad: #a40e26;
  --bad-ground: #ffebe9; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 16px; max-width: 1180px; background: var(--ground);
  color: var(--text); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0.4em 0 0.2em; }
h2 { font-size: 1.2rem; margin: 1.8em 0 0.5em; border-bottom: 1px solid var(--line); }
p { margin: 0.5em 0; max-width: 75ch; }
.muted { color: var(--muted); }
.verdict { border-radius: 8px; padding: 12px 16px; margin: 12px 0; border: 1px solid; }
.verdict strong { font-size: 1.25rem; display: block; }
.verdict.pass { color: var(--good); background: var(--good-ground); }
.verdict.over { color: var(--bad); background: var(--bad-ground); }
.good { color: var(--good); } .bad { color: var(--bad); }
.wide { overflow-x: auto; margin: 10px 0; }
table { border-collapse: collapse; font-size: 0.9rem; overflow-wrap: normal; }
caption { text-align: left; color: var(--muted); padding: 4px 0; }
th, td { text-align: left; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code, pre { font: 0.85rem/1.4 ui-monospace, monospace; background: var(--soft); }
pre { padding: 10px 12px; border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; }
.pictures { display: flex; flex-wrap: wrap; gap: 12px; align-items: flex-start; }
.pictures svg, .picture svg { max-width: 100%; height: auto; display: block; }
summary { cursor: pointer; padding: 4px 0; }
svg text { fill: #57606a; }
svg [fill="#1f2328"] { fill: var(--text); } svg [fill="#57606a"] { fill: var(--muted); }
svg [fill="#fff"] { fill: var(--ground); } svg [stroke="#fff"] { stroke: var(--ground); }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0d1117; --text: #e6edf3; --muted: #9da7b3; --line: #30363d; --soft: #161b22;
    --good: #7ee787; --good-ground: #0f2d18; --bad: #ffa198; --bad-ground: #3a1216; }
  svg text { fill: #9da7b3; }
  svg [stroke="#e4e7eb"] { stroke: #21262d; } svg [stroke="#8b949e"] { stroke: #6e7681; }
  svg [stroke="#57606a"] { stroke: #9da7b3; }
  svg [fill="#3b7dd8"] { fill: #6cb0ff; } svg [stroke="#3b7dd8"] { stroke: #6cb0ff; }
  svg [fill="#c9752d"] { fill: #f0a35e; } svg [stroke="#c9752d"] { stroke: #f0a35e; }
  svg [fill="#4a9a5b"] { fill: #6fcf87; } svg [stroke="#4a9a5b"] { stroke: #6fcf87; }
}
@media print { body { max-width: none; } }
)css";

std::string attribute(const Column& column) { return column.number ? " class=\"number\"" : ""; }

}  // namespace

std::string escaped(std::string_view text) { return milestones::xml(text); }

std::string table(const std::string& caption, const std::vector<Column>& columns,
                  const std::vector<std::vector<std::string>>& rows) {
  if (rows.empty()) return {};
  std::string out =
      concat("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"", escaped(caption),
             "\"><table><caption>", escaped(caption), "</caption>\n<thead><tr>");
  for (const Column& column : columns) {
    out += concat("<th scope=\"col\"", attribute(column), ">", escaped(column.head), "</th>");
  }
  out += "</tr></thead>\n<tbody>\n";
  for (const auto& row : rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += concat("<td", attribute(columns[i]), ">", row[i], "</td>");
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string section(const std::string& heading, const std::string& body) {
  if (body.empty()) return {};
  return concat("<section>\n<h2>", escaped(heading), "</h2>\n", body, "</section>\n");
}

std::string paragraph(std::string_view text) { return concat("<p>", escaped(text), "</p>\n"); }

std::string list(const std::vector<std::string>& items) {
  if (items.empty()) return {};
  std::string out = "<ul>\n";
  for (const std::string& item : items) out += concat("<li>", escaped(item), "</li>\n");
  return out + "</ul>\n";
}

std::string code(std::string_view text) { return concat("<code>", escaped(text), "</code>"); }

std::string page(const std::string& title, const std::string& body) {
  return concat("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
                "<link rel=\"icon\" href=\"data:,\">\n<title>", escaped(title), "</title>\n<style>",
                kStyle, "</style>\n</head>\n<body>\n<main>\n", body, "</main>\n</body>\n</html>\n");
}

}  // namespace tinytorch::pipeline::html
