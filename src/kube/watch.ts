import type { IncomingMessage } from 'node:http'
import type { KubeObject, ResourceType } from '../lib/kubernetes.ts'
import { type Call, openStream, toConnectionError } from './exchange.ts'
import { KubeError } from './kube-error.ts'
import { LineSplitter } from './line-splitter.ts'
import { toCollectionPath, toLabel, toQuery } from './paths.ts'
import type { KubeWatcher, WatchEvent, WatchOptions } from './ports.ts'
import { type AdapterShell, nameKind, readPages } from './reader.ts'

/** The server answers with headers at once, also where nothing happens; later means a dead connection. */
const openingTimeoutMs = 15_000

export function createWatcher(shell: AdapterShell): KubeWatcher {
  return {
    listPages: (type, options) => readPages(shell, type, options),
    watch: (type, options) => openWatch(shell, type, options),
  }
}

/** Its objects come without managedFields. */
async function* openWatch(shell: AdapterShell, type: ResourceType, options: WatchOptions): AsyncGenerator<WatchEvent> {
  const call = toCall(type, options)
  const response = await openStream(shell.connection, call, { timers: shell.timers, timeoutMs: openingTimeoutMs })
  try {
    for await (const line of readLines(response, call)) {
      yield parseEvent(type, call.action, line)
    }
  } finally {
    response.destroy()
  }
}

function toCall(type: ResourceType, options: WatchOptions): Call {
  const { namespace, signal, ...selection } = options
  const query = toQuery({ ...selection, watch: true, allowWatchBookmarks: true })
  return {
    action: `watch ${toLabel(type, namespace === undefined ? {} : { namespace })}`,
    method: 'GET',
    path: `${toCollectionPath(type, namespace)}${query}`,
    isRepeatable: true,
    isSecret: type.plural === 'secrets',
    signal,
  }
}

async function* readLines(response: IncomingMessage, call: Call): AsyncGenerator<string> {
  const splitter = new LineSplitter()
  try {
    for await (const chunk of response) {
      yield* splitter.push(chunk as Buffer)
    }
  } catch (error) {
    throw toConnectionError(call, error)
  }
  if (splitter.pendingBytes > 0) {
    throw toBroken(call.action, `the last line ends after ${splitter.pendingBytes} bytes`)
  }
}

interface RawEvent {
  readonly type?: string
  readonly object?: KubeObject & { readonly code?: number; readonly reason?: string; readonly message?: string }
}

/** A line that is no event ends the watch: what is skipped silently is missed for ever. */
function parseEvent(type: ResourceType, action: string, line: string): WatchEvent {
  const { type: kind, object } = parseLine(action, line)
  if (kind === 'ERROR') {
    throw new KubeError(action, {
      status: object?.code ?? 500,
      reason: object?.reason ?? 'Unknown',
      detail: object?.message ?? 'the watch ended with an error',
    })
  }
  if (!isKnown(kind) || object?.metadata?.resourceVersion === undefined) {
    throw toBroken(action, 'a line that is no watch event')
  }
  return { type: kind, object: nameKind(type, object) }
}

function isKnown(kind: string | undefined): kind is WatchEvent['type'] {
  return kind === 'ADDED' || kind === 'MODIFIED' || kind === 'DELETED' || kind === 'BOOKMARK'
}

function parseLine(action: string, line: string): RawEvent {
  try {
    const event: unknown = JSON.parse(line)
    return typeof event === 'object' && event !== null ? event : {}
  } catch {
    throw toBroken(action, `a line of ${line.length} characters is not JSON`)
  }
}

function toBroken(action: string, detail: string): KubeError {
  return new KubeError(action, { status: 0, reason: 'BrokenStream', detail })
}
