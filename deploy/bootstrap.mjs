// Runs one TypeScript entry of this project: node deploy/bootstrap.mjs ENTRY [ARGUMENT…]
// It must work with Node 18 and before anything is installed, so it is plain JavaScript and uses
// nothing but Node. It installs the locked dependencies once, and runs the entry with the pinned Node.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const SELF = fileURLToPath(import.meta.url)
const ROOT = dirname(dirname(SELF))
const MODULES = join(ROOT, 'node_modules')
const STAMP = join(MODULES, '.c8s-installed')
const INSTALL_ONLY = '--install-only'
const REQUIRED_MAJOR = 24
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

function hashLockFile() {
  return createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex')
}

function isInstalled() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === hashLockFile()
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? {}
  } catch {
    return undefined
  }
}

/** Somebody ran npm by hand: what npm noted down equals the lock file, so there is nothing to do. */
function matchesLockFile() {
  const locked = readPackages(join(ROOT, 'package-lock.json'))
  const present = readPackages(join(MODULES, '.package-lock.json'))
  if (locked === undefined || present === undefined) return false
  return Object.entries(locked).every(([path, wanted]) => {
    if (path === '' || wanted.link) return true
    const found = present[path]
    // Packages of other platforms are never installed.
    return found === undefined ? wanted.optional === true : found.version === wanted.version
  })
}

function install() {
  if (isInstalled()) return 0
  if (!matchesLockFile()) {
    console.error('Installing the dependencies of the lock file (npm ci), once …')
    const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: ROOT,
      // Results belong to the entry alone, so npm speaks on stderr.
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    })
    if (npm.error) console.error(`npm cannot be started: ${npm.error.message}`)
    if (npm.status !== 0) return npm.status ?? 1
  }
  mkdirSync(MODULES, { recursive: true })
  writeFileSync(STAMP, hashLockFile())
  return 0
}

/** Two commands started at once must not run npm ci over each other; flock is on every Linux. */
function installOnce() {
  if (isInstalled()) return 0
  const lock = join(tmpdir(), `c8s-install-${createHash('sha256').update(ROOT).digest('hex').slice(0, 12)}.lock`)
  const locked = spawnSync('flock', [lock, process.execPath, SELF, INSTALL_ONLY], { stdio: ['ignore', 2, 2] })
  return locked.error ? install() : (locked.status ?? 1)
}

function findNode() {
  const pinned = join(MODULES, `node-${process.platform}-${process.arch}`, 'bin', 'node')
  if (existsSync(pinned)) return pinned
  if (Number(process.versions.node.split('.')[0]) >= REQUIRED_MAJOR) return process.execPath
  return undefined
}

function runEntry(node, entry, args) {
  const path = `${join(MODULES, '.bin')}:${dirname(node)}:${process.env.PATH ?? ''}`
  const child = spawn(node, [entry, ...args], { stdio: 'inherit', env: { ...process.env, PATH: path } })
  const forward = (signal) => {
    // At a terminal, Ctrl-C has reached the child already: it is in the same process group.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  }
  for (const signal of SIGNALS) process.on(signal, forward)
  child.on('error', (error) => {
    console.error(`${node} cannot be started: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? code : 128 + (constants.signals[signal] ?? 0)
  })
}

function main([entry, ...args]) {
  if (entry === INSTALL_ONLY) return install()
  if (entry === undefined || !existsSync(resolve(entry))) {
    console.error(`bootstrap: ${entry ?? 'no entry given'}: there is no such file to run`)
    return 64
  }
  const code = installOnce()
  if (code !== 0) {
    console.error('The dependencies could not be installed; npm said why above.')
    return code
  }
  const node = findNode()
  if (node === undefined) {
    console.error(`Node ${REQUIRED_MAJOR} is needed: there is no pinned one for ${process.platform}-${process.arch}.`)
    return 1
  }
  runEntry(node, resolve(entry), args)
  return undefined
}

process.exitCode = main(process.argv.slice(2))
