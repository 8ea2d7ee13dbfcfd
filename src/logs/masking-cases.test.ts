import { describe, expect, it } from 'vitest'
import { createMasker } from './masker.ts'

/** What is it, the secrets, what the step wrote, what the log shows. */
type Case = readonly [name: string, secrets: readonly string[], text: string, want: string]

const base64 = (text: string) => Buffer.from(text).toString('base64')
const base64url = (text: string) => Buffer.from(text).toString('base64url')
const hex = (text: string) => Buffer.from(text).toString('hex')
const wrap = (text: string, width: number) => (text.match(new RegExp(`.{1,${width}}`, 'g')) ?? []).join('\n')

const password = 'p@ss w0rd/+"x"'
const pem = '-----BEGIN KEY-----\nMIIEowIBAAKCAQEA\nq7L+xyz/0123AbC=\n-----END KEY-----\n'
const json = '{\n  "user": "deploy",\n  "token": "t0k3n-abcdef"\n}\n'
const long = 'The quick brown fox jumps over the lazy dog, and then it comes back to do it all again: 0123456789'

const plain: Case[] = [
  ['alone', ['hunter2'], 'hunter2', '***'],
  ['inside a line', ['hunter2'], 'password=hunter2;', 'password=***;'],
  ['at the start', ['hunter2'], 'hunter2 is it', '*** is it'],
  ['at the end', ['hunter2'], 'it is hunter2', 'it is ***'],
  ['inside a word', ['hunter2'], 'xhunter23', 'x***3'],
  ['twice', ['hunter2'], 'hunter2 hunter2', '*** ***'],
  ['twice side by side', ['hunter2'], 'hunter2hunter2', '******'],
  ['in another case it is another word', ['hunter2'], 'Hunter2 HUNTER2', 'Hunter2 HUNTER2'],
  ['only its beginning', ['hunter2'], 'hunter', 'hunter'],
  ['only its end', ['hunter2'], 'unter2', 'unter2'],
  ['its beginning, then itself', ['hunter2'], 'hunthunter2', 'hunt***'],
  ['nothing', ['hunter2'], '', ''],
  ['no secrets', [], 'hunter2', 'hunter2'],
  ['an empty secret', [''], 'hunter2', 'hunter2'],
  ['a secret of blanks', ['      '], 'a      b', 'a      b'],
  ['three bytes are not masked', ['abc'], 'abc abcabc', 'abc abcabc'],
  ['four bytes are', ['abcd'], 'abc abcd', 'abc ***'],
  ['two letters of two bytes each', ['éé'], 'xééx', 'x***x'],
  ['other letters', ['пароль'], 'это пароль.', 'это ***.'],
  ['an emoji', ['🔑🔑'], '<🔑🔑>', '<***>'],
  ['stars stay stars', ['hunter2'], '*** hunter2 ***', '*** *** ***'],
  ['CRLF around it', ['hunter2'], 'a\r\nhunter2\r\nb', 'a\r\n***\r\nb'],
  ['NUL around it', ['hunter2'], '\0hunter2\0', '\0***\0'],
  ['colours around it', ['hunter2'], '\x1b[31mhunter2\x1b[0m', '\x1b[31m***\x1b[0m'],
  ['a value with a line feed at its end', ['hunter2\n'], 'a hunter2 b hunter2\nc', 'a *** b ***\nc'],
  ['a value with blanks around it', ['  hunter2\t'], 'x hunter2 y  hunter2\tz', 'x *** y  ***\tz'],
  ['a regular expression', ['a.*b+(c)'], 'axxb a.*b+(c)', 'axxb ***'],
  ['a replacement pattern', ['$&$1$$'], 'x$&$1$$x', 'x***x'],
]

const overlaps: Case[] = [
  ['aaab after a (gitlab-runner d79f3e7b)', ['aaab'], 'aaaab', 'a***'],
  ['aaab after many a', ['aaab'], 'aaaaaaaaab', 'aaaaaa***'],
  ['ababac after ab', ['ababac'], 'abababac', 'ab***'],
  ['abcabd inside abcabcabd', ['abcabd'], 'abcabcabd', 'abc***'],
  ['a PEM header after one more dash', ['-----BEGIN X-----'], '------BEGIN X-----', '-***'],
  ['a run longer than the secret', ['aaaa'], 'aaaaaaa', '***'],
  ['one secret the beginning of another', ['secret', 'secret-long'], 'secret-long secret-lo', '*** ***-lo'],
  ['one secret the end of another', ['secret', 'my-secret'], 'my-secret a-secret', '*** a-***'],
  ['one secret in the middle of another', ['cret', 'my-secrets'], 'my-secrets cret my-secret', '*** *** my-se***'],
  ['the longer fails late, the shorter is inside', ['abcdefgh', 'cdef'], 'abcdefgX', 'ab***gX'],
  ['two that overlap', ['abcdef', 'defghi'], 'abcdefghi', '***'],
  ['three that overlap in a chain', ['abcd', 'cdef', 'efgh'], 'xabcdefghx', 'x***x'],
  ['the first of two that overlap is not there', ['abcdef', 'defghi'], 'bcdefghi', 'bc***'],
  ['two that touch', ['abcd', 'efgh'], 'abcdefgh', '******'],
  ['the same secret twice', ['hunter2', 'hunter2'], 'hunter2', '***'],
  ['a secret made of another twice', ['abab', 'abababab'], 'ababab abababab', '*** ***'],
  ['many lengths of one letter', ['aaaa', 'aaaaaa', 'aaaaaaaa'], 'baaaaaaab', 'b***b'],
  ['a failed long match goes on in another secret', ['abcxyz1', 'bcxyw'], 'abcxyw', 'a***'],
]

