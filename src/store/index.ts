/** `rejwt/store`: for those who write a store of their own. The rules, as pure functions to run in one atomic operation. */
export type {
  Binding,
  CreateFamily,
  CreateOutcome,
  Ending,
  Epochs,
  Family,
  FamilyReading,
  ReplicaWish,
  RotateCommand,
  RotateOutcome,
  SessionStore,
  SubjectAddress,
  SubjectReading,
  UsedTokens,
} from "./contract.ts";
export type { Decision, Presentation } from "./family.ts";
export { decideRotation, endFamily, endReasonOf, nextEpoch } from "./family.ts";
export type { LogoutDecision, LogoutRequest } from "./logout.ts";
export { decideLogout } from "./logout.ts";
export type { PageCursor } from "./page-cursor.ts";
export { formatCursor, parseCursor } from "./page-cursor.ts";
export { DEAD_SESSION_MS, removableFromMs, SWEEP_LIMIT, USED_ID_MARGIN_MS } from "./retention.ts";
export type {
  Revocation,
  RevokedEveryone,
  RevokedKey,
  RevokedSession,
  RevokedSubject,
  RevokedToken,
} from "./revocation.ts";
export { formatRevocation, parseRevocation } from "./revocation.ts";
export type {
  FeedChanges,
  FeedCursor,
  FeedReader,
  FeedSnapshot,
  RevocationFeed,
  RevocationRequest,
} from "./revocation-feed.ts";
export type { SessionAddress } from "./session-id.ts";
export { parseSessionId } from "./session-id.ts";
export type { StartDecision, StartedSession, StartRequest } from "./start.ts";
export { decideStart, newestFirst } from "./start.ts";
