import { createHash } from 'node:crypto'
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { type Folders, planFolders } from './folders.ts'
import { type GoModule, goModules, type ToolName } from './go-modules.ts'
import { withLock } from './lock.ts'
import { compilerPackages, installPackages } from './packages.ts'
import { createStderrProgress, type Progress } from './progress.ts'
import { runOrThrow, runToEnd } from './run.ts'

const TOOLS_FOLDER = join(import.meta.dirname, 'tools')

export interface ToolPlan {
  module: GoModule
  /** Cache folder of this exact version: its name is a hash of everything the binaries depend on. */
  folder: string
  names: readonly ToolName[]
}

/** Path of the tool's binary, built first when it is not in the cache. */
export async function ensureTool(name: ToolName, progress: Progress = createStderrProgress()): Promise<string> {
  return (await ensureTools([name], progress))[name] as string
}

/** Builds those of the named tools that are missing; answers each one's path. */
export async function ensureTools(names: readonly ToolName[], progress: Progress): Promise<Record<string, string>> {
  const folders = planFolders(process.env)
  const plans = planTools(names, folders, readModuleFiles)
  const missing = plans.flatMap((plan) => plan.names.map((name) => ({ plan, name }))).filter(isMissing)
  if (missing.length > 0) await buildAll(missing, folders, progress)
  return toPaths(plans)
}

/** Where the binaries are, or will be once they are built. */
export function planToolPaths(names: readonly ToolName[], folders: Folders): Record<string, string> {
  return toPaths(planTools(names, folders, readModuleFiles))
}

function toPaths(plans: readonly ToolPlan[]): Record<string, string> {
  return Object.fromEntries(plans.flatMap((plan) => plan.names.map((name) => [name, join(plan.folder, name)])))
}

/** Groups the wanted tools by module and says where each module's binaries belong. */
export function planTools(
  names: readonly ToolName[],
  folders: Folders,
  readModule: (module: GoModule) => string,
): ToolPlan[] {
  const plans: ToolPlan[] = []
  for (const module of goModules) {
    const wanted = names.filter((name) => name in module.packages)
    if (wanted.length === 0) continue
    const inputs = [module.name, readModule(module), ...listBuildInputs(module), process.platform, process.arch]
    const hash = createHash('sha256').update(inputs.join('\n')).digest('hex').slice(0, 16)
    plans.push({ module, folder: join(folders.cache, `${module.name}-${hash}`), names: wanted })
  }
  return plans
}

/** All that a module says of what a build of it makes. */
export function listBuildInputs({ ldflags, tags, cgo, files, otherFiles }: GoModule): string[] {
  const copied = files ? [files.module, ...files.globs] : []
  const others = otherFiles ? [otherFiles.module, otherFiles.version, otherFiles.sum, ...otherFiles.globs] : []
  return [...ldflags, ...renderTags(tags), ...(cgo ? ['cgo'] : []), ...copied, ...others]
}

const renderTags = (tags: readonly string[] = []): string[] => (tags.length > 0 ? ['-tags', tags.join(',')] : [])

export function readModuleFiles(module: GoModule): string {
  const folder = join(TOOLS_FOLDER, module.name)
  return `${readFileSync(join(folder, 'go.mod'), 'utf8')}\n${readFileSync(join(folder, 'go.sum'), 'utf8')}`
}

interface Missing {
  plan: ToolPlan
  name: ToolName
}

function isMissing({ plan, name }: Missing): boolean {
  return !existsSync(join(plan.folder, name))
}

async function buildAll(missing: readonly Missing[], folders: Folders, progress: Progress): Promise<void> {
  const go = await findGo()
  if (missing.some(({ plan }) => plan.module.cgo)) await installPackages(progress, compilerPackages)
  const waiting = (): void => progress.say('another session is building the same binaries; waiting for it')
  await withLock(join(folders.cache, 'build.lock'), waiting, async () => {
    for (const [index, one] of missing.entries()) {
      if (!isMissing(one)) continue
      await progress.during(renderBuildLine(missing, index), () => buildOne(go, one))
    }
  })
}

function renderBuildLine(missing: readonly Missing[], index: number): string {
  const { name, plan } = missing[index] as Missing
  const next = missing[index + 1]?.name
  const then = next === undefined ? 'this is the last one' : `next: ${next}`
  const once = ['once per version', plan.module.buildTime].filter(Boolean).join(', ')
  return `building ${name} (${index + 1} of ${missing.length}, ${once}; ${then})`
}

async function buildOne(go: string, { plan, name }: Missing): Promise<void> {
  const { module, folder } = plan
  mkdirSync(folder, { recursive: true })
  const unfinished = join(folder, `.${name}.${process.pid}`)
  const flags = ['-trimpath', '-buildvcs=false', ...renderTags(module.tags), '-ldflags', module.ldflags.join(' ')]
  const options = {
    cwd: join(TOOLS_FOLDER, module.name),
    env: { CGO_ENABLED: module.cgo ? '1' : '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' },
  }
  const result = await runToEnd(go, ['build', ...flags, '-o', unfinished, module.packages[name] as string], options)
  if (result.code !== 0) {
    rmSync(unfinished, { force: true })
    const tail = result.stderr.trim().split('\n').slice(-20).join('\n')
    throw new Error(`building ${name} failed; the module proxy must be reachable the first time. go said:\n${tail}`)
  }
  // Before the binary has its name, which says that all is there.
  await copyAllFiles(module, join(folder, 'files'), (...args) => runOrThrow(go, args, options))
  renameSync(unfinished, join(folder, name))
}

/** `ask` runs go with the arguments, and answers what it said. */
async function copyAllFiles(
  { files, otherFiles }: GoModule,
  to: string,
  ask: (...args: readonly string[]) => Promise<string>,
): Promise<void> {
  rmSync(to, { recursive: true, force: true })
  if (files) {
    const found = await ask('list', '-m', '-json', files.module)
    await copyModuleFiles((JSON.parse(found) as { Dir: string }).Dir, files.globs, to)
  }
  if (otherFiles) {
    const name = `${otherFiles.module}@${otherFiles.version}`
    const found = JSON.parse(await ask('mod', 'download', '-json', name)) as FoundModule
    if (found.Sum !== otherFiles.sum) throw new Error(`${name} has the sum ${found.Sum}, not ${otherFiles.sum}`)
    await copyModuleFiles(found.Dir, otherFiles.globs, to)
  }
}

interface FoundModule {
  readonly Dir: string
  readonly Sum: string
}

/** Go's cache is read-only, and so are copies of it, until they are made writable. */
async function copyModuleFiles(from: string, globs: readonly string[], to: string): Promise<void> {
  for (const path of globSync([...globs], { cwd: from })) cpSync(join(from, path), join(to, path), { recursive: true })
  await runOrThrow('chmod', ['-R', 'u+w', to])
}

async function findGo(): Promise<string> {
  for (const candidate of ['go', '/usr/local/go/bin/go']) {
    const result = await runToEnd(candidate, ['env', 'GOVERSION'])
    const minor = /^go1\.(\d+)/.exec(result.stdout.trim())?.[1]
    // From 1.21 on, go fetches by itself the newer toolchain that a go.mod asks for.
    if (result.code === 0 && Number(minor) >= 21) return candidate
  }
  throw new Error('Go 1.21 or newer is needed to build the local cluster: install it (https://go.dev/dl) and try again')
}