const lines: Case[] = [
  ['a multi-line value whole', [pem], `key:\n${pem}done`, 'key:\n***\ndone'],
  ['a line of it', [pem], 'got MIIEowIBAAKCAQEA!', 'got ***!'],
  ['its lines, indented', [pem], '  MIIEowIBAAKCAQEA\n  q7L+xyz/0123AbC=\n', '  ***\n  ***\n'],
  ['its lines with CRLF', [pem], 'MIIEowIBAAKCAQEA\r\nq7L+xyz/0123AbC=\r\n', '***\r\n***\r\n'],
  ['its header', [pem], '-----BEGIN KEY-----', '***'],
  ['a line of it as base64', [pem], base64('q7L+xyz/0123AbC='), '***'],
  ['a value with CRLF printed with LF', ['first-line\r\nsecond-line'], 'first-line\nsecond-line', '***\n***'],
  ['a JSON value pretty-printed otherwise', [json], '{"a":1,"token": "t0k3n-abcdef"}', '{"a":1,***}'],
  ['braces of a JSON value are no secret', [json], 'if (x) {\n}\n', 'if (x) {\n}\n'],
  ['short lines are no secret', ['ab\ncd\nlonger'], 'ab cd longer', 'ab cd ***'],
  ['blank lines are no secret', ['abcd\n\n\nefgh'], '\n\nefgh', '\n\n***'],
  ['whole with other text on its last line', ['line one\nline two'], 'line one\nline twox', '***x'],
]

const encoded: Case[] = [
  ['base64', [password], base64(password), '***'],
  ['base64 with a line feed (echo | base64)', [password], base64(`${password}\n`), '***'],
  ['base64 without padding', [password], base64(password).replaceAll('=', ''), '***'],
  ['base64 after one byte', ['0123456789ab'], base64('x0123456789ab'), 'eD***'],
  ['base64 after two bytes', ['0123456789ab'], base64('xy0123456789ab'), 'eHk***'],
  ['base64 of user:password', ['s3cr3t-pw'], base64('user:s3cr3t-pw'), 'dXNlcjp***'],
  ['base64 in the middle of data', ['0123456789ab'], base64('xyz0123456789abXYZ'), 'eHl6***WFla'],
  ['base64 between its neighbours, 1', ['0123456789a'], base64('x0123456789aX'), 'eD***WA=='],
  ['base64url', ['>>>???>>>???'], base64url('>>>???>>>???'), '***'],
  ['base64 with + and /', ['>>>???>>>???'], base64('>>>???>>>???'), '***'],
  ['base64url after one byte', ['>>>???>>>???'], base64url('x>>>???>>>???'), 'eD***'],
  [
    'base64 in a header',
    ['s3cr3t-pw'],
    `Authorization: Basic ${base64('u:s3cr3t-pw')}\n`,
    'Authorization: Basic dTp***\n',
  ],
  ['base64 of four bytes', ['abcd'], `<${base64('abcd')}>`, '<***>'],
  ['base64 in lines of 76', [long], wrap(base64(long), 76), '***'],
  ['base64 in lines of 64', [long], wrap(base64(long), 64), '***'],
  ['base64 in indented lines of 76', [long], `  ${base64(long).slice(0, 76)}\n`, '  ***\n'],
  ['hex', [password], hex(password), '***'],
  ['hex in capitals', [password], hex(password).toUpperCase(), '***'],
  ['hex inside more hex', ['hunter2'], hex('a-hunter2-b'), '612d***2d62'],
  ['encodeURIComponent', [password], encodeURIComponent(password), '***'],
  ['encodeURIComponent in small letters', ['a/b+c=d&e'], 'a%2fb%2bc%3dd%26e', '***'],
  ['encodeURI', [password], encodeURI(password), '***'],
  ['a form', [password], new URLSearchParams({ p: password }).toString(), 'p=***'],
  ["Python's quote", ['a/b c?d'], 'a/b%20c%3Fd', '***'],
  ["Go's QueryEscape", ["it's a (b)!"], 'it%27s+a+%28b%29%21', '***'],
  ['percent-encoded letters', ['naïve-é'], encodeURIComponent('naïve-é'), '***'],
  ['a password in a URL', ['p@ss:w0rd'], 'https://u:p%40ss%3Aw0rd@example.com/x', 'https://u:***@example.com/x'],
]

