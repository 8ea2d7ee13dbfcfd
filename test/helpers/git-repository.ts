import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'

/** A bare repository made for a test, through a work tree beside it. */
export class GitRepository {
  readonly path: string
  readonly #work: string
  #seconds = 1_700_000_000

  constructor(path: string) {
    this.path = path
    this.#work = `${path}.work`
    mkdirSync(this.#work, { recursive: true })
    this.#git('init', '--quiet', '--initial-branch=main')
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', path])
    this.#git('remote', 'add', 'origin', path)
  }

  /** Commits the files on top of the branch, made from the current commit where it is new. Answers the commit. */
  commit(branch: string, files: Readonly<Record<string, string>>): string {
    const known = this.#git('branch', '--list', branch) !== ''
    if (this.#git('rev-list', '--all', '-n1') !== '')
      this.#git('checkout', '--quiet', ...(known ? [branch] : ['-b', branch]))
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.#work, name)), { recursive: true })
      writeFileSync(join(this.#work, name), text)
    }
    this.#git('add', '--all', '--force')
    return this.commitIndex(branch)
  }

  /** Takes a file out of the work tree; the next commit does not have it. */
  remove(name: string): void {
    rmSync(join(this.#work, name))
  }

  /** Commits what is staged, however it came there. */
  commitIndex(branch: string): string {
    this.#git('commit', '--quiet', '--allow-empty', '-m', `change ${this.#seconds}`)
    this.#git('push', '--quiet', '--force', 'origin', `HEAD:refs/heads/${branch}`)
    return this.#git('rev-parse', 'HEAD')
  }

  /** An entry that no work tree would give: a link or a submodule, under any name. */
  stage(mode: string, object: string, name: string): void {
    this.#git('update-index', '--add', '--cacheinfo', `${mode},${object},${name}`)
  }

  writeBlob(text: string): string {
    return execFileSync('git', ['hash-object', '-w', '--stdin'], {
      cwd: this.#work,
      input: text,
      encoding: 'utf8',
    }).trim()
  }

  push(refspec: string): void {
    this.#git('push', '--quiet', '--force', 'origin', refspec)
  }

  tag(name: string): void {
    this.#git('tag', '-a', name, '-m', name)
    this.push(`refs/tags/${name}`)
  }

  configure(key: string, value: string): void {
    execFileSync('git', ['config', key, value], { cwd: this.path })
  }

  /** Each call is a second later than the one before, so that no two commits are equal. */
  #git(...args: readonly string[]): string {
    this.#seconds += 1
    const date = `${this.#seconds} +0000`
    const identity = { GIT_AUTHOR_NAME: 't', GIT_AUTHOR_EMAIL: 't@example.com', GIT_AUTHOR_DATE: date }
    const committer = { GIT_COMMITTER_NAME: 't', GIT_COMMITTER_EMAIL: 't@example.com', GIT_COMMITTER_DATE: date }
    const env = { PATH: process.env['PATH'], HOME: '/nonexistent', ...identity, ...committer }
    return execFileSync('git', [...args], { cwd: this.#work, env, encoding: 'utf8' }).trim()
  }
}
