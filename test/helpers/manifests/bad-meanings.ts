import { type BadManifest, config, configWithStep, connection, inlineRun, run, step } from './manifest.ts'

type Row = readonly [name: string, text: string, path: string, code?: BadManifest['code']]

const chain = (needs: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(needs).map(([name, dependsOn]) => step({ name, dependsOn }))
const secret = (changes: object) => ({ secretRef: 's', key: 'TOKEN', ...changes })
const kib = (count: number) => 'x'.repeat(count * 1024)

/** What only the webhook can see: rules across fields, and forms finer than a pattern. */
const rows: readonly Row[] = [
  ['a password in a URL', config({ repository: 'https://user:hunter2@git.example/app' }), 'spec.repository'],
  ['a token in a URL', config({ repository: 'https://ghp_0123456789@git.example/app' }), 'spec.repository'],
  ['a token in a query', config({ repository: 'https://git.example/app?token=hunter2' }), 'spec.repository'],
  ['an encoded line break in a URL', config({ repository: 'https://git.example/%0aapp' }), 'spec.repository'],
  ['an option as a path', config({ repository: 'ssh://git.example/--upload-pack=x' }), 'spec.repository'],
  ['an illegal port', config({ repository: 'https://git.example:99999/app' }), 'spec.repository'],
  ['a host with an underscore first', config({ repository: 'https://_x/app' }), 'spec.repository'],
  ['a space that is none of ASCII', config({ repository: 'https://git.example/a\u00a0b' }), 'spec.repository'],
  [
    'a cycle of two',
    config({ steps: chain({ test: ['build'], build: ['test'] }) }),
    'spec.steps[0].dependsOn[0]',
    'Cycle',
  ],
  [
    'a cycle of four behind a sound step',
    config({ steps: chain({ a: [], b: ['a', 'e'], c: ['b'], d: ['c'], e: ['d'] }) }),
    'spec.steps[1].dependsOn[1]',
    'Cycle',
  ],
  ['a step that depends on itself', config({ steps: chain({ a: ['a'] }) }), 'spec.steps[0].dependsOn[0]', 'Cycle'],
  [
    'an unknown need',
    config({ steps: chain({ test: [], build: ['tset'] }) }),
    'spec.steps[1].dependsOn[0]',
    'UnknownStep',
  ],
  [
    'a need named like a method',
    config({ steps: chain({ a: ['constructor'] }) }),
    'spec.steps[0].dependsOn[0]',
    'UnknownStep',
  ],
  [
    'a need for a final step',
    config({ steps: chain({ a: ['notify'] }), finally: [step({ name: 'notify' })] }),
    'spec.steps[0].dependsOn[0]',
  ],
  [
    'a final step with needs',
    config({ finally: [step({ name: 'notify', dependsOn: ['test'] })] }),
    'spec.finally[0].dependsOn',
  ],
  [
    'a final step named like a step',
    config({ finally: [step({ name: 'test' })] }),
    'spec.finally[0].name',
    'Duplicate',
  ],
  ['an image in upper case', configWithStep({ image: 'Golang:1.21' }), 'spec.steps[0].image'],
  ['an image with two tags', configWithStep({ image: 'golang:1.21:2' }), 'spec.steps[0].image'],
  ['an image that is a URL', configWithStep({ image: 'https://registry.example/app' }), 'spec.steps[0].image'],
  ['an image that ends with a slash', configWithStep({ image: 'registry.example/' }), 'spec.steps[0].image'],
  [
    'commands of 97 KiB',
    configWithStep({ commands: [kib(31), kib(31), kib(31), kib(4)] }),
    'spec.steps[0].commands',
    'TooLarge',
  ],
  [
    'commands of 97 KiB in UTF-8',
    configWithStep({ commands: ['я'.repeat(31 * 1024), 'я'.repeat(18 * 1024)] }),
    'spec.steps[0].commands',
    'TooLarge',
  ],
  [
    'commands whose dollars are doubled',
    configWithStep({ commands: Array.from({ length: 2 }, () => '$'.repeat(25 * 1024)) }),
    'spec.steps[0].commands',
    'TooLarge',
  ],
  [
    'a variable of 128 KiB in UTF-8',
    configWithStep({ env: [{ name: 'A', value: '😀'.repeat(32_768) }] }),
    'spec.steps[0].env[0].value',
    'TooLarge',
  ],
  [
    'a pipeline of 500 KiB',
    config({
      steps: Array.from({ length: 10 }, (_, index) => step({ name: `s${index}`, commands: [kib(25), kib(25)] })),
    }),
    'spec',
    'TooLarge',
  ],
  ['a NUL in a command', configWithStep({ commands: ['a\0b'] }), 'spec.steps[0].commands[0]'],
  ['a NUL in a variable', configWithStep({ env: [{ name: 'A', value: '\0' }] }), 'spec.steps[0].env[0].value'],
  [
    'a variable of c8s',
    configWithStep({ env: [{ name: 'C8S_RUN', value: 'x' }] }),
    'spec.steps[0].env[0].name',
    'Reserved',
  ],
  [
    'a secret as a variable of c8s',
    configWithStep({ secrets: [secret({ envVar: 'C8S' })] }),
    'spec.steps[0].secrets[0].envVar',
    'Reserved',
  ],
  [
    'a variable and a secret of one name',
    configWithStep({ env: [{ name: 'TOKEN', value: 'x' }], secrets: [secret({})] }),
    'spec.steps[0].secrets[0].key',
    'Duplicate',
  ],
  [
    'two secrets as one variable',
    configWithStep({ secrets: [secret({ envVar: 'A' }), secret({ secretRef: 't', envVar: 'A' })] }),
    'spec.steps[0].secrets[1].envVar',
    'Duplicate',
  ],
  [
    'two secrets as one file',
    configWithStep({ secrets: [secret({ file: 'a' }), secret({ secretRef: 't', file: 'a' })] }),
    'spec.steps[0].secrets[1].file',
    'Duplicate',
  ],
  [
    'a key that can be no variable',
    configWithStep({ secrets: [secret({ key: 'config.json' })] }),
    'spec.steps[0].secrets[0].key',
  ],
  [
    'a cpu limit below the request',
    configWithStep({ resources: { cpu: '2', cpuLimit: '1500m' } }),
    'spec.steps[0].resources.cpuLimit',
  ],
  [
    'a memory limit below the request',
    configWithStep({ resources: { memory: '1Gi', memoryLimit: '1G' } }),
    'spec.steps[0].resources.memoryLimit',
  ],
  ['no cpu at all', configWithStep({ resources: { cpu: '0' } }), 'spec.steps[0].resources.cpu'],
  ['thousandths of a byte', configWithStep({ resources: { memory: '512m' } }), 'spec.steps[0].resources.memory'],
  [
    'memory for no container',
    configWithStep({ resources: { memoryLimit: '1Mi' } }),
    'spec.steps[0].resources.memoryLimit',
  ],
  ['no time at all', configWithStep({ timeout: '0s' }), 'spec.steps[0].timeout'],
  ['eight days for a step', configWithStep({ timeout: '192h' }), 'spec.steps[0].timeout', 'TooLarge'],
  ['eight days for a run', config({ timeout: '192h' }), 'spec.timeout', 'TooLarge'],
  [
    'no time for a final step',
    config({ finally: [step({ name: 'notify', timeout: '0m' })] }),
    'spec.finally[0].timeout',
  ],
  ['a branch glob with brackets', config({ branches: ['release-[12]'] }), 'spec.branches[0]'],
  ['a branch glob with braces', config({ branches: ['{main,develop}'] }), 'spec.branches[0]'],
  ['a branch glob that is a full ref', config({ branches: ['refs/heads/main'] }), 'spec.branches[0]'],
  [
    'a branch condition with a caret',
    configWithStep({ conditional: { branch: 'a^' } }),
    'spec.steps[0].conditional.branch',
  ],
  ['an empty matrix', config({ matrix: {} }), 'spec.matrix.dimensions', 'Required'],
  [
    'a matrix of 512',
    config({ matrix: { dimensions: Object.fromEntries([...'abcdefghi'].map((name) => [name, ['0', '1']])) } }),
    'spec.matrix.dimensions',
    'TooLarge',
  ],
  [
    'a matrix that excludes an unknown dimension',
    config({ matrix: { dimensions: { go: ['1'] }, exclude: [{ os: 'a' }] } }),
    'spec.matrix.exclude[0].os',
  ],
  [
    'a matrix that excludes an unknown value',
    config({ matrix: { dimensions: { go: ['1'] }, exclude: [{ go: '2' }] } }),
    'spec.matrix.exclude[0].go',
  ],
  [
    'a run with a matrix',
    inlineRun({ matrix: { dimensions: { go: ['1.21', '1.22'] } } }),
    'spec.pipelineSpec.matrix',
    'Unsupported',
  ],
  ['a leg of a matrix', run({ matrixIndex: { go: '1.21' } }), 'spec.matrixIndex', 'Unsupported'],
  [
    'an inline cycle',
    inlineRun({ steps: chain({ a: ['b'], b: ['a'] }) }),
    'spec.pipelineSpec.steps[0].dependsOn[0]',
    'Cycle',
  ],
  ['a branch with two dots', run({ branch: 'a..b' }), 'spec.branch'],
  ['a branch that is a full ref', run({ branch: 'refs/heads/main' }), 'spec.branch'],
  ['a branch that ends with .lock', run({ branch: 'a.lock' }), 'spec.branch'],
  ['a branch with a hidden part', run({ branch: 'a/.b' }), 'spec.branch'],
  ['a tag that ends with a slash', run({ tag: 'v1/' }), 'spec.tag'],
  ['a branch that is an at sign', run({ branch: '@' }), 'spec.branch'],
  [
    'a connection with a credential in its URL',
    connection({ repository: 'https://x:y@git.example/app' }),
    'spec.repository',
  ],
]

export const badMeanings: readonly BadManifest[] = rows.map(([name, text, path, code = 'Invalid']) => ({
  name,
  text,
  path,
  code,
  refusedBy: 'webhook',
}))