const escaped: Case[] = [
  ['JSON', ['say "hi"\\now'], JSON.stringify({ a: 'say "hi"\\now' }), '{"a":"***"}'],
  ['JSON of many lines', [pem], JSON.stringify({ key: pem }), '{"key":"***\\n***\\n***\\n***\\n"}'],
  ['JSON of many lines, one of them short', ['first line\nab\nlast line'], '"first line\\nab\\nlast line"', '"***"'],
  ['JSON in JSON', ['say "hi"'], JSON.stringify(JSON.stringify('say "hi"')), '"\\"***\\""'],
  ["Go's JSON", ['a<b>&c'], '"a\\u003cb\\u003e\\u0026c"', '"***"'],
  ["Rails' JSON", ['a<b>&j'], '"a\\u003Cb\\u003E\\u0026j"', '"***"'],
  [".NET's JSON", ['it\'s+a<"b"'], '"it\\u0027s\\u002Ba\\u003C\\u0022b\\u0022"', '"***"'],
  ["PHP's JSON", ['a/b/c/d'], '"a\\/b\\/c\\/d"', '"***"'],
  ["Python's JSON", ['pässwörd "x"'], '"p\\u00e4ssw\\u00f6rd \\"x\\""', '"***"'],
  ["Python's JSON of an emoji", ['key🔑key'], '"key\\ud83d\\udd11key"', '"***"'],
  ['a tab in JSON', ['a\tb\u0001c'], '"a\\tb\\u0001c"', '"***"'],
  ['XML', ['a<b>&"c"'], '<v>a&lt;b&gt;&amp;&quot;c&quot;</v>', '<v>***</v>'],
  ['XML text, quotes as they are', ['a<b>&"c"'], '<v>a&lt;b&gt;&amp;"c"</v>', '<v>***</v>'],
  ['XML with apostrophes', ["it's <x>"], 'it&apos;s &lt;x&gt;', '***'],
  ["Python's HTML", ["it's <x>"], 'it&#x27;s &lt;x&gt;', '***'],
  ["Go's HTML", ['it\'s "x"'], 'it&#39;s &#34;x&#34;', '***'],
  ["PHP's HTML", ["it's &"], 'it&#039;s &amp;', '***'],
  ["Go's XML of lines", ['one line\nand two'], 'one line&#xA;and two', '***&#xA;***'],
]

const quoted: Case[] = [
  ['single quotes of bash', ["it's me"], "+ echo 'it'\\''s me'", "+ echo '***'"],
  ['single quotes of dash', ["it's me"], `+ echo 'it'"'"'s me'`, "+ echo '***'"],
  ['double quotes', ['a"b$c`d\\e'], '"a\\"b\\$c\\`d\\\\e"', '"***"'],
  ['double quotes only', ['say "hi"$'], '"say \\"hi\\"$"', '"***"'],
  ['printf %q', ['a b$c&d;e'], 'a\\ b\\$c\\&d\\;e', '***'],
  ['printf %q of brackets', ['f(x)[1]{2}'], 'f\\(x\\)\\[1\\]\\{2\\}', '***'],
  ['$-quotes of bash', ["two\nlines's"], "$'two\\nlines\\'s'", "$'***'"],
  ['make and compose', ['pa$$word$'], 'pa$$$$word$$', '***'],
  ['set -x of a plain word', ['hunter2'], '+ curl -u me:hunter2 host', '+ curl -u me:*** host'],
]

const all = [...plain, ...overlaps, ...lines, ...encoded, ...escaped, ...quoted]

describe('masking', () => {
  it('has its hundred cases, none twice', () => {
    expect(new Set(all.map(([name]) => name)).size).toBe(all.length)
    expect(all.length).toBeGreaterThanOrEqual(100)
  })

  it.each(all)('%s', (...[, secrets, text, want]) => {
    for (const size of [1_000_000, 1, 2, 3, 7]) expect(maskInPieces(secrets, text, () => size)).toBe(want)
    for (let seed = 1; seed <= 20; seed++) expect(maskInPieces(secrets, text, toSizes(seed))).toBe(want)
  })
})

function maskInPieces(secrets: readonly string[], text: string, nextSize: () => number): string {
  const masker = createMasker(secrets.map((value) => ({ name: 's', value: Buffer.from(value) })))
  const bytes = Buffer.from(text)
  const parts: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const size = nextSize()
    parts.push(Buffer.from(masker.push(bytes.subarray(at, at + size))))
    at += size
  }
  return Buffer.concat([...parts, masker.end()]).toString()
}

/** Sizes of 1 to 12 that look random and are the same in every run. */
function toSizes(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return 1 + (Math.floor(state / 65536) % 12)
  }
}
