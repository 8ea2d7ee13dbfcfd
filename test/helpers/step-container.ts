import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { buildSync } from 'esbuild'
import { ensureBusybox } from './busybox.ts'

const checkout = join(import.meta.dirname, '../..')

/** As the container of the shipper is started. */
const shipperFlags = ['--max-semi-space-size=1', '--max-old-space-size=48', '--single-threaded']

/** What is in the step's image: Debian with the given shell as /bin/sh, busybox alone, or one static program. */
export type Image = 'dash' | 'bash' | 'busybox' | 'scratch'

export interface StepRequest {
  readonly image?: Image
  readonly user?: number
  readonly env?: Readonly<Record<string, string>>
}

interface StartOptions {
  readonly env: NodeJS.ProcessEnv
  readonly isKept?: boolean
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** What the container itself wrote: nobody masks that. */
  readonly raw: string
}

/**
 * A step's pod on this machine without Kubernetes: folders, a process namespace of its own for the step, the shipper as a
 * process beside it. Needs root, as the local cluster does.
 */
export class StepPod {
  readonly root = mkdtempSync(join(tmpdir(), 'c8s-step-'))
  readonly tools = join(this.root, 'c8s')
  readonly terminationLog = join(this.root, 'dev/termination-log')
  readonly shipperReport = join(this.root, 'shipper-report')
  readonly #masks = join(this.root, 'masks')
  readonly #started: ChildProcess[] = []

  constructor() {
    for (const folder of ['c8s', 'workspace', 'proc', 'dev', 'tmp', 'root', 'app', 'bin', 'masks/..2026/token']) {
      mkdirSync(join(this.root, folder), { recursive: true })
    }
    for (const folder of ['', 'c8s', 'workspace', 'tmp'])
      chmodSync(join(this.root, folder), folder === '' ? 0o755 : 0o777)
    for (const file of [this.terminationLog, this.shipperReport, join(this.root, 'dev/null')]) {
      writeFileSync(file, '')
      chmodSync(file, 0o666)
    }
    for (const [at, name] of ['stdin', 'stdout', 'stderr'].entries()) {
      symlinkSync(`/proc/self/fd/${at}`, join(this.root, 'dev', name))
    }
    this.#placeMasks()
    copyFileSync(ensureBusybox(), join(this.root, 'app/busybox'))
    copyFileSync(join(checkout, 'src/agent/step-driver.sh'), join(this.root, 'app/step'))
    copyFileSync(join(checkout, 'src/agent/prepare.sh'), join(this.root, 'app/prepare'))
  }

