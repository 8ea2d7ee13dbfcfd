/** Which folder may import from which; docs/architecture.md shows the same table. */
export interface Layer {
  readonly folder: string
  readonly level: number
  /** Folders besides its own; '*' for all. */
  readonly mayImport: readonly string[]
  /** Pure: no network, clock, environment, random or file system; time and ids are arguments. */
  readonly pure: boolean
}

const pure = (level: number, folder: string, ...mayImport: string[]): Layer => ({
  folder,
  level,
  mayImport,
  pure: true,
})
const shell = (level: number, folder: string, ...mayImport: string[]): Layer => ({
  folder,
  level,
  mayImport,
  pure: false,
})

export const layers: readonly Layer[] = [
  pure(0, 'src/lib'),
  pure(1, 'crds', 'src/lib'),
  pure(1, 'src/logs', 'src/lib'),
  pure(2, 'src/engine', 'src/lib', 'crds'),
  pure(2, 'src/vcs', 'src/lib', 'crds'),
  pure(2, 'src/importers', 'src/lib', 'crds'),
  pure(2, 'src/contract', 'src/lib', 'crds'),
  shell(2, 'src/git', 'src/lib', 'src/logs'),
  shell(2, 'src/kube', 'src/lib', 'crds'),
  shell(3, 'certs', 'src/lib', 'src/kube'),
  shell(3, 'webhooks', 'src/lib', 'crds', 'src/engine', 'src/kube'),
  shell(3, 'src/controller', 'src/lib', 'crds', 'src/engine', 'src/kube'),
  shell(3, 'src/agent', 'src/lib', 'src/logs', 'src/git'),
  shell(3, 'src/forge', 'src/lib', 'crds', 'src/engine', 'src/vcs', 'src/git', 'src/kube'),
  shell(4, 'src/receiver', 'src/lib', 'crds', 'src/engine', 'src/vcs', 'src/forge', 'src/kube'),
  shell(3, 'src/api', 'src/lib', 'crds', 'src/contract', 'src/logs', 'src/kube'),
  shell(3, 'src/cli', 'src/lib', 'crds', 'src/contract', 'src/importers', 'src/engine'),
  shell(3, 'src/ui', 'src/lib', 'crds', 'src/contract'),
  shell(5, 'src/bin', '*'),
  shell(6, 'deploy', '*'),
  shell(6, 'test', '*'),
]

/** Folders of other layers of which only types may be imported: the webhooks' decisions know no client. */
export const typeOnlyImports = [{ from: 'webhooks', to: 'src/kube' }] as const

/** node: modules without effects, open to pure layers. */
export const pureNodeModules = ['node:path', 'node:url', 'node:crypto', 'node:buffer'] as const

/** Packages that few folders import, so that they can be replaced in one place. */
export const soleImporters = [
  { package: 'typebox', folders: ['crds/schema.ts'] },
  { package: 'croner', folders: ['crds/rules/schedule.ts'] },
  { package: '@marcbachmann/cel-js', folders: ['crds/rules/expression.ts'] },
  { package: '@kubernetes/client-node', folders: ['src/kube/'] },
  { package: 'node-forge', folders: ['certs/'] },
  { package: 'express', folders: ['webhooks/', 'src/receiver/'] },
] as const
