import { describe, expect, it } from 'vitest'
import type { CliContext, StreamMasker } from './command.ts'
import { runCli } from './main.ts'

/** Masks the word "secret" only where it is whole within a chunk; enough to see what the command does with a masker. */
function createPlainMasker(secrets: readonly { readonly name: string; readonly value: Uint8Array }[]): StreamMasker {
  const words = secrets.map(({ value }) => Buffer.from(value).toString())
  return {
    push: (chunk) =>
      Buffer.from(words.reduce((text, word) => text.replaceAll(word, '***'), Buffer.from(chunk).toString())),
    end: () => Buffer.from('(end)'),
    unmasked: secrets.filter(({ value }) => value.length < 4).map(({ name }) => name),
  }
}

interface Given {
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly input?: readonly string[]
}

async function runWith(args: readonly string[], { files = {}, input = [] }: Given = {}) {
  const written: string[] = []
  let said = ''
  const context: CliContext = {
    input: (async function* read() {
      for (const chunk of input) yield Buffer.from(chunk)
    })(),
    writeOutput: async (data) => void written.push(typeof data === 'string' ? data : Buffer.from(data).toString()),
    writeError: async (text) => {
      said += text
    },
    readFile: async (path) => {
      const content = files[path]
      if (content === undefined) throw Object.assign(new Error('none'), { code: 'ENOENT' })
      return Buffer.from(content)
    },
    createMasker: createPlainMasker,
    openCluster: () => Promise.reject(new Error('no cluster here')),
  }
  const code = await runCli(args, context)
  return { code, written, output: written.join(''), said }
}

const good = `apiVersion: c8s.dev/v1alpha1
kind: PipelineConfig
metadata:
  name: app
spec:
  repository: https://git.example/app
  steps:
    - name: test
      image: golang:1.21
      commands: [make]
`
const bad = good.replace(
  '      commands: [make]',
  '      commands: [make]\n      timeout: 5 minutes\n      dependsOn: [tset]',
)

describe('the command line', () => {
  it.each([
    ['nothing', [], 2, /name a command/],
    ['an unknown command', ['validat', 'x'], 2, /there is no command "validat" \(did you mean validate\?\)/],
    ['an unknown command far from any', ['frobnicate'], 2, /there is no command "frobnicate"\n/],
    ['an option for a command', ['--quiet'], 2, /there is no option "--quiet"/],
    [
      'an unknown option',
      ['validate', '--quite', 'x'],
      2,
      /there is no option --quite \(did you mean --quiet\?\)\nSee: c8s validate --help/,
    ],
    ['an option without its value', ['mask', '--secret-file'], 2, /argument missing/],
    ['no file', ['validate'], 2, /name at least one file/],
    ['no secret', ['mask'], 2, /name at least one --secret-file/],
    ['a file for mask', ['mask', '--secret-file', 'x', 'y'], 2, /standard input only/],
    ['a missing file', ['validate', 'missing.yaml'], 3, /missing\.yaml: there is no such file/],
  ] as const)('%s', async (...[, args, code, message]) => {
    const result = await runWith(args)
    expect(result.code).toBe(code)
    expect(result.said).toMatch(message)
    expect(result.output).toBe('')
  })

  it.each([['--help'], ['-h'], ['help'], ['validate', '--help'], ['help', 'mask'], ['mask', '-h']])(
    '%s %s',
    async (...args) => {
      const { code, output, said } = await runWith(args)
      expect({ code, said }).toEqual({ code: 0, said: '' })
      expect(output).toContain('Usage: c8s')
      expect(output.split('\n').filter((line) => line.length > 80)).toEqual([])
    },
  )
})

