#pragma once
// The fields of each record of result.json, once: its writer and its reader both walk these lists.

#include "tinytorch/pipeline/gate/result.h"

namespace tinytorch::pipeline {

template <typename A>
void walk(A& a, Interval& of) {
  a("estimate", of.estimate);
  a("low", of.low);
  a("high", of.high);
}
template <typename A>
void walk(A& a, Spread& of) {
  a("trials", of.trials);
  a("least", of.least);
  a("median", of.median);
  a("most", of.most);
}
template <typename A>
void walk(A& a, PairedLatency& of) {
  a("runtime", of.runtime);
  a("pairs", of.pairs);
  a("float_ns", of.float_ns);
  a("int8_ns", of.int8_ns);
  a("ratio", of.ratio);
  a("busy", of.busy);
  a("machine_busy", of.machine_busy);
}
template <typename A>
void walk(A& a, GateCheck& of) {
  a("name", of.name);
  a("pass", of.pass);
  a("why", of.why);
}
template <typename A>
void walk(A& a, GateVerdict& of) {
  a("pass", of.pass);
  a("metric", of.metric);
  a("budget", of.budget);
  a("drop", of.drop);
  a("by_draw", of.by_draw);
  a("by_seed", of.by_seed);
  a("draws", of.draws);
  a("seeds", of.seeds);
  a("float_metric", of.float_metric);
  a("int8_metric", of.int8_metric);
  a("rows", of.rows);
  a("groups", of.groups);
  a("float_bytes", of.float_bytes);
  a("int8_bytes", of.int8_bytes);
  a("latency", of.latency);
  a("checks", of.checks);
}
template <typename A>
void walk(A& a, FileRecord& of) {
  a("role", of.role);
  a("name", of.name);
  a("sha256", of.sha256);
  a("bytes", of.bytes);
}
template <typename A>
void walk(A& a, ModeResult& of) {
  a("mode", of.mode);
  a("verdict", of.verdict);
  a("train_seconds", of.train_seconds);
  a("note", of.note);
}
template <typename A>
void walk(A& a, LayerRecord& of) {
  a("path", of.path);
  a("kind", of.kind);
  a("weight_bits", of.weight_bits);
  a("weight_sqnr_db", of.weight_sqnr_db);
  a("output_sqnr_db", of.output_sqnr_db);
  a("clipped", of.clipped);
  a("sensitivity", of.sensitivity);
  a("quantized", of.quantized);
  a("reason", of.reason);
}
template <typename A>
void walk(A& a, TensorRecord& of) {
  a("name", of.name);
  a("low", of.low);
  a("high", of.high);
  a("counts", of.counts);
  a("range_low", of.range_low);
  a("range_high", of.range_high);
  a("scale", of.scale);
  a("zero_point", of.zero_point);
  a("clipped", of.clipped);
}
template <typename A>
void walk(A& a, VerifyRecord& of) {
  a("provider", of.provider);
  a("what", of.what);
  a("compared", of.compared);
  a("differ", of.differ);
  a("largest", of.largest);
  a("required", of.required);
  a("pass", of.pass);
  a("note", of.note);
}
template <typename A>
void walk(A& a, ModelResult& of) {
  a("id", of.id);
  a("kind", of.kind);
  a("description", of.description);
  a("quant_mode", of.quant_mode);
  a("smoke", of.smoke);
  a("modes", of.modes);
  a("files", of.files);
  a("layers", of.layers);
  a("tensors", of.tensors);
  a("verification", of.verification);
  a("recipe", of.recipe);
  a("recipe_sha256", of.recipe_sha256);
  a("command", of.command);
  a("calibration_set", of.calibration_set);
  a("calibration_sha256", of.calibration_sha256);
  a("scheme", of.scheme);
  a("dialect", of.dialect);
  a("instruction_set", of.instruction_set);
  a("version", of.version);
  a("parameters", of.parameters);
  a("counts", of.counts);
  a("notes", of.notes);
}

}  // namespace tinytorch::pipeline
