import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toObjects, toValue } from '../../src/to-objects.js';

const values = [
  ['', null],
  ['true', true],
  ['false', false],
  ['0', 0],
  ['-1.5e3', -1500],
  ['007', '007'],
  ['12345678901234567890', '12345678901234567890'],
  ['True', 'True'],
];

for (const [field, value] of values) {
  test(`"${field}" is read as ${JSON.stringify(value)}`, () => assert.equal(toValue(field), value));
}

test('rows become objects of text', () => {
  assert.deepEqual(toObjects([['a', 'b'], ['1', '2']]), [{ a: '1', b: '2' }]);
});

test('with types on, fields become values', () => {
  assert.deepEqual(toObjects([['a', 'b'], ['1', '']], { types: true }), [{ a: 1, b: null }]);
});

test('a column called __proto__ is a column like any other', () => {
  const [object] = toObjects([['__proto__'], ['x']]);
  assert.equal(JSON.stringify(object), '{"__proto__":"x"}');
});

test('mistakes are named', () => {
  assert.throws(() => toObjects([['a', 'a']]), /names the column "a" twice/);
  assert.throws(() => toObjects([['a', '']]), /empty column name/);
  assert.throws(() => toObjects([['a'], ['1'], ['1', '2']]), /row 3 has 2 fields, the header has 1/);
});
