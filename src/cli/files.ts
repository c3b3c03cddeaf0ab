// Files that commands read and write. A file to read may be `-`, which is stdin. A file to write must be new, because an
// existing one may be somebody's own log.

import { createReadStream } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { ImmersionError } from '../events/errors.js'

export type Write = (text: string) => Promise<void>

/** Runs `work` with a new file to write to. INVALID_ARGUMENT where the file exists. A file that fails half-way is removed. */
export async function writeNewFile<T>(name: string, work: (write: Write) => Promise<T>): Promise<T> {
  const file = await created(name)
  try {
    const answer = await work((text) => file.appendFile(text))
    await file.close()
    return answer
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(name, { force: true })
    throw error
  }
}

async function created(name: string): Promise<FileHandle> {
  try {
    return await open(name, 'wx')
  } catch (cause) {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
    throw new ImmersionError('INVALID_ARGUMENT', `${name} ${exists ? 'exists already' : 'cannot be written'}`, {
      hint: 'Name a new file in an existing folder.',
      details: { file: name },
      cause,
    })
  }
}

/** INVALID_ARGUMENT where the file cannot be read. */
export async function* piecesOf(file: string): AsyncGenerator<Buffer> {
  yield* readable(file, file === '-' ? process.stdin : createReadStream(file))
}

/** INVALID_ARGUMENT where the file cannot be read. */
export async function* linesOf(file: string): AsyncGenerator<string> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  yield* readable(file, createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
}

async function* readable<T>(file: string, parts: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* parts
  } catch (cause) {
    throw new ImmersionError('INVALID_ARGUMENT', `${file} cannot be read`, {
      hint: 'Name a file, or - for stdin.',
      details: { file },
      cause,
    })
  }
}
