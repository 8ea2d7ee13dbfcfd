import type { ForgeCall } from './conversation.ts'

export const githubHeaders = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' } as const

export function get(path: string, query: Readonly<Record<string, string>> = {}): ForgeCall {
  return { method: 'GET', path, query, headers: githubHeaders }
}

export function write(method: 'POST' | 'PATCH', path: string, body: object): ForgeCall {
  return { method, path, headers: githubHeaders, body }
}
