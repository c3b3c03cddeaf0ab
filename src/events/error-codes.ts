// The error codes, each with the text that explains it. This table is the only place of these texts: ErrorCode (errors.ts)
// is derived from it, `immersion explain` prints it, and a check compares the table of codes in docs with it.

/** Sentences for a person. Markdown, as in the documents. */
export interface ErrorExplanation {
  /** When the code is used: a clause without a capital and a full stop, because the documents put it into a table. */
  readonly meaning: string
  /** The usual cause. */
  readonly cause: string
  /** What to do about it. */
  readonly remedy: string
}

export const ERROR_CODES = {
  INVALID_ARGUMENT: {
    meaning: 'a value is outside its documented shape or range',
    cause: 'A call or a command got a value that it does not accept. The message names the value and what is allowed.',
    remedy: 'Correct the value. `immersion COMMAND --help` lists the options of a command.',
  },
  INVALID_TEXT: {
    meaning: 'a key holds NUL or a lone surrogate',
    cause: 'A path or a title was read with the wrong character encoding, or cut in the middle of a character.',
    remedy: 'Name the video by its hash instead: `hash:<sha256>`.',
  },
  INVALID_CONFIG: {
    meaning: 'the configuration names an unknown key, or a value that is not allowed',
    cause: 'The configuration file, or the object that opens the store, has a misspelt key or a wrong value.',
    remedy: 'Correct the key that the message names. `immersion config path` prints the path of the file.',
  },
  UNKNOWN_EVENT_TYPE: {
    meaning: 'an event type is neither one of this version nor an open name under `x.`',
    cause: 'The type is misspelt, or a newer version of immersion-log wrote the event.',
    remedy: 'Update immersion-log, or put types of your own under `x.`.',
  },
  UNKNOWN_PROVIDER: {
    meaning: '`storage.provider` names nothing that is installed',
    cause: 'The provider is misspelt, or the module of an adapter cannot be imported.',
    remedy: 'Use `sqlite`, `postgres`, `mysql` or `memory`, or the URL of a compiled module.',
  },
  UNKNOWN_PROJECTION: {
    meaning: 'no projection of that name is registered',
    cause: 'The name is misspelt, or the program that registered the projection is not the one that reads it.',
    remedy: 'Name the projection with its version, such as `daily@1`, or register it.',
  },
  UNKNOWN_PROFILE: {
    meaning: 'there is no profile of that name, or it was deleted since it was opened',
    cause: 'The name is misspelt, or of another database, or another program deleted the profile.',
    remedy: '`immersion profiles` lists the names. Opening a store makes its profile.',
  },
  UNKNOWN_SESSION: {
    meaning: 'there is no session of that id',
    cause: 'The id is of another profile or database, or its session was erased.',
    remedy: '`immersion stats sessions` lists the ids.',
  },
  UNKNOWN_VIDEO: {
    meaning: 'there is no video of that key',
    cause: 'The key is of another profile or database, or its video was erased.',
    remedy: '`immersion stats videos --json` lists the keys.',
  },
  VERSION_CONFLICT: {
    meaning: 'this stream and version are stored with other content; details name them',
    cause: 'Two programs wrote into one stream, or an event was changed after it had been recorded.',
    remedy:
      'The stored event stays. `immersion merge --keep` takes the other content from a database, also as a second session.',
  },
  EVENT_REFUSED: {
    meaning: 'the database rejects an event because of the event itself; it is set aside',
    cause: 'The event holds something that the database cannot store. Other events of its batch are recorded.',
    remedy:
      'Look at `diagnostics.snapshot().setAsideEvents`. The counts of the event are recorded without its payload.',
  },
  QUEUE_FULL: {
    meaning: 'admission is at its cap and refuses a new session',
    cause: 'The database has taken no events for a long time, so too many facts are waiting.',
    remedy: 'Make the database reachable or faster; `diagnostics` shows its last error. Then start the session again.',
  },
  STORE_CLOSED: {
    meaning: 'the store, or the log below it, is closed',
    cause: 'A call came after `close()`.',
    remedy: 'Open the store again, or close it later.',
  },
  CLOSE_TIMEOUT: {
    meaning: '`close` or `flush` gave up waiting; details say what was left',
    cause: 'The database was locked, slow or unreachable at the end.',
    remedy: 'After `close()` the events are lost. Allow a longer `timeoutMs`, or use `storage.spool` before a server.',
  },
  STORAGE_UNAVAILABLE: {
    meaning: 'the database cannot be opened or reached; worth trying again',
    cause: 'The path or the address is wrong, the server is away, or it refuses the user or the password.',
    remedy: 'Check the address and the password. `immersion doctor` shows what can be reached.',
  },
  STORAGE_BUSY: {
    meaning: 'another process holds the lock; worth trying again',
    cause: 'Another program held the lock of the database for longer than this one waits.',
    remedy: 'Run the command again. If that does not help, end the program that holds the lock.',
  },
  STORAGE_FULL: {
    meaning: 'no space is left',
    cause: 'The disk, or the quota of the database, is full.',
    remedy: 'Free some space. `immersion retain` removes old detail, and `immersion doctor` shows the sizes.',
  },
  STORAGE_READ_ONLY: {
    meaning: 'the database cannot be written to',
    cause: 'The file, the disk, the user or the server allows only reading.',
    remedy: 'Grant the right to write, or name another database with `--db`.',
  },
  STORAGE_CORRUPT: {
    meaning: 'the database itself says that it is damaged',
    cause: 'The disk is failing, the file was copied while in use, or it is no database.',
    remedy: '`immersion verify` names the damage. `immersion restore FILE` replaces the log with a backup.',
  },
  STORAGE_REPLACED: {
    meaning: 'the database file was removed or replaced while it was open; what waits is kept',
    cause:
      'A sync tool, a restore or a clean-up moved, removed or replaced the file, or the `-wal` or `-shm` beside it.',
    remedy: 'Put the file back. Programs that have it open go on by themselves with the file that is there.',
  },
  STORAGE_UNSUPPORTED: {
    meaning: 'the database is of a kind to which writing could lose events',
    cause: 'The server is a node of a Galera cluster (`wsrep_on`), to which other nodes may write as well.',
    remedy: 'Let all writers use one node, and say so by `storage.singleWriter: true` (`?singleWriter=true` in a URL).',
  },
  STORAGE_FAILED: {
    meaning: 'any other failure of the database or the system; `cause` has its message',
    cause: 'The database or the operating system reported an error that no other code describes.',
    remedy: 'Read the cause. `IMMERSION_DEBUG=1` makes the program print it with its stack.',
  },
  SCHEMA_NEWER: {
    meaning: 'a newer version of this program wrote the database',
    cause: 'Another program or device uses a newer immersion-log with the same database.',
    remedy: 'Update immersion-log here. Nothing was changed.',
  },
  DRIVER_MISSING: {
    meaning: "the package of the database's driver cannot be loaded",
    cause: 'The driver is not installed beside immersion-log, or was built for another version of Node.',
    remedy: '`npm install pg`, `npm install mysql2` or `npm rebuild better-sqlite3`, as the message says.',
  },
  WORKER_FAILED: {
    meaning: 'the worker thread died and could not be started again',
    cause: 'The thread that writes to the database ran out of memory, or its module cannot be loaded.',
    remedy: 'Read `cause`, and start the program again. Events that were not acknowledged are lost.',
  },
  IMPORT_INVALID: {
    meaning: 'what comes from outside is not what a log records, or a hand-kept log breaks one of its rules',
    cause: 'The file was damaged, edited or cut, or it is of another kind; or the log to merge from has such events.',
    remedy: 'Correct the line that the message names, and import the file again. Repeated events are passed over.',
  },
  IMPORT_INCOMPLETE: {
    meaning: 'an exported log lacks its end line, or has other records than that line states',
    cause: 'The file was cut (a full disk, a broken download), or lines were removed, added or reordered.',
    remedy: 'Export it again and import that. `immersion import ndjson --partial` imports a part of an export.',
  },
  PLAYER_UNAVAILABLE: {
    meaning: "the player's socket or program cannot be reached",
    cause: 'The player is not installed, has ended, or opened its socket at another path.',
    remedy: 'Install the player, or name its socket: `immersion track mpv --socket PATH`.',
  },
  INTERNAL: {
    meaning: "a defect of this program, or of a module or callback that it was given; the error's stack says where",
    cause: 'The program, or a module or callback that it calls, threw an error that it should not throw.',
    remedy: 'If the stack is not in your own module, please report it. `IMMERSION_DEBUG=1` prints the stack.',
  },
} as const satisfies Readonly<Record<string, ErrorExplanation>>

/** Codes that an answer reports beside what it did. Nothing throws them. */
export const REPORT_CODES = {
  CONFLICT: {
    meaning: 'two logs counted the same versions of a stream with other content; the target keeps its own',
    cause: 'A session went on in two copies of one log: a disk was cloned, or a backup was restored.',
    remedy: '`immersion merge --from SOURCE --keep source|target|both` keeps one of the two, or both as two sessions.',
  },
  STATEMENT_OVERLAP: {
    meaning: 'each log has pruned events of a stream that the other never counted, so their sums cannot be combined',
    cause: 'Two logs received different parts of one stream, and retention ran on both before they were merged.',
    remedy: 'The stream in the target is unchanged. Merge logs before detail is pruned, or widen `detailDays`.',
  },
} as const satisfies Readonly<Record<string, ErrorExplanation>>
