// node ajv_verdicts.mjs AJV_FOLDER QUESTIONS.json: ajv's verdict on each document, a line each.
// QUESTIONS: [{"schema": {…}, "documents": [text, …]}, …]. Formats and unknown keywords are errors.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const [folder, questions] = process.argv.slice(2);
const Ajv = createRequire(folder + '/')('./dist/2020.js').default;
for (const { schema, documents } of JSON.parse(readFileSync(questions, 'utf8'))) {
  const validate = new Ajv({ strict: true, strictRequired: false, strictTypes: false }).compile(schema);
  for (const text of documents) console.log(validate(JSON.parse(text)) ? 'fits' : 'does not');
}
