// The learner's commands as the application calls them: each call becomes a request with the id of its command, made here, so
// that a request which a dying thread left open can be sent again.

import type { StoreClient } from '../engine/engine-client.js'
import { uuidV7 } from '../events/ids.js'
import type { CorrectionRequest, Corrections } from '../ports/correction-types.js'

export function createCorrections(client: StoreClient, nowMs: () => number): Corrections {
  const state = (method: CorrectionRequest['method'], ...args: readonly unknown[]) =>
    client.correct({ method, args, correctionId: uuidV7(nowMs()) })
  return {
    discardSession: (sessionId) => state('discardSession', sessionId),
    restoreSession: (sessionId) => state('restoreSession', sessionId),
    adjustSession: (sessionId, adjustment) => state('adjustSession', sessionId, adjustment),
    adjustVideo: (adjustment) => state('adjustVideo', adjustment),
    renameVideo: (videoKey, names) => state('renameVideo', videoKey, names),
    mergeVideos: (videoKey, intoVideoKey) => state('mergeVideos', videoKey, intoVideoKey),
    eraseSession: (sessionId) => state('eraseSession', sessionId),
    eraseVideo: (videoKey) => state('eraseVideo', videoKey),
    undo: () => state('undo'),
    list: () => client.listCorrections(),
  }
}
