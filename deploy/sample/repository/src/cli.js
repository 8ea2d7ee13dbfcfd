#!/usr/bin/env node
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { parseCsv } from './parse-csv.js';
import { makeServer } from './server.js';
import { toObjects } from './to-objects.js';

const usage = 'usage: csv-to-json convert [--separator ;] [--types] < FILE\n       csv-to-json serve [--port 8080]';

async function serve(port) {
  const server = makeServer();
  server.listen(port);
  await once(server, 'listening');
  console.log(`listening on port ${server.address().port}`);
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      separator: { type: 'string', default: ',' },
      types: { type: 'boolean', default: false },
      port: { type: 'string', default: '8080' },
    },
  });
  if (positionals[0] === 'serve') return serve(Number(values.port));
  if (positionals[0] !== 'convert') throw new Error(usage);
  const rows = parseCsv(await text(process.stdin), { separator: values.separator });
  return console.log(JSON.stringify(toObjects(rows, { types: values.types }), undefined, 2));
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
