import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AgentReport } from '../../src/lib/agent-options.ts'
import { toAssignments } from '../../webhooks/inject/shell-words.ts'
import { eventually } from '../helpers/eventually.ts'
import { runStep } from '../helpers/run-step.ts'
import { type Image, StepPod, type StepRequest } from '../helpers/step-container.ts'

let pod: StepPod

beforeEach(() => {
  pod = new StepPod()
})

afterEach(async () => {
  await pod.close()
})

const run = (commands: readonly string[], request: StepRequest = {}) => runStep(pod, commands, request)

const readReport = () => JSON.parse(readFileSync(pod.shipperReport, 'utf8')) as AgentReport
const readTermination = () => readFileSync(pod.terminationLog, 'utf8')

const images: readonly Image[] = ['dash', 'bash', 'busybox', 'scratch']
const users = [0, 54321]
const everywhere = images.flatMap((image) => users.map((user) => ({ image, user })))

it('names a value that is too short to be masked, before the output and in its report', async () => {
  writeFileSync(join(pod.masks, '..2026/token/pin'), '123')
  const { log } = await run(['echo 123'])
  expect(log).toBe('c8s: not masked, because shorter than 4 bytes: token/pin\n+ echo 123\n123\n')
  expect(readReport().unmasked).toEqual(['token/pin'])
})

describe.each(everywhere)('in an image with $image as user $user', (request) => {
  it('runs the commands in one shell, echoes each and keeps the order of both outputs', async () => {
    const commands = ['x=1; cd /tmp', 'echo $x >&2', 'echo "two  words"; echo err >&2; echo out', 'pwd']
    const { code, log } = await run(commands, request)
    expect(log).toBe(
      '+ x=1; cd /tmp\n+ echo $x >&2\n1\n+ echo "two  words"; echo err >&2; echo out\ntwo  words\nerr\nout\n+ pwd\n/tmp\n',
    )
    expect(code).toBe(0)
    expect(readReport()).toEqual({ reason: 'Shipped', message: `${log.length} bytes of output` })
    expect(readTermination()).toBe('')
  })

  it('stops at the first failure and keeps its exit code', async () => {
    expect(await run(['echo a', '(exit 42)', 'echo never'], request)).toMatchObject({ code: 42, lines: ['a'] })
  })

  it('masks', async () => {
    const { log } = await run(
      ['echo hunter2-hunter2', 'printf hunter2-; printf hunter2', 'echo aHVudGVyMi1odW50ZXIy'],
      request,
    )
    expect(log).toBe('+ echo ***\n***\n+ printf hunter2-; printf hunter2\n***+ echo ***\n***\n')
  })

  it('lets redirections to the standard devices write into the log', async () => {
    const commands = [
      'echo a > /dev/stderr',
      'echo b > /dev/stdout',
      'echo c >> /dev/stderr',
      'echo d | tee /dev/stderr',
    ]
    const { code, lines } = await run(commands, request)
    expect({ code, lines }).toEqual({ code: 0, lines: ['a', 'b', 'c', 'd', 'd'] })
  })

  it('gives it a home, a umask for the group and tools', async () => {
    const commands = [
      'cd; touch x; umask; echo "$HOME"',
      'ls -l x | cut -c1-10',
      'env true',
      'echo a b | xargs -n1 echo',
    ]
    const { code, lines } = await run(commands, { ...request, env: { HOME: '/' } })
    expect({ code, lines }).toEqual({
      code: 0,
      lines: ['0002', request.user === 0 ? '/' : '/c8s/home', '-rw-rw-r--', 'a', 'b'],
    })
  })
})

