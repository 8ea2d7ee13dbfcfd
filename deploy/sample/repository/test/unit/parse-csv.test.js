import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CsvError, parseCsv } from '../../src/parse-csv.js';

const cases = {
  'no text is no rows': { text: '', rows: [] },
  'one field': { text: 'a', rows: [['a']] },
  'fields and rows': { text: 'a,b\n1,2\n', rows: [['a', 'b'], ['1', '2']] },
  'CRLF and CR end a row too': { text: 'a\r\nb\rc', rows: [['a'], ['b'], ['c']] },
  'an empty line is a row with one empty field': { text: 'a\n\nb', rows: [['a'], [''], ['b']] },
  'a separator at the end means an empty field': { text: 'a,', rows: [['a', '']] },
  'quoted separators and line breaks': { text: '"a,b","c\nd"', rows: [['a,b', 'c\nd']] },
  'a doubled quote is a quote': { text: '"say ""hi"""', rows: [['say "hi"']] },
  'a byte order mark is skipped': { text: '\uFEFFa,b', rows: [['a', 'b']] },
  'another separator': { text: 'a;b,c', separator: ';', rows: [['a', 'b,c']] },
};

for (const [name, { text, separator, rows }] of Object.entries(cases)) {
  test(name, () => assert.deepEqual(parseCsv(text, separator ? { separator } : {}), rows));
}

const mistakes = {
  'a quoted field that never ends': { text: 'a\nb,"c', line: 2, column: 3 },
  'a quote in the middle of a field': { text: 'a"b', line: 1, column: 2 },
  'text after a closing quote': { text: '"a"b', line: 1, column: 4 },
};

for (const [name, { text, line, column }] of Object.entries(mistakes)) {
  test(`${name} is refused with its place`, () => {
    assert.throws(
      () => parseCsv(text),
      (error) => error instanceof CsvError && error.line === line && error.column === column,
    );
  });
}

test('what is quoted and joined comes back', () => {
  const rows = [['plain', 'with "quotes"'], ['with,comma', 'with\nline'], ['', ' spaces ']];
  const text = rows.map((row) => row.map((field) => `"${field.replaceAll('"', '""')}"`).join(',')).join('\n');
  assert.deepEqual(parseCsv(text), rows);
});
