/** `rejwt/testing`: a clock to move, broken tokens, and the proof that a store keeps its contract. */
export type { Test } from "./conformance/suite.ts";
export { type FeedConformanceOptions, feedConformance } from "./feed-conformance.ts";
export { type ManualClock, manualClock } from "./manual-clock.ts";
export { spoil } from "./spoil.ts";
export { type StoreConformanceOptions, storeConformance } from "./store-conformance.ts";
