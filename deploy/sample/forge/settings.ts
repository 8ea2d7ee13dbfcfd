import type { ForgeCredentials } from './credentials.ts'

/** Tasks that Gitea would run by itself, some of them at every start. Nothing here lives long enough to need them. */
const cronTasks = [
  'archive_cleanup',
  'cancel_abandoned_jobs',
  'check_repo_stats',
  'cleanup_actions',
  'cleanup_hook_task_table',
  'cleanup_packages',
  'deleted_branches_cleanup',
  'repo_health_check',
  'start_schedule_tasks',
  'stop_endless_tasks',
  'stop_zombie_tasks',
  'sync_external_users',
  'update_checker',
  'update_migration_poster_id',
  'update_mirrors',
] as const

type Section = Readonly<Record<string, string | number | boolean>>

/** Gitea's app.ini. `host` is the name under which pods reach it, and the one that all its URLs and payloads have. */
export function renderSettings(host: string, { secretKey, internalToken, signingKey }: ForgeCredentials): string {
  const sections: Readonly<Record<string, Section>> = {
    server: {
      ROOT_URL: `http://${host}/`,
      // Else its URLs would have whatever address the caller used.
      PUBLIC_URL_DETECTION: 'never',
      HTTP_PORT: 3000,
      START_SSH_SERVER: true,
      SSH_DOMAIN: host,
      SSH_PORT: 22,
      SSH_LISTEN_PORT: 2222,
      SSH_SERVER_HOST_KEYS: '/etc/gitea/host-key',
      STATIC_ROOT_PATH: '/usr/local/share/gitea',
      APP_DATA_PATH: '/data',
      OFFLINE_MODE: true,
      LFS_START_SERVER: false,
    },
    database: { DB_TYPE: 'sqlite3', PATH: '/data/gitea.db', SQLITE_JOURNAL_MODE: 'WAL', SQLITE_TIMEOUT: 5000 },
    security: {
      INSTALL_LOCK: true,
      SECRET_KEY: secretKey,
      INTERNAL_TOKEN: internalToken,
      // Passwords are random here, so guessing them needs no slowing down; each call with one would cost 50 ms.
      PASSWORD_HASH_ALGO: 'pbkdf2_v1',
    },
    service: { DISABLE_REGISTRATION: true },
    repository: { ROOT: '/data/repositories', DEFAULT_BRANCH: 'main' },
    'repository.signing': { SIGNING_KEY: 'none' },
    git: { HOME_PATH: '/data/home' },
    // A batch of one goes out at once; a larger one waits 100 ms for more. Each push passes three queues.
    queue: { TYPE: 'channel', BATCH_LENGTH: 1, MAX_WORKERS: 4 },
    // Service addresses are private in most clusters, and any other in the rest; never the forge's own pod.
    webhook: { ALLOWED_HOST_LIST: 'private,external', DELIVER_TIMEOUT: 10, PAGING_NUM: 100 },
    log: { MODE: 'console', LEVEL: 'Warn' },
    i18n: { LANGS: 'en-US', NAMES: 'English' },
    indexer: { ISSUE_INDEXER_TYPE: 'db' },
    actions: { ENABLED: false },
    packages: { ENABLED: false },
    mailer: { ENABLED: false },
    oauth2: { ENABLED: false, JWT_SECRET: signingKey },
    openid: { ENABLE_OPENID_SIGNIN: false, ENABLE_OPENID_SIGNUP: false },
    ...Object.fromEntries(cronTasks.map((task) => [`cron.${task}`, { ENABLED: false, RUN_AT_START: false }])),
  }
  const head = ['RUN_MODE = prod', 'RUN_USER = git', 'WORK_PATH = /data']
  return `${[...head, ...Object.entries(sections).map(([name, section]) => renderSection(name, section))].join('\n')}\n`
}

function renderSection(name: string, section: Section): string {
  const lines = Object.entries(section).map(([key, value]) => `${key} = ${value}`)
  return [`\n[${name}]`, ...lines].join('\n')
}
