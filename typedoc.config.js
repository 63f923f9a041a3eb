/** The reference, made from the comments in src/; a comment that TypeDoc warns about fails the build. */
import { entryPoints } from "./entry-points.js";

/** @type {Partial<import("typedoc").TypeDocOptions>} */
export default {
  name: "rejwt",
  entryPoints: Object.values(entryPoints),
  out: "docs-site",
  readme: "none",
  treatWarningsAsErrors: true,
  disableGit: true,
  sourceLinkTemplate: "https://github.com/rejwt/rejwt/blob/main/{path}#L{line}",
  // A step of the type of verified claims, of no use by itself.
  intentionallyNotExported: ["KnownKeys"],
  excludeInternal: true,
  excludePrivate: true,
  logLevel: "Warn",
};
