import type { ForgeAccount } from './credentials.ts'

/** Who calls: an account by its password, or whoever a token was made for. */
export type ForgeLogin = ForgeAccount | { token: string }

/** A call of Gitea's API: paths begin behind /api/v1, bodies are JSON in both directions. */
export interface ForgeApi {
  /** Throws what the forge said when it answers with 400 or more. */
  call<T>(method: string, path: string, body?: object): Promise<T>
  /** Answers the status code too, whatever it is. */
  tryCall(method: string, path: string, body?: object): Promise<ForgeAnswer>
}

export interface ForgeAnswer {
  status: number
  /** Undefined where the answer is empty or no JSON. */
  body: unknown
}

/** The API of the forge at the base URL, as seen by one caller. */
export function openForgeApi(url: string, login: ForgeLogin): ForgeApi {
  const authorization = toAuthorization(login)
  const tryCall = async (method: string, path: string, body?: object): Promise<ForgeAnswer> => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization, accept: 'application/json', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: parseJson(await response.text()) }
  }
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const answer = await tryCall(method, path, body)
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body as T
  }
  return { call, tryCall }
}

/** Value of the Authorization header; Git over HTTP takes both as well. */
export function toAuthorization(login: ForgeLogin): string {
  if ('token' in login) return `token ${login.token}`
  return `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
