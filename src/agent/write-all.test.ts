import { execFileSync, spawn } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeAll } from './write-all.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'c8s-write-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('writeAll', () => {
  it('waits for a slow reader of a pipe that does not block', async () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const descriptor = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK)
    const reader = spawn('sh', ['-c', `sleep 0.2; head -c 1000000 ${pipe} | cksum`])
    let sum = ''
    reader.stdout.on('data', (bytes: Buffer) => {
      sum += bytes.toString()
    })
    const ended = new Promise((resolve) => reader.once('close', resolve))
    const bytes = Buffer.from('0123456789'.repeat(100_000))
    writeAll(descriptor, bytes)
    await ended
    closeSync(descriptor)
    expect(sum).toBe(execFileSync('cksum', { input: bytes, encoding: 'utf8' }))
  })

  it('throws what the system says', () => {
    const descriptor = openSync('/dev/full', 'w')
    expect(() => writeAll(descriptor, Buffer.from('x'))).toThrow(/ENOSPC/)
    closeSync(descriptor)
  })

  it('writes nothing of nothing', () => {
    expect(() => writeAll(-1, new Uint8Array(0))).not.toThrow()
  })
})
