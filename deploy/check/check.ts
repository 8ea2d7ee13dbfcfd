import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const root = join(import.meta.dirname, '../..')
const bin = (name: string) => join(root, 'node_modules/.bin', name)

interface Gate {
  readonly name: string
  readonly command: readonly [string, ...string[]]
}

/** CI runs the tests by themselves right after: twice would be minutes for nothing. */
const { values } = parseArgs({ options: { 'without-tests': { type: 'boolean', default: false } } })

const tests: Gate = {
  name: 'layers, shape and unit tests',
  command: [bin('vitest'), 'run', '--project', 'unit*', '--reporter=dot'],
}

/** Groups run one after another, the gates of a group side by side: two cores are what a small machine has. */
const groups: readonly (readonly Gate[])[] = [
  [
    { name: 'types', command: [bin('tsc'), '-p', '.'] },
    { name: 'format', command: [bin('biome'), 'ci', '--error-on-warnings', '.'] },
  ],
  [
    { name: 'lint', command: [bin('oxlint'), '--type-aware', '--deny-warnings'] },
    { name: 'dead code', command: [bin('knip'), '--no-progress', '--treat-config-hints-as-errors'] },
  ],
  [{ name: 'generated files', command: [process.execPath, 'deploy/generate/generate.ts', '--check'] }],
  ...(values['without-tests'] ? [] : [[tests]]),
]

interface Outcome {
  readonly gate: Gate
  readonly code: number
  readonly seconds: number
  readonly output: string
}

function runGate(gate: Gate): Promise<Outcome> {
  const started = performance.now()
  const [program, ...args] = gate.command
  // The pinned Node comes first, so that tools with a #!node line run on it too.
  const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` }
  const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      const seconds = (performance.now() - started) / 1000
      resolve({ gate, code: code ?? 1, seconds, output: Buffer.concat(chunks).toString('utf8') })
    })
  })
}

const outcomes: Outcome[] = []
for (const group of groups) {
  for (const outcome of await Promise.all(group.map(runGate))) {
    outcomes.push(outcome)
    const verdict = outcome.code === 0 ? 'ok    ' : 'FAILED'
    console.log(`${verdict} ${outcome.gate.name} (${outcome.seconds.toFixed(1)} s)`)
    if (outcome.code !== 0) console.log(outcome.output)
  }
}
const failed = outcomes.filter(({ code }) => code !== 0)
if (failed.length > 0) console.log(`check failed: ${failed.map(({ gate }) => gate.name).join(', ')}`)
process.exitCode = failed.length > 0 ? 1 : 0
