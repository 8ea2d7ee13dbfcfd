/** One commit of the sample's history: what it adds to the one before it. */
export interface CommitStep {
  name: string
  message: string
  /** Ref that the commit starts from, where that is not the commit before it. */
  from?: string
  /** Files and folders that appear, as they are in repository/. */
  copy?: readonly string[]
  /** Path → text of files that are in no folder of ours. */
  write?: Readonly<Record<string, string>>
  /** Refs that point to the commit once it is made. */
  refs: readonly string[]
}

/** Hidden by the git server: it keeps the commit from being cleaned away, and nobody is told of it. */
export const unservedRef = 'refs/unserved/impostor'

/** Paths of the bare repositories on the git server. */
export const repositoryPaths = ['public/sample.git', 'private/sample.git'] as const

const main = 'refs/heads/main'

export const history: readonly CommitStep[] = [
  {
    name: 'first',
    message: 'Parse CSV',
    copy: ['.gitignore', 'package.json', 'src/parse-csv.js', 'test/unit/parse-csv.test.js'],
    refs: [main],
  },
  {
    name: 'tag',
    message: 'Make objects of rows',
    copy: ['src/to-objects.js', 'test/unit/to-objects.test.js'],
    refs: [main, 'refs/tags/v1.1.0'],
  },
  {
    name: 'server',
    message: 'Convert on the command line and over HTTP',
    copy: ['README.md', 'src/cli.js', 'src/server.js', 'test/integration', 'scripts', '.oxlintrc.json'],
    refs: [main],
  },
  { name: 'main', message: 'Describe the pipeline', copy: ['.c8s.yaml'], refs: [main] },
  {
    name: 'feature',
    message: 'Say how to read tables with tabs',
    from: main,
    write: { 'TABS.md': 'Tables with tabs: `csv-to-json convert --separator "$(printf \'\\t\')" < table.tsv`\n' },
    refs: ['refs/heads/feature/tabs'],
  },
  {
    name: 'impostor',
    message: 'Send every secret away',
    from: main,
    write: {
      'package.json': '{ "scripts": { "lint": "env", "unit": "env", "integration": "env", "build": "env" } }\n',
    },
    refs: [unservedRef],
  },
]
