// The context of every command: the options that all commands share, the configuration file, and the store that both lead
// to. An option beats the environment, the environment beats the file, and the file beats the default. What commands do in
// the same way stands here too.

import { Command, type OptionValues } from 'commander'
import { zoneOffsetMin } from '../events/calendar.js'
import type { ImmersionTrackingStore } from '../ports/store-types.js'
import type { StoreConfig } from '../store/config.js'
import { openImmersionTrackingStore } from '../store/open-store.js'
import { storageFromUrl } from '../store/storage-location.js'
import { configFilePath, readConfigFile } from './config-file.js'
import { type Lines, printAnswer } from './output.js'

/** A command of the program; its subcommands are such commands too. */
export class ContextCommand extends Command {
  override createCommand(name?: string): ContextCommand {
    return new ContextCommand(name)
  }

  /** Sets what the command does with its context, its options and its arguments. */
  run<Options extends OptionValues, Args extends readonly unknown[]>(
    work: (context: Context, options: Options, ...args: Args) => unknown,
  ): this {
    return this.action(async () => {
      await work(contextOf(this), this.opts<Options>(), ...(this.processedArgs as readonly unknown[] as Args))
    })
  }
}

export type Context = ReturnType<typeof contextOf>

function contextOf(command: Command) {
  const options = command.optsWithGlobals<{
    readonly db?: string
    readonly profile?: string
    readonly tz?: string
    readonly config?: string
    readonly json?: boolean
    readonly color?: boolean
  }>()
  const configPath = options.config ?? configFilePath()
  const file = readConfigFile(configPath)
  const timeZone = options.tz ?? file.tz ?? Intl.DateTimeFormat().resolvedOptions().timeZone
  // INVALID_ARGUMENT here, and not at the first time that is printed.
  zoneOffsetMin(Date.now(), timeZone)
  const urlOfCall = options.db ?? (process.env.IMMERSION_DB || undefined)
  const url = urlOfCall ?? file.db
  // A spool belongs to the database of the file. It must not carry anything to another one that a single call names.
  const spool = urlOfCall === undefined && file.spool !== undefined ? { spool: file.spool } : {}
  const storeConfig: StoreConfig = {
    ...file.store,
    ...(url === undefined ? {} : { storage: { ...storageFromUrl(url), ...spool } }),
    profile: options.profile ?? file.profile ?? 'default',
    tz: timeZone,
  }
  return {
    json: options.json === true,
    color: options.color !== false && (process.env.NO_COLOR ?? '') === '' && process.stdout.isTTY === true,
    /** Columns of the terminal on stdout; undefined where stdout is no terminal. */
    width: process.stdout.columns as number | undefined,
    /** IANA name. */
    timeZone,
    configPath,
    file,
    /** What the store is opened with; `storage` names the database. */
    storeConfig,
  }
}

/**
 * Opens the store for `work` and closes it, even when the work fails. A command that reads and ends has no player to keep
 * waiting, so it starts no threads.
 */
export async function withStore<T>(context: Context, work: (store: ImmersionTrackingStore) => Promise<T>): Promise<T> {
  const { storage = {}, worker } = context.storeConfig
  const store = await openImmersionTrackingStore({
    ...context.storeConfig,
    // A person at a terminal wants the answer or the error now, so the store must not connect later.
    storage: typeof storage === 'object' ? { ...storage, fallback: 'error' } : storage,
    worker: { ...worker, inline: true },
  })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** Prints the answer that a command gets from the store. */
export function printFromStore<T>(
  context: Context,
  query: (store: ImmersionTrackingStore) => Promise<T>,
  lines: (answer: T, context: Context) => Lines,
): Promise<void> {
  return withStore(context, async (store) => printAnswer(context, await query(store), (one) => lines(one, context)))
}

/**
 * The subcommand that runs when a command is given none, such as `stats overview` for `stats`. Without the check, a misspelt
 * subcommand would be reported as an argument too many of the default one.
 */
export function addDefaultSubcommand(parent: ContextCommand, name: string): ContextCommand {
  return parent
    .command(name, { isDefault: true })
    .allowExcessArguments()
    .hook('preAction', (command) => {
      const [word] = command.args
      if (word !== undefined) command.error(`error: ${parent.name()} has no subcommand '${word}'`)
    })
}
