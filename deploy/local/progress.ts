/** Says on stderr what happens, with the seconds since the start; stdout stays free for results. */
export interface Progress {
  say(line: string): void
  /** Runs `work`, and repeats `line` with its elapsed seconds while it takes long. */
  during<T>(line: string, work: () => Promise<T>): Promise<T>
}

const REPEAT_AFTER_MS = 10_000

export function createProgress(write: (text: string) => void): Progress {
  const started = Date.now()
  const say = (line: string): void => {
    const seconds = Math.round((Date.now() - started) / 1000)
    write(`[${String(seconds).padStart(3)} s] ${line}\n`)
  }
  const during = async <T>(line: string, work: () => Promise<T>): Promise<T> => {
    say(line)
    const begun = Date.now()
    const timer = setInterval(() => {
      say(`${line} … ${Math.round((Date.now() - begun) / 1000)} s so far`)
    }, REPEAT_AFTER_MS)
    try {
      return await work()
    } finally {
      clearInterval(timer)
    }
  }
  return { say, during }
}

export function createStderrProgress(): Progress {
  return createProgress((text) => process.stderr.write(text))
}
