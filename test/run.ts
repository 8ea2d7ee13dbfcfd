import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepareCluster } from './helpers/prepare-cluster.ts'

const root = join(import.meta.dirname, '..')
/** The last needs real Argo CD and Flux, whose first build takes ten minutes: it runs when it is named. */
const parts = ['unit', 'integration', 'e2e', 'gitops'] as const
type Part = (typeof parts)[number]

interface Totals {
  readonly passed: number
  readonly failed: number
}

interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numFailedTestSuites: number
}

function runPart(part: Part, files: readonly string[], env: NodeJS.ProcessEnv): Totals {
  const report = join(mkdtempSync(join(tmpdir(), 'c8s-test-')), 'report.json')
  // The unit tests are two projects.
  const args = [
    'run',
    '--project',
    part === 'unit' ? 'unit*' : part,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]
  const path = `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`
  const result = spawnSync(join(root, 'node_modules/.bin/vitest'), [...args, ...files], {
    cwd: root,
    env: { ...process.env, ...env, PATH: path },
    stdio: 'inherit',
  })
  const totals = JSON.parse(readFileSync(report, 'utf8')) as VitestReport
  // A file that cannot even be loaded counts as a failure, and so does a runner that ends badly.
  const broken = totals.numFailedTests === 0 && (totals.numFailedTestSuites > 0 || result.status !== 0) ? 1 : 0
  return { passed: totals.numPassedTests, failed: totals.numFailedTests + broken }
}

const [wanted, ...files] = process.argv.slice(2)
const chosen = parts.filter((part) => (wanted === undefined ? part !== 'gitops' : part === wanted))
if (chosen.length === 0) throw new Error(`no such part of the tests: ${wanted}; there are ${parts.join(', ')}`)

const totals: Totals[] = []
for (const part of chosen) {
  const cluster = part === 'unit' ? undefined : await prepareCluster(part)
  totals.push(runPart(part, files, cluster?.env ?? {}))
  await cluster?.stop()
  if (totals.some(({ failed }) => failed > 0)) break
}
const sum = (pick: (total: Totals) => number) => totals.reduce((all, total) => all + pick(total), 0)
console.log(`${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed)} failed`)
process.exitCode = sum(({ failed }) => failed) > 0 ? 1 : 0