describe('commands', () => {
  it.each<[name: string, commands: string[], code: number, lines: string[]]>([
    ['set +e', ['set +e', 'false', 'echo on', '(exit 5)'], 5, ['on']],
    ['set -u and set -x', ['set -u', 'echo ${NONE-none}'], 0, ['none']],
    ['shift and set --', ['echo $#', 'set -- a b', 'shift', 'echo "$@"'], 0, ['0', 'b']],
    ['break and continue outside of a loop', ['break 2>/dev/null || true', 'echo on'], 0, ['on']],
    ['exit', ['exit 3', 'echo never'], 3, []],
    ['exec', ['exec sh -c "exit 7"', 'echo never'], 7, []],
    ['a trap on EXIT', ['trap "echo bye" EXIT', 'exit 4'], 4, ['bye']],
    ['a syntax error, when its turn comes', ['echo a', 'if then', 'echo never'], 2, ['a']],
    ['a command that is not there', ['echo a', 'no-such-command'], 127, ['a']],
    ['many lines', ['for i in 1 2; do\n  echo $i\ndone'], 0, ['  echo $i', 'done', '1', '2']],
    ['a here document', ['cat <<EOF\nit is $HOME\nEOF'], 0, ['it is $HOME', 'EOF', 'it is /root']],
    ['quotes and backslashes', [`printf '%s\\n' "it's" 'a\\nb' \\"`], 0, ["it's", 'a\\nb', '"']],
    ['percent signs', ['echo 100% %s %%'], 0, ['100% %s %%']],
    ['functions and variables', ['f() { echo "f $1 $v"; }', 'v=2', 'f x'], 0, ['f x 2']],
    ['a pipe that fails in front', ['false | true', 'echo on'], 0, ['on']],
    ['a shell that is killed', ['kill -9 $$', 'echo never'], 137, []],
    ['a program that is killed', ["sh -c 'kill -9 $$'", 'echo never'], 137, []],
    ['nothing to read', ['cat', 'read x || echo end'], 0, ['end']],
    ['no signal that is ignored', ['grep SigIgn /proc/self/status | cut -f2'], 0, ['0000000000000000']],
    ['SIGINT, which is not ignored', ["sh -c 'kill -INT $$; echo never'"], 130, []],
    ['SIGQUIT, which is not ignored', ['sh -c \'trap "echo quit" QUIT; kill -QUIT $$; echo on\''], 0, ['quit', 'on']],
    ['a signal to the whole group', ["trap 'echo got' TERM; kill 0; echo on"], 0, ['got', 'on']],
    ['SIGKILL to the whole group', ['kill -9 0', 'echo never'], 137, []],
    ['a closed output', ['echo a', 'exec >&-', 'echo never || true', 'echo b >&2 || true'], 0, ['a', 'b']],
    ['processes left behind', ['sleep 1000 & sleep 1000 & echo on'], 0, ['on']],
    ['a process of its own session', ['setsid sh -c "sleep 1000" & echo on'], 0, ['on']],
    ['no commands at all', [], 0, []],
  ])('%s', async (...[, commands, code, lines]) => {
    const result = await run(commands, { env: { HOME: '/root' } })
    const errors = /^(sh|\/c8s\/commands|.*eval|\/bin\/sh): |Killed/
    expect({ code: result.code, lines: result.lines.filter((line) => !errors.test(line)) }).toEqual({ code, lines })
  })

  it('say where they failed', async () => {
    expect((await run(['no-such-command'])).log).toContain('no-such-command: not found')
  })

  it('may be long', async () => {
    const text = 'x'.repeat(100_000)
    const { code, lines } = await run([`echo ${text}`, `echo '${text}' | wc -c`])
    expect({ code, lines }).toEqual({ code: 0, lines: [text, '100001'] })
  })
})

