import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { makeServer, maxBody } from '../../src/server.js';

const server = makeServer();
let address;

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${server.address().port}`;
});

after(() => server.close());

function post(path, body) {
  return fetch(address + path, { method: 'POST', body });
}

test('says that it is well', async () => {
  const response = await fetch(`${address}/healthz`);
  assert.deepEqual([response.status, await response.json()], [200, { ok: true }]);
});

test('converts a table', async () => {
  const response = await post('/convert?types=on', 'name,size\n"a, b",12\n');
  assert.equal(response.headers.get('content-type'), 'application/json');
  assert.deepEqual(await response.json(), [{ name: 'a, b', size: 12 }]);
});

test('takes another separator', async () => {
  const response = await post('/convert?separator=%3B', 'a;b\n1;2\n');
  assert.deepEqual(await response.json(), [{ a: '1', b: '2' }]);
});

test('answers 422 to broken CSV, with the place', async () => {
  const response = await post('/convert', 'a,"b');
  assert.equal(response.status, 422);
  assert.match((await response.json()).error, /line 1, column 3/);
});

test('answers 413 to a body that is too long', async () => {
  const response = await post('/convert', 'a'.repeat(maxBody + 1));
  assert.equal(response.status, 413);
});

test('answers 404 and 405 to what it does not serve', async () => {
  assert.equal((await post('/other', '')).status, 404);
  assert.equal((await fetch(`${address}/convert`)).status, 405);
});

test('serves a thousand requests', async () => {
  const table = `a,b\n${'1,2\n'.repeat(100)}`;
  // Rounds follow one another so that no more than 50 sockets are open at once.
  for (let round = 0; round < 20; round += 1) {
    const responses = await Promise.all(Array.from({ length: 50 }, () => post('/convert', table)));
    const sizes = await Promise.all(responses.map(async (response) => (await response.json()).length));
    assert.deepEqual(new Set(sizes), new Set([100]));
  }
});
