import { createServer } from 'node:http';
import { parseCsv } from './parse-csv.js';
import { toObjects } from './to-objects.js';

/** Longest body that is accepted, in bytes. */
export const maxBody = 1024 * 1024;

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

async function readBody(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= maxBody) chunks.push(chunk);
  }
  return size > maxBody ? undefined : Buffer.concat(chunks).toString('utf8');
}

async function convert(request, response, query) {
  const text = await readBody(request);
  if (text === undefined) return send(response, 413, { error: `the body is longer than ${maxBody} bytes` });
  try {
    const rows = parseCsv(text, { separator: query.get('separator') ?? ',' });
    return send(response, 200, toObjects(rows, { types: query.get('types') === 'on' }));
  } catch (error) {
    return send(response, 422, { error: error.message });
  }
}

/** Makes the HTTP server; the caller makes it listen. */
export function makeServer() {
  return createServer((request, response) => {
    const url = new URL(request.url, 'http://server');
    if (request.method === 'GET' && url.pathname === '/healthz') return send(response, 200, { ok: true });
    if (url.pathname !== '/convert') return send(response, 404, { error: `there is nothing at ${url.pathname}` });
    if (request.method !== 'POST') return send(response, 405, { error: 'send the CSV text with POST' });
    return convert(request, response, url.searchParams);
  });
}