describe('the environment of a step', () => {
  it.each(images)('has the documented variables and none of the driver (%s)', async (image) => {
    pod.prepare()
    writeFileSync(join(pod.tools, 'commit'), `${'c'.repeat(40)}\n`)
    const mine = {
      child: '1',
      timeout: '2',
      workspace: '3',
      code: '4',
      CI: 'true',
      C8S_STEP: 's',
      COMMIT_SHA: 'cccccc',
    }
    const env = { ...mine, C8S_TIMEOUT_SECONDS: '60', C8S_GRACE_SECONDS: '5' }
    const { lines } = await run(['env'], { image, env })
    const seen = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)))
    for (const name of ['PWD', 'OLDPWD', 'SHLVL', '_', 'PATH', 'HOME']) delete seen[name]
    expect(seen).toEqual({
      ...mine,
      COMMIT_SHA: 'c'.repeat(40),
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '/workspace',
    })
  })

  it.each(images)('is told in one variable what describes the run, whatever the values hold (%s)', async (image) => {
    const told = { BRANCH: "a'b\nTAG=$(id)`id`", TAG: '', C8S_WORKSPACE: '/work', C8S_TIMEOUT_SECONDS: '60' }
    const env = { BRANCH: 'of the image', C8S_DESCRIPTION: toAssignments(told) }
    const shown = 'printf "<%s>" "$BRANCH" "$TAG" "$GIT_CONFIG_VALUE_0" "$C8S_DESCRIPTION$C8S_TIMEOUT_SECONDS"'
    const { log } = await run([shown], { image, env })
    expect(log.slice(log.indexOf('\n') + 1)).toBe("<a'b\nTAG=$(id)`id`><></work><>")
  })

  it('hears of nothing before the shipper reads, so an image that sets that variable gets nothing past the masks', async () => {
    expect(await run(['true'], { env: { C8S_DESCRIPTION: 'echo "$HOME"' } })).toMatchObject({
      lines: [expect.any(String)],
    })
  })

  it('keeps settings of git that are there already', async () => {
    const env = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'user.name', GIT_CONFIG_VALUE_0: 'me' }
    const commands = ['git config user.name', 'git config --get-all safe.directory']
    expect(await run(commands, { env })).toMatchObject({ code: 0, lines: ['me', '/workspace'] })
  })

  it('has no variable or argument of ours in the shell', async () => {
    const { lines } = await run(['set | grep -i "^c8s" || echo none', 'echo "$# $0"'])
    expect(lines).toEqual(['none', '0 /c8s/commands'])
  })
})

describe('bytes', () => {
  it('pass as they are: NUL, CRLF, no line feed at the end, invalid UTF-8', async () => {
    const { log } = await run(["printf 'a\\000b\\r\\n\\377\\376c'"])
    expect(log.slice(log.indexOf('\n') + 1)).toBe(Buffer.from('a\0b\r\n\xff\xfec', 'latin1').toString())
  })

  it('of one line of 10 MB all arrive', async () => {
    const { log } = await run(["yes | tr -d '\\n' | head -c 10000000"])
    expect(log).toHaveLength("+ yes | tr -d '\\n' | head -c 10000000\n".length + 10_000_000)
  })

  it('of 200 MB at full speed all arrive', async () => {
    pod.prepare()
    const shipper = pod.startShipper({}, false)
    const step = await pod.startStep(['seq -w 1 20000000']).ended
    await shipper.ended
    const want = createHash('sha256').update('+ seq -w 1 20000000\n')
    for (let from = 1; from <= 20_000_000; from += 10_000) {
      const numbers = Array.from({ length: 10_000 }, (_, at) => String(from + at).padStart(8, '0'))
      want.update(`${numbers.join('\n')}\n`)
    }
    expect({ code: step.code, length: shipper.length, hash: shipper.hash.digest('hex') }).toEqual({
      code: 0,
      length: 180_000_020,
      hash: want.digest('hex'),
    })
  })

  it('written just before the end arrive, as often as one tries', async () => {
    pod.prepare()
    for (let round = 0; round < 5; round++) {
      const shipper = pod.startShipper()
      await pod.startStep(['seq 1 20000; exit 9']).ended
      expect((await shipper.ended).raw).toMatch(/\n19999\n20000\n$/)
    }
  })
})

