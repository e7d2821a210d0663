#include "tinytorch/pipeline/report/report.h"

#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/pipeline/gate/figures.h"
#include "tinytorch/pipeline/report/html.h"
#include "tinytorch/pipeline/report/pictures.h"

namespace tinytorch::pipeline {
namespace {

using html::code;
using html::escaped;
using html::section;

std::string interval(const Interval& of) {
  if (std::isnan(of.estimate)) return "none";
  return concat(figure(of.estimate), " [", figure(of.low), ", ", figure(of.high), "]");
}

std::string spread(const Spread& of) {
  if (of.trials == 0) return "not needed";
  return concat(of.trials, ": ", figure(of.least), " to ", figure(of.most), ", median ",
                figure(of.median));
}

std::string said(bool pass, const char* good, const char* bad) {
  return concat("<span class=\"", pass ? "good" : "bad", "\">", pass ? good : bad, "</span>");
}

std::string optional_figure(const std::optional<double>& value) {
  return value ? figure(*value) : "not measured";
}

std::string verdict_of(const ModelResult& result) {
  const ModeResult* shipped = result.shipped();
  const std::string smoke =
      result.smoke ? html::paragraph(
                         "A smoke run: fewer epochs, draws and seeds than the recipe asks for. Its "
                         "figures say that the pipeline works, not how good the model is.")
                   : "";
  if (shipped != nullptr) {
    const GateVerdict& verdict = shipped->verdict;
    return concat("<div class=\"verdict pass\"><strong>Pass: ships as ", escaped(shipped->mode),
                  " int8</strong>The drop of ", name(verdict.metric), " is at most ",
                  figure(verdict.drop.high), ", the budget ", figure(verdict.budget), "; ",
                  grouped(verdict.int8_bytes), " bytes instead of ", grouped(verdict.float_bytes),
                  ".</div>\n", smoke);
  }
  std::vector<std::string> reasons;
  for (const ModeResult& mode : result.modes) {
    for (const std::string& reason : mode.verdict.reasons()) {
      reasons.push_back(concat(mode.mode, ": ", reason));
    }
    if (mode.verdict.checks.empty() && !mode.note.empty()) {
      reasons.push_back(concat(mode.mode, ": ", mode.note));
    }
  }
  return concat("<div class=\"verdict over\"><strong>Stays fp32</strong>",
                result.modes.empty() ? "No int8 form was tried." : "No int8 form passed the gate.",
                html::list(reasons), "</div>\n", smoke);
}

std::string accuracy(const ModelResult& result) {
  std::vector<std::vector<std::string>> rows;
  for (const ModeResult& mode : result.modes) {
    const GateVerdict& of = mode.verdict;
    if (of.checks.empty()) continue;
    rows.push_back({escaped(mode.mode), said(of.pass, "pass", "over"), interval(of.float_metric),
                    interval(of.int8_metric), interval(of.drop), figure(of.budget),
                    spread(of.draws), spread(of.seeds)});
  }
  if (rows.empty()) return {};
  const GateVerdict& first = result.modes.front().verdict;
  const std::string metric(name(first.metric));
  return drop_picture(result) +
         html::table(concat("95 % intervals; ", first.rows, " rows in ", first.groups,
                            " groups, and groups were resampled"),
                     {{"mode"},
                      {"verdict"},
                      {metric + " in float", true},
                      {metric + " in int8", true},
                      {"drop", true},
                      {"budget", true},
                      {"drops over draws", true},
                      {"drops over seeds", true}},
                     rows);
}

std::string latency(const ModelResult& result) {
  std::vector<std::vector<std::string>> rows;
  for (const ModeResult& mode : result.modes) {
    for (const PairedLatency& of : mode.verdict.latency) {
      rows.push_back({escaped(mode.mode), escaped(of.runtime), microseconds(of.float_ns),
                      microseconds(of.int8_ns), interval(of.ratio), std::to_string(of.pairs),
                      of.machine_busy ? said(false, "", "machine busy")
                                      : concat(figure(100.0 * of.busy), " %")});
    }
  }
  if (rows.empty()) return {};
  return latency_picture(result) +
         html::table("Medians of alternating pairs; wall time beyond processor time at the right",
                     {{"mode"},
                      {"runtime"},
                      {"float", true},
                      {"int8", true},
                      {"int8 / float", true},
                      {"pairs", true},
                      {"disturbed", true}},
                     rows);
}

std::string layers(const ModelResult& result) {
  std::vector<std::vector<std::string>> rows;
  for (const LayerRecord& of : result.layers) {
    rows.push_back({code(of.path), escaped(of.kind),
                    of.quantized ? std::to_string(of.weight_bits) : std::string("float"),
                    optional_figure(of.weight_sqnr_db), optional_figure(of.output_sqnr_db),
                    optional_figure(of.clipped), optional_figure(of.sensitivity)});
  }
  if (rows.empty()) return {};
  return layer_pictures(result) + "<details><summary>All figures of the layers</summary>\n" +
         html::table("Layers in the order they run",
                     {{"layer"},
                      {"kind"},
                      {"bits", true},
                      {"weights, dB", true},
                      {"outputs, dB", true},
                      {"clipped share", true},
                      {"drop alone", true}},
                     rows) +
         "</details>\n";
}

std::string tensors(const ModelResult& result) {
  std::string all;
  for (const TensorRecord& tensor : result.tensors) all += histogram(tensor);
  if (all.empty()) return {};
  return html::paragraph(
             "Heights are square roots of counts, so that rare values are seen. Between the orange "
             "lines lies what the codes can say; what lies outside is clipped.") +
         concat("<div class=\"pictures\">\n", all, "</div>\n");
}

std::string excluded(const ModelResult& result) {
  std::vector<std::string> items;
  for (const LayerRecord& layer : result.layers) {
    if (!layer.quantized) {
      items.push_back(concat(layer.path, " (", layer.kind,
                             "): ", layer.reason.empty() ? "no reason is known" : layer.reason));
    }
  }
  return items.empty() ? html::paragraph("Nothing: every layer computes in integers.")
                       : html::list(items);
}

std::string verification(const ModelResult& result) {
  std::vector<std::vector<std::string>> rows;
  for (const VerifyRecord& of : result.verification) {
    rows.push_back({escaped(of.provider), escaped(of.what),
                    of.required ? said(of.pass, "agrees", "fails") : std::string("counted"),
                    concat(grouped(of.differ), " of ", grouped(of.compared)), figure(of.largest),
                    escaped(of.note)});
  }
  return html::table(
      "Differences from our engine, counted",
      {{"runtime"}, {"what"}, {"verdict"}, {"differ", true}, {"largest", true}, {"note"}}, rows);
}

std::string made(const ModelResult& result) {
  std::vector<std::vector<std::string>> facts;
  const auto fact = [&](const char* what, const std::string& value) {
    if (!value.empty()) facts.push_back({escaped(what), escaped(value)});
  };
  fact("recipe", result.recipe);
  fact("recipe, SHA-256", result.recipe_sha256);
  fact("scheme", result.scheme);
  fact("dialect", result.dialect);
  fact("calibration set", result.calibration_set);
  fact("calibration set, SHA-256", result.calibration_sha256);
  fact("instruction set", result.instruction_set);
  fact("TinyTorch", result.version);
  if (result.parameters > 0) fact("parameters", grouped(result.parameters));
  for (const auto& [what, count] : result.counts) fact(what.c_str(), figure(count));
  std::vector<std::vector<std::string>> files;
  for (const FileRecord& file : result.files) {
    files.push_back({escaped(file.role), code(file.name), grouped(file.bytes), code(file.sha256)});
  }
  const std::string command =
      result.command.empty() ? "" : concat("<pre>", escaped(result.command), "</pre>\n");
  return command + html::table("What it was made with", {{"fact"}, {"value"}}, facts) +
         html::table("Files", {{"role"}, {"name"}, {"bytes", true}, {"SHA-256"}}, files) +
         html::list(result.notes);
}

}  // namespace

std::string to_html(const ModelResult& result) {
  const std::string head = concat(
      "<h1>", escaped(result.id), "</h1>\n<p class=\"muted\">", escaped(result.kind),
      result.description.empty() ? "" : concat(" · ", escaped(result.description)), "</p>\n");
  return html::page(
      concat(result.id, ": ", result.pass() ? "pass" : "fp32"),
      concat(head, verdict_of(result), section("Accuracy", accuracy(result)),
             section("Size", size_picture(result)), section("Latency", latency(result)),
             section("Layers", layers(result)), section("Tensors", tensors(result)),
             section("Left in float", excluded(result)),
             section("Other runtimes", verification(result)),
             section("How to make it again", made(result))));
}

void write_report(const std::filesystem::path& folder, const ModelResult& result) {
  save_result(folder / "result.json", result);
  data::write_file_atomically((folder / "report.html").string(), to_html(result));
}

}  // namespace tinytorch::pipeline