  /** Links as kubelet makes them in a projected volume. */
  #placeMasks(): void {
    symlinkSync('..2026', join(this.#masks, '..data'))
    symlinkSync('..data/token', join(this.#masks, 'token'))
    writeFileSync(join(this.#masks, '..2026/token/value'), 'hunter2-hunter2\n')
  }

  get masks(): string {
    return this.#masks
  }

  /** Changes the driver, for what would take minutes otherwise. */
  editDriver(from: string, to: string): void {
    const path = join(this.root, 'app/step')
    const text = readFileSync(path, 'utf8')
    if (!text.includes(from)) throw new Error(`the driver has no ${from}`)
    writeFileSync(path, text.replace(from, to))
  }

  /** The postStart hook. */
  prepare(): void {
    execFileSync('chroot', [this.root, '/app/busybox', 'sh', '/app/prepare'])
  }

  /** `isKept` false: the output is hashed and counted, not gathered. */
  startShipper(options: object = {}, isKept = true): Running {
    const told = { logPath: join(this.tools, 'log'), maskDirectory: this.#masks, ...options }
    const env = { ...process.env, C8S_SHIP_OPTIONS: JSON.stringify(told), C8S_TERMINATION_LOG: this.shipperReport }
    return this.#start(process.execPath, [...shipperFlags, this.#bundleAgent(), 'ship'], { env, isKept })
  }

  /** One file, as the image has it: it starts in a tenth of the time that the sources take. */
  #bundleAgent(): string {
    const outfile = join(this.root, 'app/agent.mjs')
    const entryPoints = [join(checkout, 'src/bin/agent.ts')]
    if (!existsSync(outfile)) {
      buildSync({ entryPoints, outfile, bundle: true, platform: 'node', target: 'node24', format: 'esm' })
    }
    return outfile
  }

  startStep(commands: readonly string[], { image = 'dash', user = 0, env = {} }: StepRequest = {}): Running {
    const mounts = this.#placeImage(image)
    const script = `set -e; cd "$1"; shift
      for name in ${mounts.join(' ')}; do mount --rbind -o ro /$name $PWD/$name; done
      mount --bind /dev/null $PWD/dev/null
      mount -t proc proc $PWD/proc
      exec env -i "$@"`
    const variables = Object.entries({ PATH: '/usr/bin:/bin', HOME: '/root', ...env }).map((pair) => pair.join('='))
    const chroot = ['/usr/sbin/chroot', `--userspec=${user}:${user}`, '--groups=65532', this.root]
    const namespaces = ['--mount', '--pid', '--fork', '--kill-child=KILL']
    const step = ['/c8s/bin/busybox', 'sh', '/c8s/step', ...commands]
    return this.#start(
      'unshare',
      [...namespaces, 'sh', '-c', script, 'sh', this.root, ...variables, ...chroot, ...step],
      { env: process.env },
    )
  }

  #placeImage(image: Image): readonly string[] {
    const bin = join(this.root, 'bin')
    if (image === 'scratch') return []
    if (image === 'busybox') {
      copyFileSync(join(this.root, 'app/busybox'), join(bin, 'busybox'))
      const names = execFileSync(join(bin, 'busybox'), ['--list'], { encoding: 'utf8' }).trim().split('\n')
      for (const name of names) if (!existsSync(join(bin, name))) symlinkSync('busybox', join(bin, name))
      return []
    }
    if (!existsSync(join(bin, 'sh'))) symlinkSync(`/usr/bin/${image}`, join(bin, 'sh'))
    const mounts = ['usr', 'lib', 'lib64', 'etc'].filter((name) => existsSync(`/${name}`))
    for (const name of mounts) mkdirSync(join(this.root, name), { recursive: true })
    return mounts
  }

  #start(program: string, args: readonly string[], { env, isKept = true }: StartOptions): Running {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#started.push(child)
    return new Running(child, isKept)
  }

  readText(path: string): string {
    return readFileSync(join(this.root, path), 'utf8')
  }

  async close(): Promise<void> {
    for (const child of this.#started) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await Promise.all(
      this.#started.map(async (child) => {
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      }),
    )
    rmSync(this.root, { recursive: true, force: true })
  }
}

/** A process whose output is gathered. */
export class Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  readonly hash = createHash('sha256')
  length = 0
  readonly #output: Buffer[] = []

  constructor(child: ChildProcess, isKept = true) {
    this.child = child
    const take = (bytes: Buffer) => {
      this.hash.update(bytes)
      this.length += bytes.length
      if (isKept) this.#output.push(bytes)
    }
    child.stdout?.on('data', take)
    child.stderr?.on('data', take)
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve({ code, signal, raw: this.text }))
    })
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#output)
  }

  get text(): string {
    return this.bytes.toString()
  }

  /** The process that is number 1 for the commands, by its number on this machine. */
  get innerPid(): number {
    const { pid } = this.child
    const inner = Number.parseInt(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'), 10)
    // A signal to 0 would reach the tests themselves.
    if (!(inner > 0)) throw new Error('the container has ended')
    return inner
  }

  /** Waits until the output holds the text. */
  async until(text: string): Promise<void> {
    const limit = Date.now() + 20_000
    while (!this.text.includes(text)) {
      if (Date.now() > limit) throw new Error(`never said ${JSON.stringify(text)}, only: ${this.text.slice(-2000)}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}
