import {
  config,
  configWithStep,
  connection,
  event,
  type GoodManifest,
  inlineRun,
  pipeline,
  pullRequestRun,
  rejectedRun,
  renderManifest,
  run,
  step,
} from './manifest.ts'

const chain = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    step({ name: `s${index}`, dependsOn: index === 0 ? [] : [`s${index - 1}`] }),
  )
const diamond = (width: number) => {
  const middle = Array.from({ length: width }, (_, index) => `m${index}`)
  return [
    step({ name: 'top' }),
    ...middle.map((name) => step({ name, dependsOn: ['top'] })),
    step({ name: 'bottom', dependsOn: middle }),
  ]
}

const rows: readonly (readonly [name: string, text: string])[] = [
  ['the smallest config', config({})],
  ['a repository over ssh', config({ repository: 'ssh://git@git.example:2222/org/app.git' })],
  ['a repository over git', config({ repository: 'git://git.example/app' })],
  ['a repository in the cluster', config({ repository: 'http://git.ci.svc.cluster.local:3000/org/app.git' })],
  ['a repository at an IPv6 address', config({ repository: 'https://[2001:db8::1]:8443/app' })],
  ['a repository whose path has an at sign and a tilde', config({ repository: 'https://git.example/~me/a@b' })],
  ['branches of all forms', config({ branches: ['main', 'feature/*', 'release-**', '**', 'v?.x', '日本'] })],
  ['no branches', config({ branches: [] })],
  ['a diamond', config({ steps: diamond(2) })],
  ['a chain of 1,000 steps', config({ steps: chain(1000) })],
  ['a diamond of 998', config({ steps: diamond(998) })],
  [
    'steps listed before what they need',
    config({ steps: [step({ name: 'b', dependsOn: ['a'] }), step({ name: 'a' })] }),
  ],
  ['steps named like methods', config({ steps: [step({ name: 'constructor' }), step({ name: 'tostring' })] })],
  ['a step name of 63 characters', configWithStep({ name: 'a'.repeat(63) })],
  ['a need named twice', config({ steps: [step({ name: 'a' }), step({ name: 'b', dependsOn: ['a', 'a'] })] })],
  ['final steps', config({ finally: [step({ name: 'notify' }), step({ name: 'clean-up', clone: false })] })],
  [
    'an image with a port, path, tag and digest',
    configWithStep({ image: `registry.example:5000/a/b_c/d--e:v1.2-rc.1@sha256:${'0'.repeat(64)}` }),
  ],
  ['an image by one word', configWithStep({ image: 'busybox' })],
  [
    'quantities of all forms',
    configWithStep({ resources: { cpu: '0.5', memory: '512Mi', cpuLimit: '1e1', memoryLimit: '1.5Gi' } }),
  ],
  ['a lone limit below the default request', configWithStep({ resources: { cpuLimit: '100m', memoryLimit: '64Mi' } })],
  ['memory in powers of ten', configWithStep({ resources: { memory: '2G' } })],
  ['durations of all forms', config({ timeout: '1h30m', steps: [step({ timeout: '90s' })] })],
  ['a timeout of seven days', config({ timeout: '168h' })],
  [
    'commands of several lines and any characters',
    configWithStep({ commands: ['set -x\ncat <<E\n$A\nE', 'echo "ünï ✓ \t"'] }),
  ],
  ['commands of almost 96 KiB', configWithStep({ commands: Array.from({ length: 3 }, () => 'x'.repeat(32_000)) })],
  ['an empty value', configWithStep({ env: [{ name: 'EMPTY', value: '' }] })],
  ['a variable that c8s also gives', configWithStep({ env: [{ name: 'BRANCH', value: 'x' }] })],
  [
    'secrets as variable, as file and as both',
    configWithStep({
      secrets: [
        { secretRef: 'a', key: 'TOKEN' },
        { secretRef: 'a', key: 'config.json', file: 'config.json' },
        { secretRef: 'b.c', key: 'key', envVar: 'KEY', file: '.netrc' },
        { secretRef: 'registry', key: '.dockerconfigjson', envVar: 'DOCKER_CONFIG' },
      ],
    }),
  ],
  ['conditions', configWithStep({ conditional: { branch: 'release/**', onSuccess: false } })],
  ['artifacts', configWithStep({ artifacts: ['app', 'dist/**/*'] })],
  [
    'a matrix in a config',
    config({ matrix: { dimensions: { go: ['1.21', '1.22'], os: ['a'] }, exclude: [{ go: '1.21' }] } }),
  ],
  ['the whole history with submodules', config({ clone: { depth: 0, submodules: true } })],
  ['a user', configWithStep({ runAsUser: 0 })],
  ['a run of a config', run({})],
  ['a run with branch and tag', run({ branch: 'feature/login', tag: 'v1.0.0' })],
  ['a run of a SHA-256 commit', run({ commit: 'a'.repeat(64) })],
  ['a run that is cancelled from the start', run({ cancel: true })],
  ['a run that carries its pipeline', inlineRun({})],
  ['a run that names who asked', run({ triggeredBy: 'user@example.com', triggeredAt: '2025-10-12T10:30:00Z' })],
  [
    'a run with a name of 253 characters',
    renderManifest('PipelineRun', { pipelineConfigRef: 'a', commit: 'abc1234' }, 'r'.repeat(253)),
  ],
  ['a run made from a push', run({ event: event({ before: 'c'.repeat(40), title: 'Fix it' }), branch: 'main' })],
  ['a run of a pull request of the repository itself', pullRequestRun({}, { branch: 'feature' })],
  [
    'a run of a fork',
    pullRequestRun({ fork: true, ref: 'refs/pull/7/head', headRepository: 'https://git.example/eve/app' }),
  ],
  [
    'a run of a fork that was approved before',
    pullRequestRun(
      { fork: true },
      { commit: 'a'.repeat(40), approvedCommit: 'a'.repeat(40), approvedBy: 'github:ann' },
    ),
  ],
  ['a run that only tells why nothing can run', rejectedRun()],
  [
    'triggers of all kinds',
    config({
      triggers: {
        push: {
          branches: ['main', 'release/*'],
          paths: ['src/**'],
          ignorePaths: ['[docs]/*'],
          cancelWhenDeleted: true,
        },
        tag: { tags: ['v*'] },
        pullRequest: { branches: ['main'] },
        schedules: [
          { cron: '30 4 * * 1-5', timeZone: 'Europe/Berlin', branch: 'main' },
          { cron: '*/15 0-6,22 1,15 JAN-MAR MON' },
          { cron: '0 0 29 2 *', timeZone: 'UTC' },
          { cron: '@daily' },
        ],
        ignoreSkipMarks: true,
      },
    }),
  ],
  ['no triggers at all', config({ triggers: {} })],
  ['a concurrency group', config({ concurrency: { group: '{pipeline} {branch}/{event}', cancelInProgress: true } })],
  ['a concurrency group by default', config({ concurrency: {} })],
  ['a concurrency group of a run', inlineRun({ concurrency: { group: 'deploy' } })],
  ['a connection that polls seldom', connection({ pollInterval: '10s', apiURL: 'https://git.example/api/v3' })],
  ['a connection that never polls', connection({ pollInterval: '0s', pullRequestComments: true })],
  ['a config with dots in its name', renderManifest('PipelineConfig', pipeline(), 'a.b-c.d')],
  ['a connection', connection()],
  [
    'a connection with everything',
    connection({ provider: 'gitea', webhookSecretRef: 'hook', authSecretRef: 'token', pipelineConfigRef: 'app' }),
  ],
]

/** Each must be accepted by schema, webhook and CLI alike. */
export const goodManifests: readonly GoodManifest[] = rows.map(([name, text]) => ({ name, text }))