describe('the shipper', () => {
  it('may start before the hook and after it', async () => {
    const shipper = pod.startShipper()
    await delay(200)
    pod.prepare()
    expect((await pod.startStep(['echo hi']).ended).code).toBe(0)
    expect((await shipper.ended).raw).toBe('+ echo hi\nhi\n')
  })

  it('waits for a step that comes late, and so does a step for it', async () => {
    pod.prepare()
    const shipper = pod.startShipper()
    await delay(700)
    expect((await pod.startStep(['echo hi']).ended).code).toBe(0)
    expect((await shipper.ended).raw).toBe('+ echo hi\nhi\n')
    const late = pod.startStep(['echo ho'])
    await delay(700)
    const second = pod.startShipper()
    expect((await late.ended).code).toBe(0)
    expect((await second.ended).raw).toBe('+ echo ho\nho\n')
  })

  it('ends on SIGTERM where no step ever began, and only there', async () => {
    const told = 'c8s: not masked, because shorter than 4 bytes: token/pin\n'
    writeFileSync(join(pod.masks, '..2026/token/pin'), '123')
    pod.prepare()
    const shipper = pod.startShipper()
    // Said just before it listens for the signal, which would end it before that.
    await shipper.until(told)
    await delay(500)
    shipper.child.kill('SIGTERM')
    expect(await shipper.ended).toMatchObject({ code: 0, raw: told })
  })

  it.each([1, 100, 5000])('killed after %i lines takes nothing from the step', async (count) => {
    pod.prepare()
    const shipper = pod.startShipper()
    const work = `seq 1 ${count}; echo half; sleep 0.3; seq 1 300000; echo whole > /tmp/done; exit 11`
    const step = pod.startStep([work])
    await shipper.until('half\n')
    shipper.child.kill('SIGKILL')
    expect(await step.ended).toMatchObject({ code: 11, raw: '' })
    expect(pod.readText('tmp/done')).toBe('whole\n')
  })

  it('shows nothing and lets nothing start where a mask cannot be read', async () => {
    rmSync(join(pod.masks, '..2026'), { recursive: true })
    pod.prepare()
    const step = pod.startStep(['echo hunter2-hunter2; touch /tmp/ran'])
    await delay(200)
    const shipper = pod.startShipper()
    expect(await shipper.ended).toMatchObject({ code: 78, raw: '' })
    expect(readReport()).toMatchObject({ reason: 'MaskListUnreadable', message: expect.stringContaining('token') })
    expect(await step.ended).toMatchObject({ code: 125, raw: expect.stringContaining('log shipper is not there') })
    expect(readTermination()).toBe('c8s: LogShipperMissing')
    const late = await pod.startStep(['echo hunter2-hunter2; touch /tmp/ran']).ended
    expect(late.code).toBe(125)
    expect(existsSync(join(pod.root, 'tmp/ran'))).toBe(false)
  })

  it('is waited for a while, then given up', async () => {
    pod.editDriver('-t 120', '-t 1')
    pod.prepare()
    expect(await pod.startStep(['touch /tmp/ran']).ended).toMatchObject({ code: 125 })
    expect(readTermination()).toBe('c8s: LogShipperMissing')
    unlinkSync(join(pod.tools, 'alive'))
    expect(await pod.startStep(['touch /tmp/ran'], { user: 54321 }).ended).toMatchObject({ code: 125 })
    expect(existsSync(join(pod.root, 'tmp/ran'))).toBe(false)
  })

  it('slows the step down rather than losing a byte', async () => {
    pod.prepare()
    const shipper = pod.startShipper({}, false)
    const command = 'touch /tmp/begun; until [ -e /tmp/go ]; do sleep 0.05; done; seq 1 3000000; date +%s%N >/tmp/end'
    const step = pod.startStep([command])
    await eventually('the begin of the step', async () => existsSync(join(pod.root, 'tmp/begun')) || undefined, 20)
    shipper.child.kill('SIGSTOP')
    writeFileSync(join(pod.root, 'tmp/go'), '')
    await delay(1000)
    expect(existsSync(join(pod.root, 'tmp/end')), 'the step went on without its reader').toBe(false)
    shipper.child.kill('SIGCONT')
    expect((await step.ended).code).toBe(0)
    await shipper.ended
    expect(shipper.length).toBe(22_888_896 + `+ ${command}\n`.length)
  })

  it('needs no termination file that can be written', async () => {
    chmodSync(pod.terminationLog, 0o400)
    expect(await run(['echo hi'], { user: 54321, env: { C8S_TIMEOUT_SECONDS: '60' } })).toMatchObject({ code: 0 })
  })
})
