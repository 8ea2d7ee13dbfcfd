import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openConnection } from './connection.ts'
import { isInCluster, readInClusterAccess } from './in-cluster.ts'
import { loadKubeconfig } from './kubeconfig.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'c8s-kube-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** A kubeconfig (JSON is YAML) with one cluster, user and context of that name. */
function writeConfig(name: string, user: object, current = name): string {
  return write(
    name,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': current,
      clusters: [{ name, cluster: { server: `https://${name}.invalid:6443`, 'certificate-authority': 'ca.crt' } }],
      users: [{ name, user }],
      contexts: [{ name, context: { cluster: name, user: name, namespace: `ns-${name}` } }],
    }),
  )
}

describe('a kubeconfig', () => {
  it('gives server, namespace and token, with files relative to itself', async () => {
    write('ca.crt', 'authority')
    const source = loadKubeconfig({ KUBECONFIG: writeConfig('one', { token: 'secret-token' }) })
    expect(source.server.href).toBe('https://one.invalid:6443/')
    expect(source.namespace).toBe('ns-one')
    const access = await source.read(false)
    expect(access.headers).toEqual({ authorization: 'Bearer secret-token' })
    expect(String(access.tls.ca)).toBe('authority')
  })

  it('gives client certificates', async () => {
    write('ca.crt', 'authority')
    const data = (text: string) => Buffer.from(text).toString('base64')
    const user = { 'client-certificate-data': data('cert'), 'client-key-data': data('key') }
    const { tls } = await loadKubeconfig({ KUBECONFIG: writeConfig('one', user) }).read(false)
    expect([String(tls.cert), String(tls.key)]).toEqual(['cert', 'key'])
  })

  it('asks an exec plug-in, and asks it again when its answer was refused', async () => {
    write('ca.crt', 'authority')
    const counter = join(folder, 'asked')
    const script = `echo x >> ${counter}; echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t'$(wc -l < ${counter})'"}}'`
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script] }
    const source = loadKubeconfig({ KUBECONFIG: writeConfig('one', { exec }) })
    const read = async (anew: boolean) => (await source.read(anew)).headers['authorization']
    expect([await read(false), await read(false), await read(true)]).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t2'])
  })

  it('takes the context that C8S_CONTEXT names, from any of several files', () => {
    const files = [writeConfig('one', {}), writeConfig('two', {}), join(folder, 'missing')].join(delimiter)
    expect(loadKubeconfig({ KUBECONFIG: files }).namespace).toBe('ns-one')
    expect(loadKubeconfig({ KUBECONFIG: files, C8S_CONTEXT: 'two' }).namespace).toBe('ns-two')
    expect(() => loadKubeconfig({ KUBECONFIG: files, C8S_CONTEXT: 'three' })).toThrow(
      'C8S_CONTEXT: the kubeconfig has no context three; it has one, two',
    )
  })

  it('says what to do where there is none, and names a context without a cluster', async () => {
    await expect(openConnection({ HOME: folder })).rejects.toThrow('no cluster: set KUBECONFIG')
    expect(() => loadKubeconfig({ KUBECONFIG: writeConfig('one', {}, 'gone') })).toThrow('"gone" names no cluster')
  })
})

describe("a pod's service account", () => {
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }

  it('is found by its token', () => {
    expect(isInCluster(env, folder)).toBe(false)
    write('token', 'first')
    expect(isInCluster(env, folder)).toBe(true)
    expect(isInCluster({}, folder)).toBe(false)
  })

  it('is read again each time, so that a rotated token is used', async () => {
    write('token', 'first\n')
    write('ca.crt', 'authority')
    write('namespace', 'team-a\n')
    const source = readInClusterAccess(env, folder)
    expect(source.server.href).toBe('https://[fd00::1]/')
    expect(source.namespace).toBe('team-a')
    expect((await source.read(false)).headers['authorization']).toBe('Bearer first')
    write('token', 'second\n')
    expect((await source.read(false)).headers['authorization']).toBe('Bearer second')
  })
})
