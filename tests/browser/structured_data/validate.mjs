// What the validator says of JSON-LD objects. stdin: [object, …]; stdout: [[issue, …], …].
// Usage: node validate.mjs FOLDER, a folder with the unpacked packages of packages.json.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.argv[2];
const load = (path) => import(pathToFileURL(resolve(folder, path)));
const { default: Validator } = await load('structured-data-validator/src/index.js');
const { default: vocabulary } = await load('schema/index.js');

// The vocabulary is a list of RDF statements; the validator wants them as the JSON-LD that schema.org publishes.
const SCHEMA = 'http://schema.org/';
const short = (iri) =>
  iri
    .replace(SCHEMA, 'schema:')
    .replace('http://www.w3.org/1999/02/22-rdf-syntax-ns#', 'rdf:')
    .replace('http://www.w3.org/2000/01/rdf-schema#', 'rdfs:');
const factory = {
  namedNode: (value) => ({ value, iri: true }),
  blankNode: (value) => ({ value }),
  literal: (value) => ({ value }),
  quad: (subject, predicate, object) => ({ subject, predicate, object }),
};
const entities = new Map();
for (const { subject, predicate, object } of vocabulary({ factory })) {
  if (!object.iri) continue;
  const id = short(subject.value);
  if (!entities.has(id)) entities.set(id, { '@id': id });
  const entity = entities.get(id);
  const name = short(predicate.value);
  if (name === 'rdf:type') {
    // One type is what the validator looks at: that of the language, not that of the vocabulary (schema:DataType).
    const type = short(object.value);
    if (!entity['@type'] || type.startsWith('rdf')) entity['@type'] = type;
  } else {
    (entity[name] ??= []).push({ '@id': short(object.value) });
  }
}
const graph = { '@graph': [...entities.values()] };

const found = [];
for (const item of JSON.parse(readFileSync(0, 'utf-8'))) {
  const data = { jsonld: { [item['@type']]: [item] } };
  found.push(await new Validator(graph).validate(data));
}
process.stdout.write(JSON.stringify(found));
