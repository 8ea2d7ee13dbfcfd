import type { DebianPackages } from './layer.ts'

/** One package file that apt would fetch. */
export interface PackageFile {
  /** As apt names it in its archive folder; holds the version. */
  file: string
  /** In bytes. */
  size: number
  /** Empty where the mirror gives none of the kind that apt prints; the name has the version in any case. */
  checksum: string
}

/**
 * A package database in which only the assumed packages are installed. apt resolves against it, so
 * that it finds everything an empty root file system lacks.
 */
export function renderPackageStatus(packages: DebianPackages): string {
  return packages.assume
    .map((name) =>
      [
        `Package: ${name}`,
        'Status: install ok installed',
        'Architecture: all',
        'Multi-Arch: foreign',
        'Maintainer: nobody <nobody@localhost>',
        'Version: 9999:0',
        'Description: taken as installed',
        '\n',
      ].join('\n'),
    )
    .join('')
}

/** Options that keep apt away from what is installed on the machine: it reads the lists of packages, and nothing else. */
export function planAptArguments(folder: string, archives: string): string[] {
  return [
    '-qq',
    '-y',
    '--no-install-recommends',
    '-o',
    `Dir::State::status=${folder}/status`,
    '-o',
    `Dir::Cache::archives=${archives}`,
    '-o',
    'APT::Sandbox::User=root',
    // The lock that counts is held by whoever builds images; dpkg's own is not ours to take.
    '-o',
    'Debug::NoLocking=1',
  ]
}

/** Reads what `apt-get --print-uris` says: 'URI' file size hash, one file a line. */
export function parsePackageFiles(text: string): PackageFile[] {
  const lines = text.split('\n').filter((line) => line.startsWith("'"))
  return lines.map((line) => {
    const [, file, size, checksum] = /^'[^']*' (\S+\.deb) (\d+) ?(\S*)/.exec(line) ?? []
    if (file === undefined) throw new Error(`apt names a package file in a way that is not understood: ${line}`)
    return { file, size: Number(size), checksum: checksum ?? '' }
  })
}
