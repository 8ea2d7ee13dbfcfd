import { describe, expect, it } from 'vitest'
import { parseRepository } from '../../lib/repository.ts'
import type { OutgoingRepository } from './outgoing.ts'
import { outgoing } from './registry.ts'

type Name = keyof typeof outgoing

function open(provider: Name, repository: string, apiURL?: string) {
  const parsed = parseRepository(repository)
  if ('problem' in parsed) throw new Error(parsed.problem)
  const target = { url: parsed.url, caller: { kind: 'user' } as const }
  return outgoing[provider].open(apiURL === undefined ? target : { ...target, apiURL })
}

/** Base, and the path of the call that reads pull request 1. */
function place(opened: OutgoingRepository | { readonly problem: string }): string {
  if ('problem' in opened) return opened.problem
  const first = opened.reading.pullRequest(1).next([])
  const [call] = first.done === true ? [] : first.value
  return `${opened.base} ${call?.path}`
}

const github = '/repos/org/app/pulls/1'
const gitlab = '/projects/group%2Fsub%2Fapp%2Ejs/merge_requests/1'
const cloud = 'https://api.bitbucket.org/2.0 /repositories/team/app/pullrequests/1'
const dataCenter = '/api/1.0/projects/PRJ/repos/app/pull-requests/1'

describe('the API of a repository', () => {
  it.each<readonly [Name, string, string]>([
    ['github', 'https://github.com/org/app', `https://api.github.com ${github}`],
    ['github', 'https://GitHub.com./org/app.git/', `https://api.github.com ${github}`],
    ['github', 'ssh://git@github.com/org/app.git', `https://api.github.com ${github}`],
    ['github', 'ssh://git@ssh.github.com:443/org/app.git', `https://api.github.com ${github}`],
    ['github', 'https://acme.ghe.com/org/app', `https://api.acme.ghe.com ${github}`],
    ['github', 'https://ghe.example.com/org/app', `https://ghe.example.com/api/v3 ${github}`],
    ['github', 'ssh://git@ghe.example.com:2222/org/app', `https://ghe.example.com/api/v3 ${github}`],
    ['github', 'http://ghe.example.com:8080/org/app', `http://ghe.example.com:8080/api/v3 ${github}`],
    ['github', 'https://github.com/org/a%20b%2Fc', 'https://api.github.com /repos/org/a%20b%2Fc/pulls/1'],
    ['gitlab', 'https://gitlab.com/group/sub/app.js.git', `https://gitlab.com/api/v4 ${gitlab}`],
    ['gitlab', 'ssh://git@altssh.gitlab.com:443/group/sub/app.js', `https://gitlab.com/api/v4 ${gitlab}`],
    ['gitlab', 'https://gitlab.example.com:8443/group/sub/app.js', `https://gitlab.example.com:8443/api/v4 ${gitlab}`],
    ['gitea', 'http://127.0.0.1:3000/org/app.git', `http://127.0.0.1:3000/api/v1 ${github}`],
    ['gitea', 'http://[::1]:3000/org/app', `http://[::1]:3000/api/v1 ${github}`],
    ['gitea', 'ssh://git@git.example.com:2222/org/app.git', `https://git.example.com/api/v1 ${github}`],
    ['gitea', 'git://git.example.com/org/app.git', `https://git.example.com/api/v1 ${github}`],
    ['bitbucket', 'https://bitbucket.org/team/app.git', cloud],
    ['bitbucket', 'ssh://git@altssh.bitbucket.org:443/team/app.git', cloud],
    ['bitbucket', 'https://git.example.com/scm/PRJ/app.git', `https://git.example.com/rest ${dataCenter}`],
    ['bitbucket', 'ssh://git@git.example.com:7999/PRJ/app.git', `https://git.example.com/rest ${dataCenter}`],
    ['bitbucket', 'http://h:7990/bitbucket/scm/PRJ/app', `http://h:7990/bitbucket/rest ${dataCenter}`],
    ['bitbucket', 'https://h/scm/~ada/app', 'https://h/rest /api/1.0/projects/~ada/repos/app/pull-requests/1'],
  ])('%s, %s', (provider, repository, wanted) => {
    expect(place(open(provider, repository))).toBe(wanted)
  })

  it.each<readonly [Name, string, string, string]>([
    [
      'github',
      'ssh://git@code.example.com/org/app',
      'https://ghe.example.com/api/v3/',
      `https://ghe.example.com/api/v3 ${github}`,
    ],
    ['gitea', 'https://h/git/org/app', 'https://h/git/api/v1', `https://h/git/api/v1 ${github}`],
    ['gitea', 'ssh://git@h/org/app', 'https://h/git/api/v1', `https://h/git/api/v1 ${github}`],
    [
      'gitlab',
      'https://h/gitlab/group/sub/app.js',
      'http://10.0.0.1/gitlab/api/v4',
      `http://10.0.0.1/gitlab/api/v4 ${gitlab}`,
    ],
    ['bitbucket', 'https://h/bb/scm/PRJ/app', 'https://h/bb/rest', `https://h/bb/rest ${dataCenter}`],
    ['bitbucket', 'ssh://git@h:7999/PRJ/app', 'https://h/bb/rest/', `https://h/bb/rest ${dataCenter}`],
    [
      'bitbucket',
      'https://bitbucket.org/team/app',
      'http://127.0.0.1:1/2.0',
      cloud.replace('https://api.bitbucket.org', 'http://127.0.0.1:1'),
    ],
  ])('%s, %s with an apiURL', (...[provider, repository, apiURL, wanted]) => {
    expect(place(open(provider, repository, apiURL))).toBe(wanted)
  })

  it.each<readonly [Name, string, RegExp]>([
    ['github', 'https://github.com/app', /^does not name an owner and a repository/],
    ['github', 'https://github.com/a/b/c', /^does not name/],
    ['github', 'https://github.com', /^does not name/],
    ['gitlab', 'https://gitlab.com/app', /^does not name/],
    ['gitea', 'https://h/../app', /^has a step upwards/],
    ['gitea', 'https://h/org/%2e%2e', /^has a step upwards/],
    ['bitbucket', 'https://bitbucket.org/scm/team/app', /^does not name/],
    ['bitbucket', 'https://h/a/b/c/d', /^does not name/],
  ])('%s, %s is no repository of it', (provider, repository, problem) => {
    expect(place(open(provider, repository))).toMatch(problem)
  })
})
