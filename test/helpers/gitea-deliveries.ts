import type { ForgeLogin } from '../../deploy/sample/forge/api.ts'

/** A delivery as Gitea's page of a webhook shows it. */
export interface GiteaDelivery {
  readonly uuid: string
  readonly state: 'Succeeded' | 'Failed' | 'Waiting'
  /** HTTP status of the answer, 0 where none came; undefined while it waits or is on its way. */
  readonly status: number | undefined
}

/** Gitea's API neither lists nor repeats deliveries (as of 1.26), so this signs in and uses the pages that a person uses. */
export interface Deliveries {
  list(repository: string, hook: number): Promise<readonly GiteaDelivery[]>
  redeliver(repository: string, hook: number, delivery: string): Promise<string>
}

export function openDeliveries(url: string, login: ForgeLogin): Deliveries {
  let session: Promise<string> | undefined
  const ask = async (method: 'GET' | 'POST', path: string): Promise<string> => {
    session ??= signIn(url, login)
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { cookie: await session },
      redirect: 'manual',
    })
    const text = await response.text()
    if (method === 'GET' ? response.status === 200 : response.status === 303) return text
    throw new Error(`${method} ${path}: ${response.status} ${response.headers.get('location') ?? ''}`)
  }
  const list = async (repository: string, hook: number): Promise<readonly GiteaDelivery[]> =>
    parseDeliveries(await ask('GET', `/${repository}/settings/hooks/${hook}`))
  const redeliver = async (repository: string, hook: number, delivery: string): Promise<string> => {
    const before = new Set((await list(repository, hook)).map(({ uuid }) => uuid))
    await ask('POST', `/${repository}/settings/hooks/${hook}/replay/${delivery}`)
    const added = (await list(repository, hook)).find(({ uuid }) => !before.has(uuid))
    if (added === undefined) throw new Error(`delivery ${delivery} was not repeated`)
    return added.uuid
  }
  return { list, redeliver }
}

/** Value of a Cookie header. */
async function signIn(url: string, login: ForgeLogin): Promise<string> {
  if ('token' in login) throw new Error('deliveries are read from pages, which need a login by password')
  const body = new URLSearchParams({ user_name: login.username, password: login.password })
  const response = await fetch(`${url}/user/login`, { method: 'POST', body, redirect: 'manual' })
  await response.text()
  if (response.status !== 303) throw new Error(`signing in to the forge's pages failed: ${response.status}`)
  // The session gets a new id while signing in: of two cookies with one name the later counts.
  const pairs = response.headers.getSetCookie().map((cookie) => (cookie.split(';')[0] ?? '').split('='))
  const cookies = Object.fromEntries(pairs) as Record<string, string>
  return Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
}

const states = { green: 'Succeeded', red: 'Failed', orange: 'Waiting' } as const

/** One item of templates/repo/settings/webhook/history.tmpl: the icon's colour, the id, and the label with the answer's status. */
const item =
  /tw-text-(green|red|orange)">(?:(?!tw-text-(?:green|red|orange)")[\s\S])*?data-panel="#info-\d+">([0-9a-f-]{36})<[\s\S]*?<span class="ui (?:green |red )?label">(\d+|-)</g

export function parseDeliveries(page: string): readonly GiteaDelivery[] {
  return [...page.matchAll(item)].map(([, colour, uuid, status]) => ({
    uuid: uuid ?? '',
    // While one is on its way the page calls it failed already.
    state: status === '-' ? 'Waiting' : states[colour as keyof typeof states],
    status: status === '-' ? undefined : Number(status),
  }))
}