describe('c8s validate', () => {
  it('prints what the webhook would say, each with its line', async () => {
    const { code, output, said } = await runWith(['validate', 'a.yaml'], { files: { 'a.yaml': bad } })
    expect(output.split('\n')).toEqual([
      'a.yaml:11: PipelineConfig/app: spec.steps[0].timeout: Invalid: "5 minutes" is not a duration such as 90s or 1h30m',
      'a.yaml:12: PipelineConfig/app: spec.steps[0].dependsOn[0]: UnknownStep: there is no step "tset" (did you mean test?)',
      '',
    ])
    expect({ code, said }).toEqual({ code: 5, said: '' })
  })

  it.each([
    ['sound', good, 0, 'x.yaml:1: PipelineConfig/app is valid\n'],
    [
      'a warning is no error',
      `${good}  timeout: 10m\n`,
      0,
      /^x\.yaml:11: warning: PipelineConfig\/app: spec\.timeout: TimeoutTooShort: .*\nx\.yaml:1: PipelineConfig\/app is valid\n$/,
    ],
    [
      'another kind',
      'apiVersion: v1\nkind: Secret\nmetadata: {name: s}',
      0,
      'x.yaml:1: skipped: Secret/s is no kind of c8s\n',
    ],
    [
      'another PipelineRun',
      'apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: s}',
      0,
      'x.yaml:1: skipped: PipelineRun/s is no kind of c8s\n',
    ],
    [
      'a kind that c8s lacks',
      'apiVersion: c8s.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: s}',
      5,
      'x.yaml:1: Pipeline/s: kind: Invalid: is no kind of c8s\n',
    ],
    [
      'another version',
      good.replace('v1alpha1', 'v2'),
      5,
      'x.yaml:1: PipelineConfig/app: apiVersion: Invalid: must be c8s.dev/v1alpha1, not "c8s.dev/v2"\n',
    ],
    ['no manifest', '- a', 5, 'x.yaml:1: Malformed: a manifest must be a map of fields\n'],
    ['nothing at all', '# empty', 5, 'x.yaml:1: Malformed: the file holds nothing\n'],
    ['a broken file', 'a: [', 5, /^x\.yaml:1: Malformed: /],
    ['bytes that are no text', new Uint8Array([0xff, 0xfe]), 5, 'x.yaml:1: Malformed: the file is not UTF-8 text\n'],
    [
      'JSON',
      JSON.stringify({
        apiVersion: 'c8s.dev/v1alpha1',
        kind: 'PipelineRun',
        metadata: { name: 'r' },
        spec: { pipelineConfigRef: 'a', commit: 'x' },
      }),
      5,
      'x.yaml:1: PipelineRun/r: spec.commit: Invalid: "x" is not a commit: 7 to 64 lower-case hex digits\n',
    ],
    [
      'a commit that YAML reads as a number',
      'apiVersion: c8s.dev/v1alpha1\nkind: PipelineRun\nmetadata: {generateName: r-}\nspec:\n  pipelineConfigRef: a\n  commit: 1234567',
      5,
      'x.yaml:6: PipelineRun/r-*: spec.commit: Invalid: must be text, not the number 1234567 (put it in quotes)\n',
    ],
    [
      'a pipeline of a repository',
      'version: v1alpha1\nname: ci\nsteps: []',
      5,
      'x.yaml:3: pipeline/ci: steps: Invalid: must have at least 1 item\n',
    ],
  ] as const)('%s', async (...[, text, code, want]) => {
    const result = await runWith(['validate', 'x.yaml'], { files: { 'x.yaml': text } })
    if (typeof want === 'string') expect(result.output).toBe(want)
    else expect(result.output).toMatch(want)
    expect(result.code).toBe(code)
  })

  it('reads standard input, many documents and lists', async () => {
    const items = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ apiVersion: 'c8s.dev/v1alpha1', kind: 'PipelineConfig', metadata: { name: 'b' }, spec: {} }],
    })
    const { code, output } = await runWith(['validate', '-q', '-'], { input: [good, '---\n', items] })
    expect(output.split('\n')).toEqual([
      'stdin:12: PipelineConfig/b: spec.repository: Required: must be given (URL of the Git repository (http, https, git or ssh), without credentials)',
      'stdin:12: PipelineConfig/b: spec.steps: Required: must be given (The steps. Those whose needs are met run side by side)',
      '',
    ])
    expect(code).toBe(5)
  })

  it('takes .c8s.yaml for what it is, and but one pipeline in it', async () => {
    const files = {
      '.c8s.yaml': good,
      '.c8s/b.yaml': 'version: v1alpha1\nname: b\nsteps: [{name: a, image: b, commands: [c]}]\n---\na: 1',
    }
    const { code, output } = await runWith(['validate', '.c8s.yaml', '.c8s/b.yaml'], { files })
    expect(output).toContain('.c8s.yaml:1: pipeline: apiVersion: UnknownField: there is no such field')
    expect(output).toContain('.c8s/b.yaml:5: Malformed: a file of a repository holds one pipeline')
    expect(code).toBe(5)
  })

  it('goes on after a missing file, and invalid wins over missing', async () => {
    const { code, output } = await runWith(['validate', 'none.yaml', 'bad.yaml'], { files: { 'bad.yaml': bad } })
    expect(code).toBe(5)
    expect(output).toContain('bad.yaml:11')
  })
})

describe('c8s mask', () => {
  it('writes what the masker gives, as it comes', async () => {
    const files = { token: 'hunter2' }
    const { code, written, said } = await runWith(['mask', '--secret-file', 'token'], {
      files,
      input: ['a hunter2 b', ' c'],
    })
    expect({ code, written, said }).toEqual({ code: 0, written: ['a *** b', ' c', '(end)'], said: '' })
  })

  it('says which secrets are too short', async () => {
    const { said } = await runWith(['mask', '--secret-file=pin', '--secret-file=token'], {
      files: { pin: '123', token: 'hunter2' },
    })
    expect(said).toBe('c8s: pin: too short to be masked\n')
  })

  it('shows nothing where a secret cannot be read', async () => {
    const { code, output, said } = await runWith(['mask', '--secret-file', 'none'], { input: ['hunter2'] })
    expect({ code, output, said }).toEqual({ code: 3, output: '', said: 'c8s: none: there is no such file\n' })
  })
})
