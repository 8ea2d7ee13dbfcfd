import { createHash } from 'node:crypto'

/** Debian packages, with what they need, taken from the machine's own apt sources. */
export interface DebianPackages {
  install: readonly string[]
  /** Packages that something depends on and that the image does without, such as perl under git. */
  assume: readonly string[]
  /** What the layers below hold already. */
  below?: DebianPackages
}

/** One thing that a layer holds beside its packages. `path` has no leading slash; so have the paths within the layer. */
export type LayerFile = { path: string } & (
  | { kind: 'copy'; from: string; mode?: number }
  | { kind: 'text'; text: string; mode?: number }
  | { kind: 'link'; target: string }
  | { kind: 'folder'; mode: number }
  /** A folder of this machine with all that is in it. */
  | { kind: 'tree'; from: string }
  /** A file of the layer's packages, under another name. */
  | { kind: 'move'; from: string }
  /** All files of a folder of the layer, one after another, as the list of trusted certificates wants it. */
  | { kind: 'joined'; folder: string }
  /** Links to a busybox of the layer, one for each applet whose name is not taken. `path` is their folder. */
  | { kind: 'applets'; busybox: string }
  /** A Go program, which needs no library and no shell. */
  | { kind: 'program'; source: string }
)

/** What a layer is made of. The same recipe with the same inputs gives the same bytes. */
export interface LayerRecipe {
  id: string
  packages?: DebianPackages
  /** Globs of what to leave out of the packages. */
  drop?: readonly string[]
  files?: readonly LayerFile[]
}

/** What the packages and the files of this machine turned out to be. */
export interface LayerInputs {
  packages: readonly string[]
  /** Path on this machine → SHA-256 of its content. */
  content: Readonly<Record<string, string>>
}

/** Raise it when the way layers are written changes, so that none of the cached ones is used. */
const writerVersion = 3

/** Name of the layer in the cache: a hash of everything that its bytes depend on. */
export function toLayerKey(recipe: LayerRecipe, inputs: LayerInputs): string {
  const content = Object.entries(inputs.content).sort(([a], [b]) => (a < b ? -1 : 1))
  // Where the file lies is no part of the layer; what is in it, and for which of the recipe's files, is.
  const sources = listSources(recipe)
  const byPosition = content.map(([path, hash]) => [sources.indexOf(path), hash])
  const files = (recipe.files ?? []).map((file) =>
    'from' in file && file.kind !== 'move' ? { ...file, from: '' } : file,
  )
  const byText = byPosition.sort((a, b) => (a.join() < b.join() ? -1 : 1))
  const text = JSON.stringify([writerVersion, { ...recipe, files }, [...inputs.packages].sort(), byText])
  return createHash('sha256').update(text).digest('hex')
}

/** The files and folders of this machine that a recipe takes, in the recipe's order. */
export function listSources(recipe: LayerRecipe): string[] {
  return (recipe.files ?? []).flatMap((file) => {
    if (file.kind === 'copy' || file.kind === 'tree') return [file.from]
    return file.kind === 'program' ? [file.source] : []
  })
}
