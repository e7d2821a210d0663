// Runs an ONNX model once in ONNX Runtime's WebAssembly build.
//   node onnxruntime_web.mjs PACKAGE MODEL LEVEL [in|out NAME TYPE SHAPE FILE]…
// PACKAGE is the folder of onnxruntime-web; LEVEL disabled, basic, extended or all; TYPE float32,
// uint8, int8, int32 or int64; SHAPE "2x3"; FILE holds a tensor's bytes, little endian. Inputs are
// read, outputs written. Without MODEL it prints the version.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, model, level, ...tensors] = process.argv.slice(2);
const { version } = createRequire(import.meta.url)(join(folder, 'package.json'));
if (model === undefined) {
  process.stdout.write(version);
  process.exit(0);
}
const ort = await import(pathToFileURL(join(folder, 'dist', 'ort.node.min.mjs')).href);
ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

const arrays = {
  float32: Float32Array, uint8: Uint8Array, int8: Int8Array, int32: Int32Array,
  int64: BigInt64Array,
};
async function run() {
  const feeds = {};
  const fetches = [];
  for (let i = 0; i < tensors.length; i += 5) {
    const [direction, name, type, shape, file] = tensors.slice(i, i + 5);
    const sizes = shape.split('x').map(Number);
    if (direction === 'out') {
      fetches.push({ name, type, shape, file });
      continue;
    }
    const bytes = readFileSync(file);
    const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    feeds[name] = new ort.Tensor(type, new arrays[type](copy), sizes);
  }

  const session = await ort.InferenceSession.create(readFileSync(model), {
    executionProviders: ['wasm'], graphOptimizationLevel: level,
  });
  const results = await session.run(feeds, fetches.map(({ name }) => name));
  for (const { name, type, shape, file } of fetches) {
    const found = results[name];
    if (found.type !== type || found.dims.join('x') !== shape) {
      throw new Error(`${name} is ${found.type} ${found.dims.join('x')}, expected ${type} ${shape}`);
    }
    writeFileSync(file, Buffer.from(found.data.buffer, found.data.byteOffset, found.data.byteLength));
  }
}

// An uncaught error would print a line of the package, which is one of many thousand letters.
try {
  await run();
} catch (error) {
  process.stderr.write(String(error.message));
  process.exit(1);
}
process.exit(0);
