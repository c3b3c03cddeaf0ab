// The exit codes besides 0, as the README documents them.

/** The command failed, or found damage. */
export const EXIT_FAILED = 1
/** The command was used wrongly. */
export const EXIT_USAGE = 2
/** A second signal ended the program before everything was recorded. */
export const EXIT_INTERRUPTED = 130
