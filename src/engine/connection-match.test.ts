import { expect, test } from 'vitest'
import type { RepositoryConnection } from '../../crds/kinds.ts'
import { findConnection } from './connection-match.ts'

const connection = (name: string, repository: string, authSecretRef?: string): RepositoryConnection => ({
  metadata: { name },
  spec: { repository, provider: 'generic', ...(authSecretRef === undefined ? {} : { authSecretRef }) },
})

const cases = {
  'the same repository, spelled otherwise': {
    url: 'https://Git.example.com/team/app.git',
    connections: [
      connection('other', 'https://git.example.com/team/other'),
      connection('app', 'https://git.example.com/team/app'),
    ],
    want: 'app',
  },
  'one with a credential before one without': {
    url: 'https://git.example.com/app',
    connections: [connection('a', 'https://git.example.com/app'), connection('b', 'https://git.example.com/app', 's')],
    want: 'b',
  },
  'one of the same scheme before another credential': {
    url: 'ssh://git@git.example.com/app',
    connections: [
      connection('a', 'https://git.example.com/app', 'password'),
      connection('b', 'ssh://git@git.example.com/app', 'key'),
    ],
    want: 'b',
  },
  'the first by name, whatever the order': {
    url: 'https://git.example.com/app',
    connections: [
      connection('b', 'https://git.example.com/app', 's'),
      connection('a', 'https://git.example.com/app', 's'),
    ],
    want: 'a',
  },
  'never a credential for https over http': {
    url: 'http://git.example.com/app',
    connections: [connection('a', 'https://git.example.com/app', 's')],
    want: undefined,
  },
}

test.each(Object.entries(cases))('%s', (_name, { url, connections, want }) => {
  expect(findConnection(url, connections)?.metadata.name).toBe(want)
})
