import { planAccounts } from './accounts.ts'
import type { DebianPackages, LayerFile, LayerRecipe } from './layer.ts'

/** What Debian's packages ask for and no container here uses. */
const assume = ['adduser', 'debconf', 'dpkg', 'liberror-perl', 'openssl', 'passwd', 'perl']

const certificates: LayerFile = {
  path: 'etc/ssl/certs/ca-certificates.crt',
  kind: 'joined',
  folder: 'usr/share/ca-certificates/mozilla',
}

/** Debian's libraries, git, ssh and busybox under c8s's own programs. Its only shell is busybox. */
export const c8sBase: LayerRecipe = {
  id: 'c8s-base',
  packages: { install: ['busybox-static', 'ca-certificates', 'git', 'libstdc++6', 'openssh-client'], assume },
  drop: [
    'usr/share/{git-core/contrib,gitweb,perl5}',
    'var/lib/git',
    // Programs of git that serve, mail or push, at 2 MB each: a clone uses none of them.
    'usr/lib/git-core/git-{daemon,http-backend,http-fetch,http-push,imap-send,shell}',
    'usr/lib/git-core/{git-add--interactive,git-instaweb,git-subtree,mergetools,scalar}',
    'usr/bin/{git-shell,scalar,ssh-copy-id,ssh-argv0}',
  ],
  files: [
    ...planAccounts({ name: 'c8s', home: '/home/c8s', shell: '/bin/sh' }),
    certificates,
    { path: 'app/busybox', kind: 'move', from: 'usr/bin/busybox' },
    { path: 'usr/bin', kind: 'applets', busybox: 'app/busybox' },
  ],
}

const debianPackages: DebianPackages = {
  install: [
    'base-files',
    'bash',
    'ca-certificates',
    'coreutils',
    'dash',
    'diffutils',
    'findutils',
    'grep',
    'gzip',
    'hostname',
    'libstdc++6',
    'mawk',
    'sed',
    'tar',
  ],
  assume,
}

/** What steps, and people who look into their pods, expect of Debian; no apt, no perl. */
export const debian: LayerRecipe = {
  id: 'debian',
  packages: debianPackages,
  files: [
    ...planAccounts({ name: 'user', home: '/home/user', shell: '/bin/bash' }),
    certificates,
    { path: 'usr/bin/awk', kind: 'link', target: 'mawk' },
  ],
}

/** A git server's programs, on the debian layer. */
export const gitPackages: LayerRecipe = {
  id: 'git-packages',
  packages: {
    install: ['git', 'lighttpd', 'openssh-server'],
    assume: [
      ...assume,
      'init-system-helpers',
      'libpam-modules',
      'libpam-runtime',
      'lsb-base',
      'media-types',
      'mount',
      'procps',
      'runit-helper',
      'systemd',
      'systemd-sysv',
      'ucf',
    ],
    below: debianPackages,
  },
  drop: [
    'etc/{init.d,cron.daily,logrotate.d,lighttpd}',
    'usr/lib/systemd',
    'usr/share/{gitweb,perl5,lighttpd}',
    'var/www',
  ],
}

/** PostgreSQL in the version of the distribution, on the debian layer. Its compiler for queries would be larger than all the rest. */
export const postgresPackages: LayerRecipe = {
  id: 'postgres-packages',
  packages: {
    install: ['postgresql'],
    assume: [
      ...assume,
      'libllvm14',
      'libllvm19',
      'locales',
      'logrotate',
      'postgresql-client-common',
      'postgresql-common',
      'sensible-utils',
      'ssl-cert',
      'ucf',
    ],
    below: debianPackages,
  },
  drop: ['usr/lib/postgresql/*/lib/{bitcode,llvmjit*}', 'usr/share/postgresql/*/{man,tsearch_data}'],
}

/** As small images are: busybox and nothing else. */
export const busybox: LayerRecipe = {
  id: 'busybox',
  packages: { install: ['busybox-static'], assume: [...assume, 'libc6'] },
  files: [
    ...planAccounts({ name: 'user', home: '/home/user', shell: '/bin/sh' }),
    { path: 'usr/bin', kind: 'applets', busybox: 'bin/busybox' },
  ],
}
